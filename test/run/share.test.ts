import type { Job } from '../../src/job/parse';
import type { JobQuota } from '../../src/job/quota';
import type { Run } from '../../src/job/run';
import { ordersJob, ordersQuery } from './jobs';
import { type Bundle, openSlot, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
/** Half an hour before the reset: each hour takes a second to play. */
const EVENING = '2026-03-02T23:30:00+08:00';
const DAY = 60;

let bundle: Bundle;
afterEach(() => bundle.close());

interface CallsJob {
  readonly calls: number;
  readonly quota?: JobQuota;
  readonly priority?: number;
  /** When its run comes on its own, in Shanghai. */
  readonly cron?: string;
  readonly users?: readonly string[];
}

/** A job that makes so many calls for each of its users, one a page. */
function callsJob(name: string, { calls, quota, priority, cron, users = ['101'] }: CallsJob): Job {
  return ordersJob(users, {
    name,
    ...(quota && { quota }),
    ...(priority !== undefined && { priority }),
    ...(cron !== undefined && { schedule: { cron, timezone: 'Asia/Shanghai' } }),
    async *pages({ cursor, call }) {
      for (let n = Number((cursor as { page: string }).page); n < calls; n += 1) {
        await call(ORDERS, ordersQuery(Date.parse(START)));
        yield { records: [], cursor: { page: String(n + 1) } };
      }
      yield { records: [], cursor: { page: '0' } };
    },
    initial: () => ({ page: '0' }),
  });
}

/** Whoever looks finds the process before dead. */
const DEAD = { host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null };

async function open(jobs: readonly Job[]): Promise<void> {
  bundle = await setup({
    startAt: EVENING,
    machine: DEAD,
    users: ['101', '102', '103'],
    jobs: () => jobs,
    kuaishou: { budgets: { 'app-day': DAY } },
    sandbox: {
      latencyMs: [5, 5],
      kuaishou: {
        merchants: Object.fromEntries(['101', '102', '103'].map((user) => [user, { orders: 50, items: 0 }])),
        limits: UNLIMITED,
      },
    },
  });
}

function jobNamed(name: string): Job {
  const job = bundle.jobs.find((each) => each.name === name);
  if (!job) throw new Error(`no job ${name}`);
  return job;
}

const take = (name: string): Promise<Run> => bundle.run({}, jobNamed(name));

async function partitionsOf(run: Run) {
  return bundle.store.runs.partitions(run.id);
}

const at = (time: string): number => Date.parse(`2026-03-0${time}+08:00`);
const RELOOK_MS = 15 * 60_000;

describe('a platform without quota in its jobs', () => {
  it('serves first come, first served, as before', async () => {
    await open([
      callsJob('greedy', { calls: 100 }),
      callsJob('important', { calls: 30, cron: '40 23 * * *', priority: 0 }),
    ]);
    const run = await take('greedy');
    expect(run).toMatchObject({ state: 'parked', totals: { attempts: DAY } });
    const [partition] = await partitionsOf(run);
    expect(partition).toMatchObject({ reason: expect.stringContaining(`app-day of ${DAY} is spent`) as string });
  });
});

describe('jobs that share a day', () => {
  const jobs = [
    callsJob('greedy', { calls: 100 }),
    callsJob('important', { calls: 30, cron: '40 23 * * *', quota: { reserve: 20, weight: 3 }, priority: 1 }),
  ];

  it('a greedy one leaves what is kept for one that comes later, and says so', async () => {
    await open(jobs);
    const run = await take('greedy');
    // 40 beyond the reserve, shared 1 to 3.
    expect(run).toMatchObject({ state: 'parked', totals: { attempts: 10, partitionsFailed: 0 } });
    const [partition] = await partitionsOf(run);
    expect(partition?.reason).toBe(
      'its share of app-day is spent: 10 of 60 (reserve 0, weight 1); 50 are kept for important',
    );
    expect(partition?.parkedUntilMs).toBe(at('2T23:40:00') + RELOOK_MS);
  });

  it('what the important one did not need flows back when it has ended, at the same page', async () => {
    await open(jobs);
    const parked = await take('greedy');
    await bundle.clock.advanceTo(at('2T23:40:00'));
    expect(await take('important')).toMatchObject({ state: 'done', totals: { attempts: 30 } });
    await bundle.clock.advanceTo(parked.resumesAtMs ?? 0);
    const again = await take('greedy');
    expect(again).toMatchObject({ id: parked.id, state: 'parked', totals: { attempts: 30, pages: 30 } });
    expect((await partitionsOf(again))[0]?.reason).toContain('app-day of 60 is spent');
  });

  it('begin anew with the next day', async () => {
    await open(jobs);
    await take('greedy');
    await bundle.clock.advanceTo(at('3T00:05:00'));
    expect(await take('greedy')).toMatchObject({ state: 'parked', totals: { attempts: 20 } });
  });

  it('are counted on through a restart', async () => {
    await open(jobs);
    bundle.stopAfterPages(6);
    await take('greedy');
    bundle.onEvent = () => undefined;
    await bundle.restart();
    expect(await take('greedy')).toMatchObject({ state: 'parked', totals: { attempts: 10 } });
    const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop', 'app-day');
    expect(usage).toMatchObject([{ byJob: { greedy: 10 } }]);
  });

  it('are counted on through a crash: what was in flight counts as used, for nobody', async () => {
    await open(jobs);
    bundle.stopAfterPages(6);
    await take('greedy');
    bundle.onEvent = () => undefined;
    bundle.process = await bundle.another(DEAD);
    const { totals } = await take('greedy');
    expect(totals.attempts).toBeGreaterThan(6);
    expect(totals.attempts).toBeLessThanOrEqual(10);
    await bundle.clock.advanceTo(at('2T23:40:00'));
    expect(await take('important')).toMatchObject({ state: 'done', totals: { attempts: 30, parks: 0 } });
  });

  it('both get all of theirs when they run side by side', async () => {
    await open([
      callsJob('greedy', { calls: 100, users: ['101', '102', '103'] }),
      callsJob('important', { calls: 30, cron: '31 23 * * *', quota: { reserve: 20, weight: 3 }, priority: 1 }),
    ]);
    const { process, play } = bundle;
    const [greedy, important] = await play(Promise.all(bundle.jobs.map((job) => process.take(job))));
    expect(important).toMatchObject({ state: 'done', totals: { attempts: 30, parks: 0 } });
    expect(greedy).toMatchObject({ state: 'parked', totals: { attempts: 10, partitionsParked: 3 } });
  });

  it('neighbours of a partition whose share is spent park without a call and without a look of their own', async () => {
    const looks: string[] = [];
    const users = ['101', '102', '103'];
    await open([callsJob('greedy', { calls: 100, users, quota: { cap: 7 } })]);
    const { unfinished } = bundle.store.runs;
    bundle.store.runs.unfinished = (job) => {
      looks.push(job);
      return unfinished.call(bundle.store.runs, job);
    };
    const run = await take('greedy');
    expect(run).toMatchObject({ state: 'parked', totals: { attempts: 7, partitionsParked: 3 } });
    expect(bundle.sandbox.ledger.attempts()).toHaveLength(7);
    expect(looks.length).toBeLessThanOrEqual(3); // one of the test's own
  });
});

describe('a cap', () => {
  it('holds until the reset, whatever is left', async () => {
    await open([callsJob('small', { calls: 100, quota: { cap: 7 } }), callsJob('other', { calls: 1 })]);
    const run = await take('small');
    expect(run).toMatchObject({ state: 'parked', totals: { attempts: 7 } });
    const [partition] = await partitionsOf(run);
    expect(partition).toMatchObject({
      reason: 'its cap of app-day is reached: 7 of 60',
      parkedUntilMs: at('3T00:00:02'),
    });
  });
});

describe('a backfill', () => {
  const backfill = async (name: string): Promise<Run> => {
    const { store, engine } = bundle.process;
    const slot = { job: name, slotAtMs: bundle.clock.nowMs(), kind: 'backfill', fence: engine.lease.fence } as const;
    const run = await openSlot(store, slot);
    const everything = { selects: () => true, calls: { left: null } };
    return bundle.play(engine.runOnce(jobNamed(name), run, everything));
  };

  it('uses only what scheduled runs to come are not expected to need, also where no job shares', async () => {
    await open([callsJob('orders', { calls: 20, cron: '40 23 * * *' }), callsJob('history', { calls: 100 })]);
    expect(await take('orders')).toMatchObject({ state: 'done' }); // now it is known to take 20
    const run = await backfill('history');
    expect(run).toMatchObject({ state: 'parked', totals: { attempts: 20, partitionsFailed: 0 } });
    const [partition] = await partitionsOf(run);
    expect(partition?.reason).toBe('the surplus of app-day is spent: 40 of 60 are used; 20 are kept for orders');
    await bundle.clock.advanceTo(at('2T23:40:00'));
    expect(await take('orders')).toMatchObject({ state: 'done', totals: { attempts: 20 } });
    const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop', 'app-day');
    expect(usage).toMatchObject([{ byJob: { orders: 40, 'history (backfill)': 20 } }]);
  });
});
