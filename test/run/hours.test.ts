import { ordersJob, pagesOf } from './jobs';
import { type Desk, type DeskOptions, openDesk, park, scheduled } from './scheduler-setup';
import { type Bundle, openSlot, setup } from './setup';

let desk: Desk | null = null;
let bundle: Bundle | null = null;
afterEach(async () => {
  await desk?.close();
  await bundle?.close();
  desk = null;
  bundle = null;
});

async function open(options: DeskOptions): Promise<Desk> {
  desk = await openDesk(options);
  return desk;
}

const WINDOW = ['03:00-04:00'];

describe('hours', () => {
  it('hold back a scheduled start until they open', async () => {
    const { serveUntil, started } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('orders', '5 2 * * *', WINDOW)],
    });
    await serveUntil('2026-03-02T03:10:00+08:00');
    expect(started.map(({ at }) => at)).toEqual(['02 03:00:00']);
  });

  it('hold back a resume until they open again', async () => {
    const { serveUntil, started, clock } = await open({
      startAt: '2026-03-02T03:04:30+08:00',
      jobs: [scheduled('orders', '5 3 * * *', WINDOW)],
      scripts: { orders: [park('2026-03-02T05:00:02+08:00'), { kind: 'complete' }] },
    });
    await serveUntil('2026-03-02T05:30:00+08:00');
    expect(started).toHaveLength(1);
    await clock.advanceTo(Date.parse('2026-03-03T02:30:10+08:00'));
    await serveUntil('2026-03-03T03:04:00+08:00');
    expect(started.map(({ at }) => at)).toEqual([expect.stringContaining('02 03:05'), '03 03:00:00']);
  });

  it('do not hold back what somebody asked for', async () => {
    const { serveUntil, started, store, fence, clock } = await open({
      startAt: '2026-03-02T12:00:00+08:00',
      jobs: [scheduled('orders', '5 2 * * *', WINDOW)],
      scripts: { orders: [park('2026-03-02T12:10:00+08:00'), { kind: 'complete' }] },
    });
    await openSlot(store, { job: 'orders', slotAtMs: clock.nowMs(), kind: 'manual', fence });
    await serveUntil('2026-03-02T12:15:00+08:00');
    expect(started.map(({ at }) => at)).toEqual(['02 12:00:00', '02 12:10:00']);
  });

  it('that are closed do not keep the scheduler busy', async () => {
    const { serveUntil, looks } = await open({
      startAt: '2026-03-02T03:04:30+08:00',
      jobs: [scheduled('orders', '5 3 * * *', WINDOW)],
      scripts: { orders: [park('2026-03-02T04:30:00+08:00')] },
    });
    await serveUntil('2026-03-02T05:30:00+08:00');
    expect(looks()).toBeLessThan(3 * 60); // about once a minute
  });
});

describe('a parked partition of a run that is still under way', () => {
  const MERCHANTS = { '101': { orders: 200, items: 0 }, '102': { orders: 400, items: 0 } };

  async function runAcrossReset(kind: 'schedule' | 'manual') {
    bundle = await setup({
      startAt: '2026-03-02T23:59:50+08:00',
      kuaishou: { testUsers: ['101'], budgets: { 'test-user-day': 1, 'order-list-user-qps': 1 } },
      sandbox: { kuaishou: { merchants: MERCHANTS, limits: { userPerDay: 3 }, testUsers: ['101'] } },
      jobs: (users) => [
        ordersJob(users, {
          pages: pagesOf(Date.parse('2026-03-02T23:59:50+08:00')),
          // Open across the start, closed at the reset.
          schedule: { cron: '50 23 * * *', timezone: 'Asia/Shanghai', windows: ['22:00-00:00'] },
          sink: () => bundle!.engineClock.sleep(3_000),
        }),
      ],
    });
    const { process, play, clock, job } = bundle;
    const slot = { job: job.name, slotAtMs: clock.nowMs(), kind, fence: process.engine.lease.fence };
    await openSlot(process.store, slot);
    const run = await play(process.take(job));
    const resumed = bundle.events.some((event) => event.kind === 'resumed');
    return { run, resumed, tookMs: clock.nowMs() - Date.parse('2026-03-02T23:59:50+08:00') };
  }

  it('is left for the next window when the reset comes outside of the hours', async () => {
    const { run, resumed, tookMs } = await runAcrossReset('schedule');
    expect(tookMs).toBeGreaterThan(20_000); // the other one went on beyond the reset
    expect(resumed).toBe(false);
    expect(run).toMatchObject({ state: 'parked', totals: { partitionsDone: 1, partitionsParked: 1 } });
  });

  it('resumes at the reset when somebody asked for the run', async () => {
    const { resumed } = await runAcrossReset('manual');
    expect(resumed).toBe(true);
  });
});

describe('the daemon', () => {
  it('resumes a parked run within a minute of the reset, over real HTTP', async () => {
    bundle = await setup({
      job: {
        pages: pagesOf(Date.parse('2026-03-02T23:50:00+08:00')),
        schedule: { cron: '51 23 * * *', timezone: 'Asia/Shanghai' },
      },
      kuaishou: { budgets: { 'app-day': 10 } },
      sandbox: { kuaishou: { limits: { appPerDay: 10 }, merchants: { '101': { orders: 700, items: 0 } } } },
    });
    const { process, play, clock, sandbox } = bundle;
    void clock.sleep(660_000).then(() => process.stop.request('the test is over'));
    await play(process.engine.scheduler.serve());
    const [run] = await process.store.runs.list({ limit: 1 });
    expect(run).toMatchObject({ state: 'done', kind: 'schedule', totals: { parks: 1, resumes: 1, records: 700 } });
    const reset = Date.parse('2026-03-03T00:00:00+08:00');
    const [first] = sandbox.ledger.attempts({ fromMs: reset });
    expect((first?.atMs ?? Infinity) - reset).toBeLessThan(60_000);
    expect(sandbox.ledger.overBudget()).toBe(0);
  });
});
