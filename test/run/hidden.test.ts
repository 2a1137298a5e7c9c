import type { Outcome } from '../../src/job/outcome';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const BUDGET = 'order-list-app-qps';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const merchants = { '101': { orders: 300, items: 0 }, '102': { orders: 300, items: 0 } };

let bundle: Bundle;
afterEach(() => bundle.close());

/** A limit over all callers of the API refuses the calls of one user for which this holds, by their number from 1 on. */
async function open(isRefused: (n: number) => boolean, options: SetupOptions = {}): Promise<Bundle> {
  let n = 0;
  bundle = await setup({
    users: ['101'],
    job: { pages: pagesOf(Date.parse(START)) },
    platform: ({ classify }) => ({
      classify: (reply, context): Outcome => {
        const { api = '', user } = context.scope;
        if (user !== '101' || !isRefused((n += 1))) return classify(reply, context);
        return { kind: 'pause', code: 'QPS', reason: 'all callers', scope: { api }, forMs: 1_000, hidden: true };
      },
    }),
    ...options,
    sandbox: { kuaishou: { merchants, limits: UNLIMITED } },
  });
  return bundle;
}

function gapsMs(): number[] {
  const instants = bundle.sandbox.ledger.attempts({ user: '101' }).map(({ monotonicMs }) => monotonicMs);
  return instants.slice(1).map((instant, at) => instant - (instants[at] ?? instant));
}

describe('a limit over all callers that refuses below our own', () => {
  it('is asked again later and later, and passes without a failure or a park', async () => {
    const { run } = await open((n) => n <= 5);
    expect(await run()).toMatchObject({ state: 'done', totals: { parks: 0, partitionsFailed: 0 } });
    gapsMs()
      .slice(0, 5)
      .forEach((gap, at) => expect(gap).toBeGreaterThanOrEqual(1_000 * 2 ** at));
  });

  it('lets the next call begin with the short wait again', async () => {
    const { run } = await open((n) => n <= 4 || n === 8);
    await run();
    expect(gapsMs()[7]).toBeGreaterThanOrEqual(1_000);
    expect(gapsMs()[7]).toBeLessThan(2_000);
  });

  it('lowers nothing: the refusals are stored, and the calls after them have their own pace', async () => {
    const { run, store, sandbox } = await open((n) => n <= 6, {
      job: { pages: pagesOf(Date.parse(START), 40) },
      kuaishou: { budgets: { [BUDGET]: 20, 'order-list-user-qps': false, 'in-flight': false } },
    });
    await run();
    const rows = await store.learned.list();
    expect(rows.every(({ limit, said, guardMs }) => limit === null && said === null && guardMs === null)).toBe(true);
    const lastRefusedMs = gapsMs().findLastIndex((gap) => gap > 900);
    const after = sandbox.ledger.attempts({ api: ORDERS }).slice(lastRefusedMs + 2);
    const seconds = ((after.at(-1)?.atMs ?? 0) - (after[0]?.atMs ?? 0)) / 1_000;
    expect(after.length / seconds).toBeGreaterThan(18);
  });

  it('holds the neighbours, too, for as long as the one that was refused', async () => {
    const { run, sandbox } = await open((n) => n <= 4, { users: ['101', '102'] });
    await run();
    const [, second] = sandbox.ledger.attempts({ user: '102' });
    expect((second?.atMs ?? 0) - Date.parse(START)).toBeGreaterThanOrEqual(1_000 + 2_000);
  });
});
