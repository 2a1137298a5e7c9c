import type { Job } from '../../src/job/parse';
import type { Run } from '../../src/job/run';
import { ordersJob } from './jobs';
import { type Desk, type DeskOptions, inShanghai, openDesk, park, policed, scheduled } from './scheduler-setup';

let desk: Desk;
afterEach(() => desk.close());

async function open(options: DeskOptions): Promise<Desk> {
  desk = await openDesk(options);
  return desk;
}

const HOURLY = '5 * * * *';
const at = (time: string): string => `2026-03-02T${time}+08:00`;
const starts = (): string[] => desk.started.map(({ job, at: time }) => `${job} ${time.slice(3)}`);

/** `04:05 schedule skipped coalesced ×3`, oldest first. */
async function rows(job = 'orders'): Promise<string[]> {
  const runs = await desk.store.runs.list({ job, limit: 99 });
  return runs.reverse().map(({ slotAtMs, kind, state, because, slots }) => {
    const why = because === null ? '' : ` ${because}`;
    return `${inShanghai(slotAtMs).slice(3, 8)} ${kind} ${state}${why}${slots > 1 ? ` ×${slots}` : ''}`;
  });
}

describe('a slot whose start is planned for later', () => {
  it('has its run at once, which starts at the planned instant', async () => {
    const { serveUntil, store } = await open({
      startAt: at('02:00:00'),
      jobs: [scheduled('orders', HOURLY)],
      rules: { startOf: (_, slotAtMs) => slotAtMs + 17 * 60_000 + 3_000 },
    });
    await serveUntil(at('02:06:00'));
    const [run] = await store.runs.list({ limit: 1 });
    expect(run).toMatchObject({ state: 'queued', startAtMs: Date.parse(at('02:22:03')) });
    expect(starts()).toEqual([]);
    await serveUntil(at('02:30:00'));
    expect(starts()).toEqual(['orders 02:22:03']);
  });
});

describe('a slot that comes while a run of its job is not over', () => {
  const lasts = (minutes: number) => ({ orders: [{ kind: 'complete' as const, afterMs: minutes * 60_000 }] });

  it('is skipped', async () => {
    const { serveUntil } = await open({
      startAt: at('02:00:00'),
      jobs: [scheduled('orders', HOURLY)],
      scripts: lasts(70),
    });
    await serveUntil(at('04:10:00'));
    expect(await rows()).toEqual(['02:05 schedule done', '03:05 schedule skipped overlap', '04:05 schedule done']);
  });

  it('has its run when the plan starts it later, and the run before has ended by then', async () => {
    const { serveUntil } = await open({
      startAt: at('02:00:00'),
      jobs: [scheduled('orders', HOURLY)],
      scripts: lasts(20),
      rules: { startOf: (_, slotAtMs) => slotAtMs + 45 * 60_000 },
    });
    await serveUntil(at('05:30:00'));
    expect(starts()).toEqual(['orders 02:50:00', 'orders 03:50:00', 'orders 04:50:00']);
  });

  it('waits for its end when the job queues one, and starts the moment that it comes', async () => {
    const jobs = [policed('orders', '*/20 * * * *', { overlap: 'queue-one' })];
    const { serveUntil } = await open({ startAt: at('01:59:00'), jobs, scripts: lasts(50) });
    await serveUntil(at('02:55:00'));
    expect(starts()).toEqual(['orders 02:00:00', 'orders 02:50:00']);
    expect((await rows()).slice(0, 3)).toEqual([
      '02:00 schedule done',
      '02:20 schedule done',
      '02:40 schedule skipped overlap',
    ]);
  });

  it('waits with others when the job queues all', async () => {
    const jobs = [policed('orders', '*/20 * * * *', { overlap: 'queue-all' })];
    const { serveUntil } = await open({ startAt: at('01:59:00'), jobs, scripts: lasts(30) });
    await serveUntil(at('03:05:00'));
    expect(starts()).toEqual(['orders 02:00:00', 'orders 02:30:00', 'orders 03:00:00']);
    expect(await rows()).toContain('02:40 schedule done');
  });

  it('ends it and starts, when the job cancels', async () => {
    const jobs = [policed('orders', '*/20 * * * *', { overlap: 'cancel' })];
    const { serveUntil, store } = await open({ startAt: at('01:59:00'), jobs, scripts: lasts(30) });
    await serveUntil(at('02:30:00'));
    expect(starts()).toEqual(['orders 02:00:00', 'orders 02:20:00']);
    expect((await rows())[0]).toBe('02:00 schedule canceled');
    expect(await store.runs.get(1)).toMatchObject({
      reason: 'a newer slot of its job came',
      totals: { partitionsFailed: 0 },
    });
    expect(await store.checkpoints.read('orders', 'all')).toMatchObject({ status: 'idle' });
  });

  it('ends one that is parked, too, when the job cancels', async () => {
    const jobs = [policed('orders', HOURLY, { overlap: 'cancel' })];
    const scripts = { orders: [park(at('23:00:00'))] };
    const { serveUntil } = await open({ startAt: at('02:00:00'), jobs, scripts });
    await serveUntil(at('03:10:00'));
    expect(await rows()).toEqual(['02:05 schedule canceled', '03:05 schedule parked']);
  });
});

