import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions): Promise<Bundle> {
  bundle = await setup({ job: { pages: pagesOf(Date.parse(START)) }, ...options, sandbox: { ...sandbox } });
  return bundle;
}

/** How long after the start the last call of a user arrived, ms. */
function lastAtMs(user: string): number {
  return (bundle.sandbox.ledger.attempts({ user }).at(-1)?.atMs ?? Infinity) - Date.parse(START);
}

describe('a merchant that has to wait', () => {
  const merchants = { '101': { orders: 400, items: 0 }, '102': { orders: 400, items: 0 } };

  it('for a pause does not delay another', async () => {
    const { run } = await open({
      platform: ({ classify }) => ({
        classify: (reply, context) => {
          const { user = '' } = context.scope;
          if (user !== '101' || paused) return classify(reply, context);
          paused = true;
          return { kind: 'pause', code: 'SLOW', reason: 'too fast', scope: { user }, forMs: 240_000 };
        },
      }),
      sandbox: { kuaishou: { merchants, limits: UNLIMITED } },
    });
    let paused = false;
    expect((await run()).state).toBe('done');
    expect(lastAtMs('102')).toBeLessThan(1_000);
    expect(lastAtMs('101')).toBeGreaterThanOrEqual(240_000);
  });

  it('for a back-off does not delay another', async () => {
    const { sandbox, run } = await open({ sandbox: { kuaishou: { merchants, limits: UNLIMITED } } });
    sandbox.failNext(4, 'http-503', { user: '101' });
    expect((await run()).state).toBe('done');
    expect(lastAtMs('102')).toBeLessThan(1_000);
    expect(lastAtMs('101')).toBeGreaterThan(4_000);
  });

  it('for its own rate does not delay another', async () => {
    const { run, sandbox } = await open({
      kuaishou: { budgets: { 'hot-user': { limit: 1, per: '1s', scope: ['user'], only: { user: ['101'] } } } },
      sandbox: { kuaishou: { merchants, limits: UNLIMITED } },
    });
    expect((await run()).state).toBe('done');
    expect(lastAtMs('102')).toBeLessThan(1_000);
    expect(sandbox.ledger.maxInAnyWindow(1_000, { user: '101' })).toBe(1);
  });

  it('for replies that hang does not delay another', async () => {
    const { sandbox, run } = await open({ sandbox: { kuaishou: { merchants, limits: UNLIMITED } } });
    sandbox.setFaults({ slowBodyMs: 20_000 });
    sandbox.failNext(8, 'slow-body', { user: '101' });
    expect((await run()).state).toBe('done');
    expect(lastAtMs('102')).toBeLessThan(1_000);
  });
});

describe('a platform whose budgets name no calls in flight', () => {
  it('never gets more in a second than it allows, though replies free their places in bursts', async () => {
    const { run, sandbox } = await open({
      users: ['101'],
      job: { pages: pagesOf(Date.parse(START), 60) },
      kuaishou: { budgets: { 'in-flight': false, 'order-list-app-qps': 10, 'order-list-user-qps': false } },
      sandbox: {
        latencyMs: [0, 6_000],
        kuaishou: { merchants: { '101': { orders: 100, items: 0 } }, limits: { apiQpsByApi: { [ORDERS]: 10 } } },
      },
    });
    expect((await run()).state).toBe('done');
    expect(sandbox.ledger.overBudget()).toBe(0);
    expect(sandbox.ledger.maxInAnyWindow(1_000)).toBeLessThanOrEqual(10);
  });
});
