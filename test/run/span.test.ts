import type { Run } from '../../src/job/run';
import type { BudgetOption } from '../../src/platform/budgets';
import { ordersQuery } from './jobs';
import { type Bundle, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const MINUTE_MS = 60_000;

let bundle: Bundle;
afterEach(() => bundle.close());

interface Spanned {
  readonly budget: BudgetOption;
  readonly calls: number;
  readonly users?: readonly string[];
  readonly seed?: number;
  readonly startAt?: string;
}

/** So many calls for each user, one a page, after pauses of up to two minutes that the seed decides. */
async function open({ budget, calls, users = ['101'], seed, startAt = START }: Spanned): Promise<Bundle> {
  const random = randomOf(seed ?? 1);
  bundle = await setup({
    users,
    startAt,
    job: {
      async *pages({ cursor, call }) {
        for (let n = Number((cursor as { page: string }).page); n < calls; n += 1) {
          await call(ORDERS, ordersQuery(Date.parse(START)));
          yield { records: [], cursor: { page: String(n + 1) } };
          if (seed !== undefined && random() < 0.3) await bundle.engineClock.sleep(random() * 2 * MINUTE_MS);
        }
      },
      initial: () => ({ page: '0' }),
    },
    kuaishou: { budgets: { span: budget } },
    sandbox: {
      latencyMs: [10, 40],
      seed: seed ?? 1,
      kuaishou: {
        merchants: Object.fromEntries(users.map((user) => [user, { orders: 50, items: 0 }])),
        limits: UNLIMITED,
      },
    },
  });
  return bundle;
}

/** Deterministic, uniform in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** Takes the run from park to park until it is done; `between` may restart the process. */
async function toTheEnd(between: () => Promise<void> = () => Promise.resolve()): Promise<Run> {
  let run = await bundle.run();
  for (let turn = 0; turn < 60 && run.state !== 'done'; turn += 1) {
    await between();
    if (run.state === 'parked') await bundle.clock.advanceTo(run.resumesAtMs ?? 0);
    run = await bundle.run();
  }
  return run;
}

/** The counted calls of the ledger, once the process has ended. */
async function used(): Promise<number> {
  await bundle.restart();
  const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop');
  return usage.find(({ budget }) => budget === 'span')?.used ?? 0;
}

describe('a rolling span of hours', () => {
  const budget = { limit: 10, per: '2h', scope: ['app'] } as const;

  it('is used to the last call, then parks until the first call has left it', async () => {
    const { run, sandbox, clock } = await open({ budget, calls: 12 });
    const parked = await run();
    expect(parked).toMatchObject({ state: 'parked', totals: { attempts: 10, partitionsFailed: 0 } });
    const firstMs = sandbox.ledger.attempts()[0]?.atMs ?? 0;
    const waitMs = (parked.resumesAtMs ?? 0) - firstMs;
    expect(waitMs).toBeGreaterThanOrEqual(120 * MINUTE_MS);
    expect(waitMs).toBeLessThanOrEqual(122 * MINUTE_MS); // counted in slices of a hundredth
    await clock.advanceTo(parked.resumesAtMs ?? 0);
    expect((await run()).state).toBe('done');
    expect(sandbox.ledger.maxInAnyWindow(120 * MINUTE_MS)).toBe(10);
  });

  it('is remembered by the next process, which sends nothing before', async () => {
    const { run, sandbox, restart } = await open({ budget, calls: 12 });
    const { resumesAtMs } = await run();
    await restart();
    expect(await run()).toMatchObject({ state: 'parked', resumesAtMs });
    expect(sandbox.ledger.attempts()).toHaveLength(10);
    expect(await used()).toBe(10);
  });
});

describe('a rolling span whose next call is minutes away', () => {
  it('is waited for inside the run, and told', async () => {
    const { run, sandbox, events } = await open({ budget: { limit: 5, per: '4m', scope: ['app'] }, calls: 12 });
    expect(await run()).toMatchObject({ state: 'done', totals: { parks: 0 } });
    expect(sandbox.ledger.maxInAnyWindow(4 * MINUTE_MS)).toBe(5);
    const waits = events.filter((event) => event.kind === 'waiting');
    expect(waits.some(({ because, waitMs }) => because === 'span' && waitMs > 200_000)).toBe(true);
  });
});

describe('any rolling span', () => {
  it.each([1, 2, 3, 4, 5])('never has more than its limit as the platform counts it (seed %i)', async (seed) => {
    const random = randomOf(seed + 100);
    const limit = 5 + Math.floor(random() * 25);
    const minutes = 3 + Math.floor(random() * 30);
    const users = ['101', '102', '103'];
    const budget = { limit, per: `${minutes}m`, scope: ['app'] } as const;
    const { sandbox, restart } = await open({ budget, calls: 25, users, seed });
    const done = await toTheEnd(async () => {
      if (random() < 0.5) await restart();
    });
    expect(done.state).toBe('done');
    expect(sandbox.ledger.attempts()).toHaveLength(75);
    expect(sandbox.ledger.maxInAnyWindow(minutes * MINUTE_MS)).toBeLessThanOrEqual(limit);
  });
});

describe('a window on the clock', () => {
  const budget = { limit: 6, per: { fixed: '10m' }, scope: ['app'] } as const;

  it('is used to the last call, and goes on when the next one begins', async () => {
    const { sandbox } = await open({ budget, calls: 20, startAt: '2026-03-02T23:47:00+08:00' });
    expect((await toTheEnd()).state).toBe('done');
    const windows = sandbox.ledger.attemptsByWindow({ windowMs: 10 * MINUTE_MS });
    expect(windows.map(({ count }) => count)).toEqual([6, 6, 6, 2]);
    const second = sandbox.ledger.attempts({ fromMs: windows[1]?.startMs ?? 0 })[0];
    const guardMs = 2_000;
    expect((second?.atMs ?? 0) - (windows[1]?.startMs ?? 0)).toBeGreaterThanOrEqual(guardMs);
    expect((second?.atMs ?? 0) - (windows[1]?.startMs ?? 0)).toBeLessThan(guardMs + 1_000);
  });

  it('counts from its offset', async () => {
    const shifted = { ...budget, per: { fixed: '10m', offset: '3m' } };
    const { sandbox } = await open({ budget: shifted, calls: 14, startAt: '2026-03-02T23:50:00+08:00' });
    await toTheEnd();
    const [first = 0] = sandbox.ledger.attempts().map(({ atMs }) => atMs);
    const boundaryMs = Date.parse('2026-03-02T23:53:00+08:00');
    expect(first).toBeLessThan(boundaryMs);
    expect(sandbox.ledger.attempts({ untilMs: boundaryMs })).toHaveLength(6);
    expect(sandbox.ledger.attempts({ fromMs: boundaryMs, untilMs: boundaryMs + 10 * MINUTE_MS })).toHaveLength(6);
  });

  it('of at most five minutes to wait is waited for inside the run', async () => {
    const short = { ...budget, per: { fixed: '5m' } };
    const { run } = await open({ budget: short, calls: 20, startAt: '2026-03-02T23:47:00+08:00' });
    expect(await run()).toMatchObject({ state: 'done', totals: { parks: 0 } });
  });
});
