import type { Job } from '../job/parse';
import type { Log } from '../log';
import { stopControl } from '../run/stop';
import { deadlineOf } from '../schedule/deadline';
import { type Forecast, forecastFrom, type Traced } from '../schedule/forecast';
import { hoursOfJobs } from '../schedule/job-hours';
import { passesOf } from '../schedule/past-days';
import type { Plan } from '../schedule/plan';
import type { PlanSpan } from '../schedule/plan-request';
import { plannedStartMs } from '../schedule/plan-slots';
import { isMovedByClocks } from '../schedule/preview';
import { parseTimetable, type Timetable } from '../schedule/timetable';
import { openDirectQueue } from '../simulation/direct-queue';
import { grouped, usersPerPartitionMax } from '../simulation/grouping';
import { boundedScale, type Scale, scaledLearned } from '../simulation/scale';
import { SimulatedServers } from '../simulation/servers';
import { simulatedJob, type Work } from '../simulation/work';
import type { Store } from '../store/open';
import { virtualClock } from '../time/virtual-clock';
import { openEngine } from './engine';
import { Trace } from './forecast-trace';
import { type History, historyOf, workOf } from './forecast-work';
import type { PlannedDemand } from './plan-project';
import type { Project } from './project';

export interface ForecastOptions {
  readonly project: Project;
  /** Read only; what matters of it is copied. */
  readonly store: Store;
  readonly plan: Plan;
  readonly demands: readonly PlannedDemand[];
  readonly span: PlanSpan;
  /** Simulated calls and turns of a pass: more are bundled. Default SIMULATED_CALLS_MAX, SIMULATED_TURNS_MAX. */
  readonly callsMax?: number;
  readonly turnsMax?: number;
  /** Of a pass; the forecast then covers less than its span. Default STEPS_MAX. */
  readonly stepsMax?: number;
}

/** About half a second of simulation on a machine of 2024; a job with partitions keeps eight of them in any case. */
export const SIMULATED_CALLS_MAX = 500;
export const SIMULATED_TURNS_MAX = 250;
/** Instants at which something happens in a pass: four times what a week of 20 jobs takes, some 10 seconds for all passes. */
export const STEPS_MAX = 20_000;

const DAY_MS = 86_400_000;
/** Nobody draws lots in a forecast. */
const MIDDLE = (): number => 0.5;
const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * What the plan will use and where it will park: the days of the span pass on a virtual clock, with the scheduler, the
 * gateways, the ledger and the store that serve them in earnest, once for each of some past days whose calls they repeat.
 */
export async function forecastOf(options: ForecastOptions): Promise<Forecast> {
  const { project, store, demands, span } = options;
  const histories = await Promise.all(demands.map((demand) => historyOf(project, store, demand)));
  const schedules = new Map(demands.map(({ job }) => [job.name, job.schedule]));
  const timetables = new Map(demands.map(({ job }) => [job.name, timetableOf(job)]));
  const draws = passesOf(
    histories.map(({ past }) => past),
    span.startMs,
  );
  const passes: Pass[] = [];
  let untilMs = span.endMs;
  for (const callsOf of draws) {
    const works = demands.map(({ demand }, at) => workOf(histories[at] as History, demand.calls, callsOf));
    const pass = await simulate(options, works, untilMs);
    passes.push(pass);
    untilMs = pass.untilMs;
  }
  return forecastFrom({
    span,
    coveredUntilMs: untilMs,
    passes: passes.map(({ traced }) => traced),
    deadlineOf: (job, slotAtMs) => {
      const schedule = schedules.get(job);
      return schedule ? deadlineOf(schedule, slotAtMs) : null;
    },
    isMovedByClocks: (job, slotAtMs) => {
      const timetable = timetables.get(job);
      return timetable ? isMovedByClocks(timetable, slotAtMs) : false;
    },
  });
}

interface Pass {
  readonly traced: Traced;
  /** How far it came. */
  readonly untilMs: number;
}

