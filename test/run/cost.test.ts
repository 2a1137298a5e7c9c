import type { Costs } from '../../src/job/cost';
import type { LedgerUsage } from '../../src/limit/ledger';
import { type JobChanges, ordersQuery } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const USER = '101';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const MINUTE_MS = 60_000;
const PER_MINUTE = { limit: 1_000, per: '1m', unit: 'tokens', scope: ['app'] } as const;
const PER_DAY = { limit: 1_000, per: 'day', unit: 'tokens', scope: ['app'] } as const;

let bundle: Bundle;
afterEach(() => bundle.close());

interface Metered extends Pick<SetupOptions, 'kuaishou' | 'users'> {
  /** What the platform expects of a call. */
  readonly expects?: number;
  /** What the nth call, from 1 on, really costs. */
  readonly costs: (n: number) => number;
  readonly job: JobChanges;
}

/** A platform that counts tokens. Returns what was spent when. */
async function open({ expects = 100, costs, job, users = [USER], kuaishou }: Metered) {
  const spent: { atMs: number; tokens: number }[] = [];
  bundle = await setup({
    users,
    job,
    ...(kuaishou && { kuaishou }),
    platform: ({ classify }) => ({
      cost: (): Costs => ({ tokens: expects }),
      classify: (reply, context) => {
        const outcome = classify(reply, context);
        const tokens = costs(spent.length + 1);
        spent.push({ atMs: bundle.clock.nowMs(), tokens });
        return outcome.kind === 'ok' ? { ...outcome, spent: { tokens } } : outcome;
      },
    }),
    sandbox: {
      latencyMs: [20, 20],
      kuaishou: {
        merchants: Object.fromEntries(users.map((user) => [user, { orders: 50, items: 0 }])),
        limits: UNLIMITED,
      },
    },
  });
  return spent;
}

/** So many calls, one a page; `cost` is the job's own estimate. */
function calls(count: number, cost?: Costs): JobChanges {
  return {
    async *pages({ cursor, call }) {
      for (let n = Number((cursor as { page: string }).page); n < count; n += 1) {
        await call(ORDERS, ordersQuery(Date.parse(START)), cost ? { cost } : {});
        yield { records: [], cursor: { page: String(n + 1) } };
      }
    },
    initial: () => ({ page: '0' }),
  };
}

async function ofDay(): Promise<Pick<LedgerUsage, 'used' | 'reserved' | 'byJob'> | undefined> {
  const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop');
  const row = usage.find(({ budget }) => budget === 'tokens-day');
  return row && { used: row.used, reserved: row.reserved, byJob: row.byJob };
}

function sum(spent: readonly { tokens: number }[]): number {
  return spent.reduce((total, { tokens }) => total + tokens, 0);
}

describe('a budget in tokens a minute', () => {
  const kuaishou = { budgets: { 'tokens-minute': PER_MINUTE } };

  it('is never exceeded by what calls really cost, in any minute', async () => {
    const spent = await open({ kuaishou, costs: (n) => 20 + ((n * 37) % 81), job: calls(40) });
    expect((await bundle.run()).state).toBe('done');
    for (const { atMs } of spent) {
      const inMinute = spent.filter((each) => each.atMs >= atMs && each.atMs < atMs + MINUTE_MS);
      expect(sum(inMinute)).toBeLessThanOrEqual(1_000);
    }
  });

  it('lets more calls go when they cost less than was estimated', async () => {
    const spent = await open({ kuaishou, costs: () => 25, job: calls(60) });
    await bundle.run();
    const inMinute = spent.filter(({ atMs }) => atMs < Date.parse(START) + MINUTE_MS);
    expect(inMinute.length).toBeGreaterThanOrEqual(35); // of 40; by the estimate alone they would be 10
  });

  it('holds calls back when they cost more than was estimated', async () => {
    const spent = await open({ kuaishou, expects: 10, costs: () => 100, job: calls(30) });
    await bundle.run();
    const seconds = ((spent.at(-1)?.atMs ?? 0) - Date.parse(START)) / 1_000;
    expect(sum(spent) / (seconds / 60)).toBeLessThanOrEqual(1_150); // one call above its estimate at a time
  });
});

describe('a budget in tokens a day', () => {
  const kuaishou = { budgets: { 'tokens-day': PER_DAY } };

  it('counts what was really spent, by job', async () => {
    const spent = await open({ kuaishou, costs: (n) => n * 3, job: calls(9) });
    await bundle.run();
    await bundle.restart();
    expect(await ofDay()).toEqual({ used: sum(spent), reserved: 0, byJob: { orders: sum(spent) } });
  });

  it('takes the platform’s estimate, and parks when what is left is less', async () => {
    const spent = await open({ kuaishou, costs: () => 60, job: calls(100) });
    const parked = await bundle.run();
    expect(parked).toMatchObject({ state: 'parked', totals: { partitionsFailed: 0 } });
    expect(spent).toHaveLength(16); // 960; the next may cost 100
  });

  it('takes the job’s own estimate before the platform’s', async () => {
    const spent = await open({ kuaishou, costs: () => 60, job: calls(100, { tokens: 300 }) });
    expect((await bundle.run()).state).toBe('parked');
    expect(spent).toHaveLength(12); // 720; the next may cost 300
  });

  it('takes a call that costs more than its estimate as it is: the day is spent so much sooner', async () => {
    const spent = await open({ kuaishou, costs: () => 260, job: calls(100) });
    expect((await bundle.run()).state).toBe('parked');
    expect(spent).toHaveLength(4);
    await bundle.restart();
    expect(await ofDay()).toMatchObject({ used: 1_040, reserved: 0 });
  });

  it('a call without a cost in it draws nothing', async () => {
    await open({ kuaishou, costs: () => 0, job: calls(5, { tokens: 0 }) });
    expect((await bundle.run()).state).toBe('done');
    expect(await ofDay()).toBeUndefined();
  });

  it('a cost that is no number fails the partition before anything is sent', async () => {
    await open({ kuaishou, costs: () => 0, job: calls(5, { tokens: Number.NaN }) });
    expect((await bundle.run()).state).toBe('failed');
    expect(bundle.sandbox.ledger.attempts()).toEqual([]);
  });
});
