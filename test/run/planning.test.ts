import type { Job } from '../../src/job/parse';
import { Planning, type PlanningParts } from '../../src/run/planning';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import type { PlanRequest } from '../../src/schedule/plan-request';
import { pinnedOffsetMs, planSlots } from '../../src/schedule/plan-slots';
import { PLAN_KEPT_MS } from '../../src/schedule/replan';
import { ordersJob } from './jobs';
import { type Desk, openDesk, scheduled } from './scheduler-setup';

const MINUTE_MS = 60_000;
const RUN_MS = 20 * MINUTE_MS;

let desk: Desk;
afterEach(() => desk.close());

const HOURS_OF = hoursOfJobs({ hours: null, platformHours: {} });

/** Jobs that take the whole limit for 20 minutes. */
function requestOf(jobs: readonly Job[], nowMs: number): PlanRequest {
  const span = { startMs: nowMs, endMs: nowMs + PLAN_KEPT_MS };
  return {
    rates: [{ name: 'shop', perMinute: 60 }],
    plannedShare: 1,
    jobs: jobs.map((job) => ({
      name: job.name,
      slots: job.schedule
        ? planSlots(job.schedule, { name: job.name, durationMs: RUN_MS, hours: HOURS_OF(job) }, span)
        : [],
      durationMs: RUN_MS,
      rates: { shop: 60 },
      pinnedOffsetMs: job.schedule && pinnedOffsetMs(job.schedule),
    })),
  };
}

function planningOf(jobs: readonly Job[], parts: Partial<PlanningParts> = {}) {
  const logged: { message: string; fields: object }[] = [];
  const tell = (fields: object, message: string): void => void logged.push({ message, fields });
  const { store, clock } = desk;
  const planning = new Planning({
    plans: store.plans,
    runs: store.runs,
    jobs,
    hoursOf: HOURS_OF,
    requestAt: (nowMs) => Promise.resolve(requestOf(jobs, nowMs)),
    digest: 'one',
    clock,
    log: { debug: tell, info: tell, warn: tell, error: tell },
    ...parts,
  });
  return { planning, logged };
}

/** Keeps the plan for so long, as a process of its own. */
async function keepFor(planning: Planning, ms: number): Promise<void> {
  const over = new AbortController();
  void desk.clock.sleep(ms).then(() => over.abort());
  await desk.clock.run(planning.load().then(() => planning.keep(desk.fence, over.signal)));
}

const JOBS = ['a', 'b'].map((name) => scheduled(name, '0 2 * * *'));

test('two jobs of one hour start one after the other, out of its first minutes', async () => {
  desk = await openDesk({ startAt: '2026-03-02T00:00:00+08:00', jobs: JOBS });
  const { planning, logged } = planningOf(JOBS);
  await keepFor(planning, MINUTE_MS);
  const slotAtMs = Date.parse('2026-03-02T02:00:00+08:00');
  const minutes = JOBS.map((job) => (planning.startOf(job, slotAtMs) - slotAtMs) / MINUTE_MS).sort((a, b) => a - b);
  expect(minutes).toEqual([10, 30]);
  expect(logged).toEqual([
    { message: 'planned', fields: { cause: 'first', jobs: 2, moved: 0, peak: '100 % of shop' } },
  ]);
});

test('a plan is taken over by the next process, and made again after a day or for other job files', async () => {
  desk = await openDesk({ startAt: '2026-03-02T00:00:00+08:00', jobs: JOBS });
  await keepFor(planningOf(JOBS).planning, MINUTE_MS);
  const again = planningOf(JOBS);
  await keepFor(again.planning, PLAN_KEPT_MS);
  expect(again.logged.map(({ message, fields }) => [message, 'cause' in fields && fields.cause])).toEqual([
    ['plan in force', false],
    ['planned', 'daily'],
  ]);
  const changed = planningOf(JOBS, { digest: 'two' });
  await keepFor(changed.planning, MINUTE_MS);
  expect(changed.logged.at(-1)).toMatchObject({ message: 'planned', fields: { cause: 'changed', moved: 0 } });
});