describe('slots that were missed', () => {
  it('are made up for one spacing apart, the present one first', async () => {
    const jobs = [policed('orders', HOURLY, { catchUp: { policy: 'all', spacing: '15m' } })];
    const { serveUntil, clock } = await open({ startAt: at('02:04:00'), jobs });
    await serveUntil(at('02:06:00'));
    await clock.advanceTo(Date.parse(at('05:05:10')));
    await serveUntil(at('06:00:00'));
    expect(starts()).toEqual(['orders 02:05:00', 'orders 05:05:10', 'orders 05:20:10', 'orders 05:35:10']);
    expect(await rows()).toEqual([
      '02:05 schedule done',
      '03:05 catch-up done',
      '04:05 catch-up done',
      '05:05 schedule done',
    ]);
  });

  it('of many jobs do not start together', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const { serveUntil, clock } = await open({
      startAt: at('02:04:00'),
      jobs: names.map((name) => scheduled(name, '5 2 * * *')),
      jobsInFlight: 10,
    });
    await serveUntil(at('02:04:30'));
    await clock.advanceTo(Date.parse(at('08:00:00')));
    await serveUntil(at('08:01:00'));
    expect(starts()).toEqual(['a 08:00:00', 'b 08:00:01', 'c 08:00:02', 'd 08:00:03']);
  });

  it('while the machine was suspended are made up for, and none comes twice when the clock goes back', async () => {
    const { serveUntil, clock } = await open({ startAt: at('02:04:00'), jobs: [scheduled('orders', HOURLY)] });
    void clock.sleep(300_000).then(() => clock.step(3 * 3_600_000)); // at 02:09
    void clock.sleep(900_000).then(() => clock.step(-3 * 3_600_000)); // at 05:19
    const serving = clock.sleep(3_600_000).then(() => desk.stop().request('the test is over'));
    await Promise.all([serveUntil(at('09:00:00')), serving]);
    expect(await rows()).toEqual(['02:05 schedule done', '04:05 schedule skipped missed ×2', '05:05 catch-up done']);
  });

  it('while a run was parked are coalesced into it as one row', async () => {
    const { serveUntil, clock } = await open({
      startAt: at('02:04:00'),
      jobs: [scheduled('orders', '*/5 * * * *')],
      scripts: { orders: [park(at('23:00:00'))] },
    });
    await serveUntil(at('02:06:00'));
    await clock.advanceTo(Date.parse(at('05:07:00')));
    await serveUntil(at('05:08:00'));
    expect(await rows()).toEqual(['02:05 schedule parked', '05:05 schedule skipped coalesced ×36']);
  });
});

