import type { Reading } from '../../src/job/reading';
import type { Learned } from '../../src/limit/learned';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const BUDGET = 'order-list-app-qps';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const NOTHING = { limit: null, remaining: null, windowMs: 1_000, resetInMs: null };

let bundle: Bundle;
afterEach(() => bundle.close());

/** A platform whose reply to the nth call, from 1 on, says this of the app's calls a second. */
async function open(says: (n: number) => Partial<Reading> | null, options: SetupOptions = {}): Promise<Bundle> {
  let n = 0;
  bundle = await setup({
    users: ['101'],
    job: { pages: pagesOf(Date.parse(START), 20) },
    platform: ({ classify }) => ({
      classify: (reply, context) => {
        const said = says((n += 1));
        const { app = '', api = '' } = context.scope;
        const outcome = classify(reply, context);
        return said ? { ...outcome, readings: [{ ...NOTHING, scope: { app, api }, ...said }] } : outcome;
      },
    }),
    ...options,
    kuaishou: { budgets: { [BUDGET]: 50, 'order-list-user-qps': false, 'in-flight': false } },
    sandbox: {
      latencyMs: [20, 20],
      kuaishou: { merchants: { '101': { orders: 200, items: 0 } }, limits: UNLIMITED },
    },
  });
  return bundle;
}

async function learned(): Promise<Learned | undefined> {
  return (await bundle.store.learned.list({ platform: 'shop', budget: BUDGET }))[0];
}

/** When the nth call from 1 on arrived, after the start. */
function arrivedMs(n: number): number {
  return (bundle.sandbox.ledger.attempts()[n - 1]?.atMs ?? Infinity) - Date.parse(START);
}

describe('what replies say of a limit', () => {
  it('lowers the pace at once when it is less than configured', async () => {
    const { run, sandbox } = await open((n) => (n === 1 ? { limit: 5 } : null));
    await run();
    const fromMs = Date.parse(START) + arrivedMs(1) + 22;
    expect(sandbox.ledger.maxInAnyWindow(1_000, { api: ORDERS, fromMs })).toBeLessThanOrEqual(5);
    expect(await learned()).toMatchObject({ limit: 5, said: 5, reason: "the platform's headers say 5" });
  });

  it('is shown and not used when it is more', async () => {
    const { run, sandbox } = await open(() => ({ limit: 500 }));
    await run();
    expect(sandbox.ledger.maxInAnyWindow(1_000)).toBeLessThanOrEqual(50);
    expect(await learned()).toMatchObject({ limit: null, said: 500 });
  });

  it('pauses the scope when nothing is left, until it says that there is more', async () => {
    const { run, sandbox } = await open((n) => (n === 3 ? { limit: 50, remaining: 0, resetInMs: 30_000 } : null));
    await run();
    const knownMs = arrivedMs(3) + 20;
    const next = sandbox.ledger.attempts({ fromMs: Date.parse(START) + knownMs + 2 })[0];
    expect((next?.atMs ?? 0) - Date.parse(START) - knownMs).toBeGreaterThanOrEqual(30_000);
    expect((await bundle.store.runs.get(1))?.state).toBe('done');
  });

  it('notices strangers when the platform counts more than was sent', async () => {
    const { run } = await open((n) => (n === 10 ? { limit: 50, remaining: 10 } : null));
    await run();
    const { strangers, limit } = (await learned()) ?? {};
    expect(limit).toBeNull();
    expect(strangers).toBeGreaterThan(20); // 40 counted, of which Offpeak sent some ten
    expect(strangers).toBeLessThanOrEqual(30);
  });

  it('notices nobody when the platform counts what was sent', async () => {
    await open(() => {
      const used = bundle.sandbox.ledger.attempts({ fromMs: bundle.clock.nowMs() - 1_000 }).length;
      return { limit: 50, remaining: Math.max(1, 50 - used) };
    });
    await bundle.run();
    expect((await learned())?.strangers ?? null).toBeNull();
  });

  it('of a limit that is none of ours changes nothing', async () => {
    const { run, sandbox } = await open((n) => (n === 1 ? { limit: 1, remaining: 0, windowMs: 3_600_000 } : null));
    await run();
    expect(await learned()).toBeUndefined();
    expect(sandbox.ledger.maxInAnyWindow(1_000)).toBeGreaterThan(40);
  });
});
