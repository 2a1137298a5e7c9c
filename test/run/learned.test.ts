import { LEASE_HEARTBEAT_MS } from '../../src/job/lease';
import type { Outcome } from '../../src/job/outcome';
import type { Learned } from '../../src/limit/learned';
import { type JobChanges, ordersQuery, pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const USER = '101';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const BUDGET = 'order-list-app-qps';

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions): Promise<Bundle> {
  bundle = await setup({
    users: [USER],
    ...options,
    kuaishou: { budgets: { 'order-list-user-qps': false, ...options.kuaishou?.budgets } },
    sandbox: {
      ...sandbox,
      kuaishou: { merchants: { [USER]: { orders: 200, items: 0 } }, limits: UNLIMITED, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

async function learned(budget = BUDGET): Promise<Learned | undefined> {
  return (await bundle.store.learned.list({ platform: 'shop', budget }))[0];
}

/** Refuses the calls for which this holds, by their number from 1 on; `figure` is what it names, per second. */
function refusing(isRefused: (n: number) => boolean, figure?: number): Pick<SetupOptions, 'platform'> {
  let n = 0;
  return {
    platform: ({ classify }) => ({
      classify: (reply, context): Outcome => {
        if (!isRefused((n += 1))) return classify(reply, context);
        const { app = '', api = '' } = context.scope;
        const pause = { kind: 'pause', code: 'QPS', reason: 'too fast', scope: { app, api }, forMs: 1_000 } as const;
        return figure === undefined ? pause : { ...pause, learnedPerSecond: figure };
      },
    }),
  };
}

/** One call after another, each so long after the one before. */
function slowly(calls: number, everyMs: number): JobChanges {
  return {
    async *pages({ cursor, call }) {
      for (let n = Number((cursor as { page: string }).page); n < calls; n += 1) {
        await call(ORDERS, ordersQuery(Date.parse(START)));
        yield { records: [], cursor: { page: String(n + 1) } };
        await bundle.engineClock.sleep(everyMs);
      }
    },
    initial: () => ({ page: '0' }),
  };
}

describe('a limit that the platform names', () => {
  const slow: SetupOptions = {
    job: { pages: pagesOf(Date.parse(START), 5) },
    sandbox: { latencyMs: [20, 20], kuaishou: { limits: { ...UNLIMITED, apiQpsByApi: { [ORDERS]: 2 } } } },
  };

  it('is stored with what it was said of, when and why', async () => {
    const { run, sandbox } = await open(slow);
    await run();
    const { appKey } = sandbox.kuaishou;
    expect(await learned()).toMatchObject({
      scopeKey: `app=${appKey};api=${ORDERS}`,
      limit: 2,
      said: 2,
      strangers: null,
    });
    expect((await learned())?.reason).toContain('MAX_QPS [2.0]');
    expect((await learned())?.refusals).toBe(sandbox.ledger.refusals().length);
  });

  it('is obeyed by the next process from its first call on', async () => {
    const { run, sandbox, restart, clock } = await open({ ...slow, job: slowly(10, 0) });
    await run({ calls: { left: 4 } });
    const sent = sandbox.ledger.attempts().length;
    const refused = sandbox.ledger.refusals().length;
    expect(refused).toBeGreaterThan(0);
    await restart();
    await clock.advance(MINUTE_MS);
    await run();
    expect(sandbox.ledger.attempts().length).toBeGreaterThan(sent + 4);
    expect(sandbox.ledger.refusals()).toHaveLength(refused);
  });

  it('holds for a day, then recovers step by step to what is configured', async () => {
    const { run, restart, clock, process } = await open({
      ...refusing((n) => n === 1, 10),
      kuaishou: { budgets: { [BUDGET]: 100 } },
      job: slowly(30, MINUTE_MS),
    });
    await run({ calls: { left: 3 } });
    expect(await learned()).toMatchObject({ limit: 10, said: 10 });
    await process.close();
    await clock.advance(DAY_MS - 10 * MINUTE_MS);
    await restart();
    await run({ calls: { left: 3 } });
    expect(await learned()).toMatchObject({ limit: 10 });
    await bundle.process.close();
    await clock.advance(10 * MINUTE_MS);
    await restart();
    await run({ calls: { left: 4 } });
    expect(await learned()).toMatchObject({ limit: 10 + 4 * 5 });
    await run();
    expect(await learned()).toMatchObject({ limit: null, reason: 'recovered: back at the configured limit' });
  });

  it('of more than is configured is shown, and not used', async () => {
    const { run, sandbox } = await open({
      ...refusing((n) => n === 1, 50),
      kuaishou: { budgets: { [BUDGET]: 5 } },
      job: { pages: pagesOf(Date.parse(START), 10) },
    });
    await run();
    expect(await learned()).toMatchObject({ limit: null, said: 50 });
    expect(sandbox.ledger.maxInAnyWindow(1_000)).toBeLessThanOrEqual(5);
  });
});

describe('refusals below the limit that name no figure', () => {
  it('are a hiccup the first time, and a lower limit the second time within a minute', async () => {
    const { run } = await open({ ...refusing((n) => n === 3), job: slowly(6, 5_000) });
    await run();
    expect(await learned()).toMatchObject({ limit: null, refusals: 1 });
    await bundle.close();
    await open({ ...refusing((n) => n === 3 || n === 6), job: slowly(6, 5_000) });
    await bundle.run();
    expect(await learned()).toMatchObject({ limit: 240, refusals: 2 }); // 300, by a fifth less
  });

  it('are made up for while nothing is refused: 5 % of the configured limit a minute', async () => {
    const refused = new Set([2, 4]);
    const { run } = await open({ ...refusing((n) => refused.has(n)), job: slowly(20, 20_000) });
    await run();
    expect(await learned()).toMatchObject({ limit: null, reason: 'recovered: back at the configured limit' });
  });

  it('never end in a standstill, however many there are', async () => {
    const { run } = await open({ ...refusing((n) => n % 2 === 0), job: slowly(60, 10) });
    expect((await run()).state).toBe('done');
    expect((await learned())?.limit).toBeGreaterThanOrEqual(1);
  });
});

describe('forget', () => {
  it('is taken at the next heartbeat by the process that runs: the configured limit is in force again', async () => {
    const { run, sandbox, store, clock } = await open({
      ...refusing((n) => n === 1, 1),
      kuaishou: { budgets: { [BUDGET]: 10 } },
      job: { pages: pagesOf(Date.parse(START), 30) },
    });
    const running = run();
    const orderedAtMs = Date.parse(START) + 7_000;
    const forgotten = clock
      .sleep(7_000)
      .then(() => store.orders.forget({ platform: 'shop', budget: BUDGET }, orderedAtMs));
    await running;
    expect(await forgotten).toBe(1);
    const heartbeatMs = Date.parse(START) + 2 * LEASE_HEARTBEAT_MS;
    const before = sandbox.ledger.attempts({ fromMs: Date.parse(START) + 2_000, untilMs: heartbeatMs });
    const after = sandbox.ledger.attempts({ fromMs: heartbeatMs + 1_000, untilMs: heartbeatMs + 5_000 });
    expect(before.length).toBeLessThanOrEqual(8);
    expect(after.length).toBeGreaterThanOrEqual(35);
    expect(await learned()).toBeUndefined();
  });

  it('is for the next process, too, when none runs', async () => {
    const { run, store, restart, clock, process } = await open({ ...refusing((n) => n === 1, 1), job: slowly(8, 0) });
    await run({ calls: { left: 2 } });
    expect(await learned()).toMatchObject({ limit: 1 });
    await store.orders.forget({}, clock.nowMs());
    await process.close();
    await restart();
    const fromMs = clock.nowMs();
    await run();
    expect(clock.nowMs() - fromMs).toBeLessThan(2_000);
  });
});