test('a job whose run is queued stays where it is, whatever a new plan would like', async () => {
  desk = await openDesk({ startAt: '2026-03-02T02:05:00+08:00', jobs: JOBS });
  const { clock, store, fence } = desk;
  const slotAtMs = Date.parse('2026-03-02T02:00:00+08:00');
  const jobs = JOBS.map(({ name }) => ({
    job: name,
    offsetMs: 5 * MINUTE_MS, // within the hour's first minutes: nobody would be left there
    durationMs: RUN_MS,
    reason: { kind: 'pinned' as const },
  }));
  await store.plans.put({ plannedAtMs: clock.nowMs(), digest: 'before', jobs }, fence);
  await store.runs.open({ job: 'a', slotAtMs, kind: 'schedule', fence });
  const { planning, logged } = planningOf(JOBS);
  await keepFor(planning, MINUTE_MS);
  expect(logged.at(-1)).toMatchObject({ fields: { moved: 1, movedJobs: ['b'] } });
  expect(planning.startOf(JOBS[0]!, slotAtMs)).toBe(slotAtMs + 5 * MINUTE_MS);
});

test('a job whose file pins its start goes there from the next slot on, also while its run is queued', async () => {
  const schedule = { cron: '0 2 * * *', timezone: 'Asia/Shanghai', offset: '17m' };
  const pinned = ordersJob([], { name: 'a', schedule });
  desk = await openDesk({ startAt: '2026-03-02T02:05:00+08:00', jobs: [pinned] });
  const { clock, store, fence } = desk;
  const slotAtMs = Date.parse('2026-03-02T02:00:00+08:00');
  const before = { job: 'a', offsetMs: 5 * MINUTE_MS, durationMs: RUN_MS, reason: { kind: 'no-slack' as const } };
  await store.plans.put({ plannedAtMs: clock.nowMs(), digest: 'before', jobs: [before] }, fence);
  await store.runs.open({ job: 'a', slotAtMs, kind: 'schedule', fence });
  const { planning } = planningOf([pinned]);
  await keepFor(planning, MINUTE_MS);
  expect(planning.startOf(pinned, slotAtMs)).toBe(slotAtMs + 17 * MINUTE_MS);
});

test('a plan that cannot be made is tried again, and jobs start at their slots meanwhile', async () => {
  desk = await openDesk({ startAt: '2026-03-02T00:00:00+08:00', jobs: JOBS });
  let tries = 0;
  const { planning, logged } = planningOf(JOBS, {
    requestAt: (nowMs) => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('no such thing')) : Promise.resolve(requestOf(JOBS, nowMs));
    },
  });
  await keepFor(planning, MINUTE_MS);
  expect(planning.startOf(JOBS[0]!, 1)).toBe(1);
  await keepFor(planning, 61 * MINUTE_MS);
  expect(logged.map(({ message }) => message)).toEqual(['no new plan: no such thing', 'planned']);
});

test('the scheduler starts a slot as late as the plan says, and a run that somebody asked for at once', async () => {
  const startOf = (_: Job, slotAtMs: number): number => slotAtMs + 17 * MINUTE_MS;
  desk = await openDesk({ startAt: '2026-03-02T01:50:00+08:00', jobs: [JOBS[0]!], rules: { startOf } });
  await desk.serveUntil('2026-03-02T02:05:00+08:00');
  expect(desk.started).toEqual([]);
  await desk.serveUntil('2026-03-02T02:20:00+08:00'); // the slot is in the store: a restart changes nothing
  await desk.store.runs.open({ job: 'a', slotAtMs: desk.clock.nowMs(), kind: 'manual', fence: desk.fence });
  await desk.serveUntil('2026-03-02T02:21:00+08:00');
  expect(desk.started.map(({ at }) => at)).toEqual(['02 02:17:00', '02 02:20:00']);
});