describe('a pause', () => {
  const pausedBy = (from: string, until: string) => (_: Job, atMs: number) =>
    atMs >= Date.parse(at(from)) && atMs < Date.parse(at(until)) ? { reason: 'stocktaking' } : null;

  it('leaves out the slots that come in it', async () => {
    const rules = { pausedBy: pausedBy('02:30:00', '04:30:00') };
    const { serveUntil, store } = await open({ startAt: at('02:00:00'), jobs: [scheduled('orders', HOURLY)], rules });
    await serveUntil(at('05:10:00'));
    expect(await rows()).toEqual([
      '02:05 schedule done',
      '03:05 schedule skipped paused',
      '04:05 schedule skipped paused',
      '05:05 schedule done',
    ]);
    expect(await store.runs.list({ states: ['skipped'], limit: 1 })).toMatchObject([{ reason: 'stocktaking' }]);
  });

  it('counts as missed time where the job says so', async () => {
    const rules = { pausedBy: pausedBy('02:30:00', '04:30:00') };
    const jobs = [policed('orders', HOURLY, { catchUp: { includePaused: true } })];
    const { serveUntil, looks } = await open({ startAt: at('02:00:00'), jobs, rules });
    await serveUntil(at('04:40:00'));
    expect(await rows()).toEqual(['02:05 schedule done', '03:05 schedule skipped missed', '04:05 catch-up done']);
    expect(looks()).toBeLessThan(3 * 70); // about once a minute
  });

  it('without an end holds every run, and costs a look a minute', async () => {
    const { serveUntil, looks } = await open({
      startAt: at('02:04:00'),
      jobs: [scheduled('orders', HOURLY)],
      gate: { nextStartMs: () => Infinity },
    });
    await serveUntil(at('03:04:00'));
    expect(await rows()).toEqual(['02:05 schedule queued']);
    expect(looks()).toBeLessThan(70);
  });
});

describe('many jobs', () => {
  it('cost a look what is due, and a start a handful of queries', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `job-${index}`);
    let queries = 0;
    const { serveUntil } = await open({
      startAt: at('02:04:30'),
      jobs: names.map((name, index) => scheduled(name, `${index % 60} 3 * * *`)),
      runs: (runs) =>
        new Proxy(runs, {
          get: (target, name) => {
            queries += 1;
            return Reflect.get(target, name) as unknown;
          },
        }),
    });
    await serveUntil(at('02:05:00'));
    expect(queries).toBeLessThan(10);
  });

  it('that are all due keep to the places there are, and each has its run', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    let [present, most] = [0, 0];
    const runJob = async (_: Job, run: Run): Promise<Run> => {
      present += 1;
      most = Math.max(most, present);
      await desk.store.runs.start({ runId: run.id, partitions: [], fence: desk.fence, nowMs: desk.clock.nowMs() });
      await desk.clock.sleep(5_000);
      present -= 1;
      return desk.store.runs.settle({ runId: run.id, fence: desk.fence, nowMs: desk.clock.nowMs() });
    };
    const jobs = names.map((name) => scheduled(name, HOURLY));
    const { serveUntil, started, looks } = await open({ startAt: at('02:04:30'), jobs, runJob, jobsInFlight: 4 });
    await serveUntil(at('02:06:30'));
    expect(most).toBe(4);
    expect(new Set(started.map(({ job }) => job)).size).toBe(40);
    expect(started).toHaveLength(40);
    expect(looks()).toBeLessThan(6); // the end of a run is no reason to look at all of them
  });

  it('without a schedule are none of its business', async () => {
    const { serveUntil, started } = await open({ startAt: at('02:04:30'), jobs: [ordersJob([])] });
    await serveUntil(at('04:04:30'));
    expect(started).toEqual([]);
  });
});