/** One pass: the span up to `endMs` with this work. */
async function simulate(options: ForecastOptions, works: readonly Work[], endMs: number): Promise<Pass> {
  const { project, store: real, span, stepsMax = STEPS_MAX } = options;
  // A job that nobody knows yet has the slot at the very start of the span, too.
  const clock = virtualClock(span.startMs - 1);
  const store = await real.fork(clock.nowMs());
  const scales = scalesOf(options, works);
  const coarse = Object.entries(scales).flatMap(([platform, scale]) =>
    grouped(onPlatform(works, platform), scale.usersPerPartition),
  );
  const servers = new SimulatedServers(clock, coarse, (arrival) => trace.onArrival(arrival));
  const simulated = simulatedProject(project, { servers, works: coarse, scales });
  const trace = new Trace({
    clock,
    platforms: Object.entries(simulated.config.platforms).map(([name, { budgets, day }]) => {
      return { name, budgets, day, callsPerCall: scales[name]?.callsPerCall ?? 1 };
    }),
    usage: await store.ledger.usage(span.startMs),
  });
  const engine = await openEngine({
    project: simulated,
    store: { ...store, learned: await scaledLearnings(store, project, scales) },
    log: silent,
    stop: stopControl(clock, 0),
    onEvent: trace.onEvent,
    command: 'forecast',
    clock,
    random: MIDDLE,
    openQueue: openDirectQueue,
    http: servers,
    startOf: startsBy(options.plan, project),
    rhythm: { heartbeatMs: Infinity, lookMsMax: Infinity },
  });
  const serving = engine.scheduler.serve();
  await Promise.race([serving, clock.advanceTo(endMs - 1, stepsMax)]);
  await store.close();
  return { traced: trace, untilMs: clock.nowMs() < endMs - 1 ? clock.nowMs() : endMs };
}

function onPlatform(works: readonly Work[], platform: string): Work[] {
  return works.filter(({ job }) => job.platform === platform);
}

function scalesOf(options: ForecastOptions, works: readonly Work[]): Record<string, Scale> {
  const { project, plan, span, callsMax = SIMULATED_CALLS_MAX, turnsMax = SIMULATED_TURNS_MAX } = options;
  const runsOf = ({ job }: Work): number => plan.jobs.find((one) => one.job === job.name)?.starts.length ?? 0;
  const sum = (of: (work: Work) => number): number => works.reduce((total, work) => total + runsOf(work) * of(work), 0);
  const callsPerCall = Math.ceil(sum(({ calls }) => calls) / callsMax);
  const users = Math.ceil(sum(({ partitions }) => partitions.length) / turnsMax);
  const days = Math.max(1, (span.endMs - span.startMs) / DAY_MS);
  return Object.fromEntries(
    Object.entries(project.config.platforms).map(([name, { budgets }]) => {
      const own = onPlatform(works, name);
      const usersMax = usersPerPartitionMax(own, budgets, (work) => runsOf(work) / days);
      const usersPerPartition = Math.max(1, Math.min(users, usersMax));
      return [name, boundedScale(budgets, { callsPerCall: Math.max(1, callsPerCall), usersPerPartition })];
    }),
  );
}

interface Simulated {
  readonly servers: SimulatedServers;
  readonly works: readonly Work[];
  readonly scales: Readonly<Record<string, Scale>>;
}

function simulatedProject(project: Project, { servers, works, scales }: Simulated): Project {
  const platforms = Object.fromEntries(
    Object.entries(project.config.platforms).flatMap(([name, platform]) => {
      const scale = scales[name];
      return scale ? [[name, servers.platform(name, platform, scale)]] : [];
    }),
  );
  const jobs = works.map((work) => simulatedJob(work, scales[work.job.platform]?.callsPerCall ?? 1));
  return { ...project, jobs, config: { ...project.config, platforms } };
}

/** Limits that were learned hold in the simulation; nothing is learned from servers that never refuse. */
async function scaledLearnings(
  store: Store,
  { config }: Project,
  scales: Readonly<Record<string, Scale>>,
): Promise<Store['learned']> {
  const rows = (await store.learned.list()).map((row) => {
    const scale = scales[row.platform];
    return scale ? scaledLearned(row, config.platforms[row.platform]?.budgets ?? [], scale) : row;
  });
  return { list: () => Promise.resolve(rows), put: () => Promise.resolve() };
}

/** The planned starts of slots, and those by the same offsets of what the plan does not know. */
export function startsBy(plan: Plan, { jobs, config }: Project): (job: Job, slotAtMs: number) => number {
  const hoursOf = hoursOfJobs(config);
  const timetables = new Map(jobs.map((job) => [job.name, timetableOf(job)]));
  const planned = new Map(plan.jobs.map((one) => [one.job, one]));
  const starts = new Map(
    plan.jobs.map((one) => [one.job, new Map(one.starts.map(({ slotAtMs, startMs }) => [slotAtMs, startMs]))]),
  );
  return (job, slotAtMs) => {
    const { name, schedule } = job;
    const known = starts.get(name)?.get(slotAtMs);
    const timetable = timetables.get(name);
    const of = planned.get(name);
    if (known !== undefined || !of || !schedule || !timetable) return known ?? slotAtMs;
    const [first] = of.starts;
    const durationMs = first ? first.endMs - first.startMs : 0;
    const { offsetMs } = of;
    return plannedStartMs(schedule, { name, durationMs, offsetMs, timetable, hours: hoursOf(job) }, slotAtMs);
  };
}

function timetableOf({ schedule, name }: Job): Timetable | null {
  return schedule && parseTimetable(schedule, name);
}
