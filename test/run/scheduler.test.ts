import { OffpeakError } from '../../src/errors';
import { ordersJob } from './jobs';
import { type Desk, type DeskOptions, openDesk, park, type Script, scheduled } from './scheduler-setup';
import { openSlot } from './setup';

let desk: Desk;
afterEach(() => desk.close());

async function open(options: DeskOptions): Promise<Desk> {
  desk = await openDesk(options);
  return desk;
}

const HOURLY = '5 * * * *';

describe('a slot that comes', () => {
  it('makes one run, within a minute, and only once', async () => {
    const { serveUntil, started, store } = await open({
      startAt: '2026-03-02T01:59:30+08:00',
      jobs: [scheduled('orders', HOURLY)],
    });
    await serveUntil('2026-03-02T03:30:00+08:00');
    expect(started.map(({ at }) => at.slice(0, 8))).toEqual(['02 02:05', '02 03:05']);
    const runs = await store.runs.list({ limit: 10 });
    expect(runs.map(({ slotAtMs, kind, state }) => [slotAtMs, kind, state])).toEqual([
      [Date.parse('2026-03-02T03:05:00+08:00'), 'schedule', 'done'],
      [Date.parse('2026-03-02T02:05:00+08:00'), 'schedule', 'done'],
    ]);
  });

  it('makes no second run after a restart in the same minute', async () => {
    const { serveUntil, started } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('orders', HOURLY)],
    });
    for (const at of ['02:05:31', '02:05:40', '02:05:59']) await serveUntil(`2026-03-02T${at}+08:00`);
    expect(started).toHaveLength(1);
  });

  it('is run at its instant when somebody wakes the scheduler', async () => {
    const { serveUntil, started, clock, scheduler } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('orders', HOURLY)],
    });
    const serving = serveUntil('2026-03-02T02:05:20+08:00');
    void clock.sleep(30_000).then(() => scheduler().wake());
    await serving;
    expect(started.map(({ at }) => at)).toEqual(['02 02:05:00']);
  });

  it('is that of the first week for a job that is due once a week', async () => {
    const { serveUntil, started, clock } = await open({
      startAt: '2026-03-04T12:00:00+08:00', // a Wednesday
      jobs: [scheduled('orders', '0 2 * * 0')],
    });
    await serveUntil('2026-03-04T12:01:30+08:00');
    await clock.advanceTo(Date.parse('2026-03-08T01:59:00+08:00'));
    await serveUntil('2026-03-08T02:01:30+08:00');
    expect(started.map(({ at }) => at.slice(0, 8))).toEqual(['08 02:00']);
  });
});

describe('a slot that was missed', () => {
  const daily = scheduled('orders', '0 2 * * *');

  it('is not made up for by a job that is seen for the first time', async () => {
    const { serveUntil, started } = await open({ startAt: '2026-03-02T03:00:00+08:00', jobs: [daily] });
    await serveUntil('2026-03-02T03:05:00+08:00');
    expect(started).toEqual([]);
  });

  it('is made up for after a process that was down: the newest one, once', async () => {
    const { serveUntil, started, clock, store } = await open({ startAt: '2026-03-02T01:59:00+08:00', jobs: [daily] });
    await serveUntil('2026-03-02T02:01:00+08:00');
    await clock.advanceTo(Date.parse('2026-03-05T20:00:00+08:00')); // three slots later
    await serveUntil('2026-03-05T20:02:00+08:00');
    expect(started.map(({ at }) => at.slice(0, 8))).toEqual(['02 02:00', '05 20:00']);
    const [newest] = await store.runs.list({ limit: 1 });
    expect(newest?.slotAtMs).toBe(Date.parse('2026-03-05T02:00:00+08:00'));
  });

  it('is not made up for when it is older than a day', async () => {
    const weekly = scheduled('orders', '0 2 * * 1');
    const { serveUntil, started, clock } = await open({ startAt: '2026-03-02T01:00:00+08:00', jobs: [weekly] });
    await serveUntil('2026-03-02T01:00:30+08:00');
    await clock.advanceTo(Date.parse('2026-03-03T02:00:01+08:00'));
    await serveUntil('2026-03-03T02:02:00+08:00');
    expect(started).toEqual([]);
  });
});

