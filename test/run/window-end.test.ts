import type { Schedule } from '../../src/job/definition';
import type { RunPartition } from '../../src/job/run';
import { ordersJob, pagesOf } from './jobs';
import { type Bundle, openSlot, START, setup } from './setup';

/** Eight pages each, and an empty one behind them. */
const MERCHANTS = {
  '101': { orders: 400, items: 0 },
  '102': { orders: 400, items: 0 },
  '103': { orders: 400, items: 0 },
};
/** A page takes about this long: a partition has 90 s of work, and the hours close after 60 s. */
const PAGE_MS = 10_000;
const CLOSED_FROM_MS = Date.parse('2026-03-02T23:52:00+08:00');
const OPEN_AGAIN_MS = Date.parse('2026-03-02T23:58:00+08:00');
const WINDOWS = ['23:51-23:52', '23:58-00:30'];

let bundle: Bundle;
/** When each page was committed. */
let pagesAtMs: number[] = [];
afterEach(() => bundle.close());

/** Serves a job over three merchants, two at a time, whose slot is at 23:51, until an instant. */
async function serveUntil(iso: string, hours: Partial<Schedule>): Promise<void> {
  pagesAtMs = [];
  bundle = await setup({
    sandbox: { kuaishou: { merchants: MERCHANTS } },
    jobs: (users) => [
      ordersJob(users, {
        pages: pagesOf(Date.parse(START)),
        schedule: { cron: '51 23 * * *', timezone: 'Asia/Shanghai', ...hours } as Schedule,
        partitionsInFlight: 2,
        sink: () => bundle.engineClock.sleep(PAGE_MS),
      }),
    ],
  });
  bundle.onEvent = ({ kind }) => {
    if (kind === 'page') pagesAtMs.push(bundle.clock.nowMs());
  };
  await serveOnUntil(iso);
}

async function serveOnUntil(iso: string): Promise<void> {
  const { process, clock, play } = bundle;
  void clock.sleep(Date.parse(iso) - clock.nowMs()).then(() => process.stop.request('the test is over'));
  await play(process.engine.scheduler.serve());
}

async function partitions(): Promise<readonly RunPartition[]> {
  const [run] = await bundle.store.runs.list({ limit: 1 });
  return bundle.store.runs.partitions(run?.id ?? 0);
}

/** The run was made whole in the second window: every page came, and none twice. */
async function expectWholeRun(resumes: number): Promise<void> {
  const runs = await bundle.store.runs.list({ limit: 10 });
  expect(runs).toMatchObject([{ state: 'done', totals: { records: 1_200, partitionsFailed: 0, resumes } }]);
  expect(bundle.sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
}

const pagesBetween = (fromMs: number, toMs: number): number =>
  pagesAtMs.filter((atMs) => atMs > fromMs && atMs < toMs).length;

describe('a run whose window closes', () => {
  it('drains: what is under way ends, nothing else begins, and the rest goes on at the next opening', async () => {
    await serveUntil('2026-03-02T23:57:00+08:00', { windows: WINDOWS });
    expect((await partitions()).map(({ state }) => state)).toEqual(['done', 'done', 'waiting']);
    expect(pagesBetween(CLOSED_FROM_MS + 60_000, OPEN_AGAIN_MS)).toBe(0);

    await bundle.restart();
    await serveOnUntil('2026-03-03T00:05:00+08:00');
    expect(pagesBetween(OPEN_AGAIN_MS, Infinity)).toBe(9);
    await expectWholeRun(0);
  });

  it('pauses: everything stops after its page, and goes on at the same one at the next opening', async () => {
    await serveUntil('2026-03-02T23:57:00+08:00', { windows: WINDOWS, onWindowEnd: 'pause' });
    expect(await partitions()).toMatchObject([
      { state: 'parked', parkedUntilMs: OPEN_AGAIN_MS },
      {
        state: 'parked',
        reason:
          'its hours closed: outside the windows of the job (23:51-23:52, 23:58-00:30), until 2026-03-02 23:58 Asia/Shanghai',
      },
      { state: 'waiting' },
    ]);
    expect(pagesBetween(CLOSED_FROM_MS, CLOSED_FROM_MS + PAGE_MS + 1_000)).toBeLessThanOrEqual(2);
    expect(pagesBetween(CLOSED_FROM_MS + PAGE_MS + 1_000, OPEN_AGAIN_MS)).toBe(0);

    await bundle.restart();
    await serveOnUntil('2026-03-03T00:05:00+08:00');
    await expectWholeRun(2);
  });

  it('goes on where its job ignores it', async () => {
    await serveUntil('2026-03-02T23:57:00+08:00', { windows: WINDOWS, onWindowEnd: 'ignore' });
    await expectWholeRun(0);
  });

  it('goes on when somebody asked for it', async () => {
    await serveUntil('2026-03-02T23:50:30+08:00', { windows: WINDOWS, onWindowEnd: 'pause' });
    await bundle.restart();
    const { store, clock, job, process } = bundle;
    const slot = { job: job.name, slotAtMs: clock.nowMs(), kind: 'manual' as const };
    await openSlot(store, { ...slot, fence: process.engine.lease.fence });
    await serveOnUntil('2026-03-02T23:57:00+08:00');
    const asked = (await bundle.store.runs.list({ limit: 2 })).find(({ kind }) => kind === 'manual');
    expect(asked).toMatchObject({ state: 'done', totals: { records: 1_200, parks: 0 } });
  });
});

describe('a run into which a blackout comes', () => {
  it('ends in the same way, and goes on after it', async () => {
    const blackouts = [{ hours: '23:52-23:58', reason: 'stocktaking' }];
    await serveUntil('2026-03-03T00:05:00+08:00', { blackouts, onWindowEnd: 'pause' });
    const parked = bundle.events.filter((event) => event.kind === 'parked');
    expect(parked).toMatchObject([
      { untilMs: OPEN_AGAIN_MS, reason: expect.stringContaining('blackout of the job: stocktaking') as string },
      { untilMs: OPEN_AGAIN_MS },
    ]);
    expect(pagesBetween(CLOSED_FROM_MS + PAGE_MS + 1_000, OPEN_AGAIN_MS)).toBe(0);
    await expectWholeRun(2);
  });

  it('waits without an instant where no end is in sight', async () => {
    const blackouts = [{ hours: '23:52-23:58', reason: 'stocktaking' }, ...endless('2026-03-02')];
    await serveUntil('2026-03-02T23:57:00+08:00', { blackouts, onWindowEnd: 'pause' });
    expect((await partitions()).map(({ state }) => state)).toEqual(['waiting', 'waiting', 'waiting']);
  });
});

/** Closed from 23:58 of a day on, for longer than anybody looks ahead. */
function endless(day: string): NonNullable<Schedule['blackouts']> {
  return [
    { dates: [day], hours: '23:58-00:00', reason: 'moving house' },
    { dates: ['2026-03-03/2027-03-02'], reason: 'moving house' },
    { dates: ['2027-03-03/2028-03-02'], reason: 'moving house' },
  ];
}