describe('a run that is not over', () => {
  it('takes the place of further runs of its job while it is parked, and each slot says so', async () => {
    const { serveUntil, started, store } = await open({
      startAt: '2026-03-02T01:59:30+08:00',
      jobs: [scheduled('orders', HOURLY)],
      scripts: { orders: [park('2026-03-02T04:30:00+08:00'), { kind: 'complete' }] },
    });
    await serveUntil('2026-03-02T05:30:00+08:00');
    const took = started.map(({ runId, at }) => `${runId} ${at.slice(3, 8)}`);
    expect(took.slice(0, 3)).toEqual(['1 02:05', '1 04:30', '4 05:05']);
    const runs = await store.runs.list({ limit: 10 });
    expect(runs.map(({ id, state, because, intoRunId }) => [id, state, because, intoRunId])).toEqual([
      [4, 'done', null, null],
      [3, 'skipped', 'coalesced', 1],
      [2, 'skipped', 'coalesced', 1],
      [1, 'done', null, null],
    ]);
  });

  it('goes on the moment that its time comes, though another one is due outside its hours', async () => {
    const { serveUntil, started } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('held', '5 2 * * *', ['02:00-02:10']), scheduled('parked', '5 2 * * *')],
      scripts: {
        held: [park('2026-03-02T02:11:00+08:00')],
        parked: [park('2026-03-02T02:20:17+08:00'), { kind: 'complete' }],
      },
    });
    await serveUntil('2026-03-02T02:25:00+08:00');
    expect(started.filter(({ job }) => job === 'parked').map(({ at }) => at)[1]).toBe('02 02:20:17');
    expect(started.filter(({ job }) => job === 'held')).toHaveLength(1);
  });

  it('is alone: a second one of its job waits until it ends', async () => {
    const { serveUntil, started, store, fence, clock } = await open({
      startAt: '2026-03-02T02:00:00+08:00',
      jobs: [ordersJob([])],
      scripts: { orders: [{ kind: 'complete', afterMs: 5_000 }] },
    });
    for (const kind of ['manual', 'schedule'] as const) {
      await openSlot(store, { job: 'orders', slotAtMs: clock.nowMs(), kind, fence });
    }
    await serveUntil('2026-03-02T02:00:30+08:00');
    expect(started.map(({ at }) => at)).toEqual(['02 02:00:00', '02 02:00:05']);
  });

  it('is left to its process when it was interrupted, and goes on at once in the next one', async () => {
    const { serveUntil, started } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('orders', HOURLY)],
      scripts: { orders: [{ kind: 'interrupt', afterMs: 60_000 }, { kind: 'complete' }] },
    });
    await serveUntil('2026-03-02T02:06:00+08:00'); // in the middle of its first turn
    await serveUntil('2026-03-02T02:10:00+08:00');
    expect(started.map(({ runId }) => runId)).toEqual([1, 1]);
  });
});

describe('runs side by side', () => {
  it('are at most so many, the oldest slot first', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const { serveUntil, started } = await open({
      startAt: '2026-03-02T02:04:59+08:00',
      jobs: names.map((name, at) => scheduled(name, `${5 + at} 2 * * *`)),
      scripts: Object.fromEntries(names.map((name) => [name, [{ kind: 'complete', afterMs: 600_000 }]])),
      jobsInFlight: 2,
    });
    await serveUntil('2026-03-02T02:40:00+08:00');
    expect(started.map(({ job, at }) => `${job} ${at.slice(3, 8)}`)).toEqual([
      'a 02:05',
      'b 02:06',
      'c 02:15',
      'd 02:16',
      'e 02:25',
    ]);
  });

  it('do not suffer from one whose partitions() throws: it fails with the reason', async () => {
    const broken = ordersJob([], {
      name: 'broken',
      schedule: { cron: HOURLY, timezone: 'Asia/Shanghai' },
    });
    const runJob: DeskOptions['runJob'] = async (job, run) => {
      if (job.name === 'broken') throw new Error('the list of shops is gone');
      await desk.store.runs.start({ runId: run.id, partitions: [], fence: desk.fence, nowMs: desk.clock.nowMs() });
      return desk.store.runs.settle({ runId: run.id, fence: desk.fence, nowMs: desk.clock.nowMs() });
    };
    const { serveUntil, store, events } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [broken, scheduled('orders', HOURLY)],
      runJob,
    });
    await serveUntil('2026-03-02T03:06:30+08:00');
    const failed = await store.runs.list({ job: 'broken', limit: 9 });
    expect(failed.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'the list of shops is gone'],
      ['failed', 'the list of shops is gone'],
    ]);
    expect((await store.runs.list({ job: 'orders', limit: 9 })).map(({ state }) => state)).toEqual(['done', 'done']);
    expect(events.filter(({ kind }) => kind === 'run-failed')).toHaveLength(2);
  });
});

describe('a store that is lost', () => {
  const lost = new OffpeakError('FENCED', 'another process has it');

  it('ends the scheduler with that error, after the runs under way have ended', async () => {
    let ended = false;
    const { scheduler, clock, stop } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('fenced', HOURLY), scheduled('slow', HOURLY)],
      runJob: async (job, run) => {
        if (job.name === 'fenced') throw lost;
        await clockSleep(20_000);
        ended = true;
        return run;
      },
    });
    const clockSleep = (ms: number): Promise<void> => clock.sleep(ms);
    await expect(clock.run(scheduler().serve())).rejects.toBe(lost);
    expect(ended).toBe(true);
    expect(stop().reason).toBe('the store is lost');
  });

  it('ends the scheduler when it is found while it looks for slots, with the runs under way, too', async () => {
    let ended = false;
    let looks = 0;
    const { scheduler, clock } = await open({
      startAt: '2026-03-02T02:04:30+08:00',
      jobs: [scheduled('slow', HOURLY)],
      runJob: async (_, run) => {
        await desk.clock.sleep(100_000);
        ended = true;
        return run;
      },
      runs: (runs) =>
        new Proxy(runs, {
          get: (target, name) => {
            if (name === 'due' && (looks += 1) > 2) return () => Promise.reject(lost);
            return Reflect.get(target, name) as unknown;
          },
        }),
    });
    await expect(clock.run(scheduler().serve())).rejects.toBe(lost);
    expect(ended).toBe(true);
  });
});

describe('finish()', () => {
  it('takes an unfinished run through all its parks, then returns', async () => {
    const { finish, started, store, fence, clock } = await open({
      startAt: '2026-03-02T02:00:00+08:00',
      jobs: [ordersJob([])],
      scripts: {
        orders: [park('2026-03-02T02:30:00+08:00'), park('2026-03-02T04:00:02+08:00'), { kind: 'complete' }],
      },
    });
    await openSlot(store, { job: 'orders', slotAtMs: clock.nowMs(), kind: 'manual', fence });
    await finish();
    expect(started.map(({ at }) => at)).toEqual(['02 02:00:00', '02 02:30:00', '02 04:00:02']);
    expect(await store.runs.unfinished('orders')).toBeNull();
  });

  it('returns at once when there is nothing to finish', async () => {
    const { finish, started } = await open({ startAt: '2026-03-02T02:00:00+08:00', jobs: [ordersJob([])] });
    await finish();
    expect(started).toEqual([]);
  });
});

describe('a backfill', () => {
  const history = ordersJob(['101'], { name: 'history', backfill: () => ({ page: '' }) });
  const ask = (desk: Desk) =>
    desk.store.backfills.ask({
      job: 'history',
      fromMs: 0,
      toMs: 1_000,
      stepMs: 1_000,
      order: 'old',
      callsMax: null,
      by: 'ann',
      askedAtMs: desk.clock.nowMs(),
    });

  it('gives its place up to a run that needs it, and goes on when there is one again', async () => {
    const hour: Script = [{ kind: 'complete', afterMs: 3_600_000 }];
    const jobs = [history, scheduled('orders', '0 1 * * *')];
    const scripts = { history: hour, orders: [{ kind: 'complete', afterMs: 60_000 }] } as const;
    desk = await openDesk({ startAt: '2026-03-02T00:30:00+08:00', jobs, scripts, jobsInFlight: 1 });
    await ask(desk);
    await desk.serveUntil('2026-03-02T03:00:00+08:00');
    expect(desk.started.map(({ job, at }) => [job, at])).toEqual([
      ['history', '02 00:30:00'],
      ['orders', '02 01:00:00'],
      ['history', '02 01:01:00'],
    ]);
    expect(await desk.store.backfills.list({ limit: 1 })).toMatchObject([{ state: 'done' }]);
  });

  it('keeps its place while the run that would need it waits for its own hours', async () => {
    const jobs = [history, scheduled('orders', '0 1 * * *', ['02:00-06:00'])];
    const hour: Script = [{ kind: 'complete', afterMs: 3_600_000 }];
    desk = await openDesk({ startAt: '2026-03-02T00:30:00+08:00', jobs, scripts: { history: hour }, jobsInFlight: 1 });
    await ask(desk);
    await desk.serveUntil('2026-03-02T03:00:00+08:00');
    expect(desk.started.map(({ job, at }) => [job, at])).toEqual([
      ['history', '02 00:30:00'],
      ['orders', '02 02:00:00'],
    ]);
  });

  it('that is parked takes no slot of its job in, and keeps it from none', async () => {
    const job = scheduled('history', '0 1 * * *');
    const jobs = [{ ...job, backfill: () => ({ page: '' }) }];
    const scripts = { history: [park('2026-03-02T02:00:00+08:00'), { kind: 'complete' }] } as const;
    desk = await openDesk({ startAt: '2026-03-02T00:30:00+08:00', jobs, scripts });
    await ask(desk);
    await desk.serveUntil('2026-03-02T01:30:00+08:00');
    const runs = await desk.store.runs.list({ limit: 9 });
    expect(runs.map(({ kind, state }) => [kind, state])).toEqual([
      ['schedule', 'parked'],
      ['backfill', 'parked'],
    ]);
  });
});
