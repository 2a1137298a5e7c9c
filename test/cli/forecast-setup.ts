import { type ForecastOptions, forecastOf } from '../../src/cli/forecast';
import type { PlannedDemand } from '../../src/cli/plan-project';
import type { Project } from '../../src/cli/project';
import { parseConfig } from '../../src/config';
import { defineJob, generic, type Platform, type Schedule, z } from '../../src/index';
import type { AttemptRecord } from '../../src/job/attempt';
import { isLease } from '../../src/job/lease';
import { type Job, parseJob } from '../../src/job/parse';
import type { Partition } from '../../src/job/partition';
import type { Budget } from '../../src/limit/budget';
import type { Figures } from '../../src/schedule/demand';
import type { Forecast } from '../../src/schedule/forecast';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import type { Plan } from '../../src/schedule/plan';
import { planSlots } from '../../src/schedule/plan-slots';
import { parseTimetable, slotUpToMs } from '../../src/schedule/timetable';
import { SecretVault } from '../../src/secrets';
import { openMemoryStore, type Store } from '../../src/store/open';
import { virtualClock } from '../../src/time/virtual-clock';
import type { DayRule } from '../../src/time/window';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const UTC: DayRule = { kind: 'civil', at: '00:00', timezone: 'UTC' };

const HOURS_OF = hoursOfJobs({ hours: null, platformHours: {} });

/** One job as a forecast is asked about it: a call takes `callMs`, and a run so many calls. */
export interface AskedJob {
  readonly name: string;
  readonly schedule: Schedule;
  readonly calls: number;
  readonly callsP50?: number;
  readonly callMs?: number;
  readonly users?: readonly string[];
  readonly offsetMs?: number;
  readonly priority?: number;
}

export interface Asked {
  readonly budgets: readonly Budget[];
  readonly day?: DayRule;
  readonly jobs: readonly AskedJob[];
  readonly from: string;
  readonly days: number;
}

export interface ForecastDesk {
  readonly project: Project;
  readonly store: Store;
  readonly options: ForecastOptions;
  forecast(changes?: Partial<ForecastOptions>): Promise<Forecast>;
}

/** A project, a store with the past runs of its jobs (one, or four of which the newest made the most calls), and a plan. */
export async function openForecastDesk(asked: Asked): Promise<ForecastDesk> {
  const startMs = Date.parse(asked.from);
  const project = projectOf(asked);
  const clock = virtualClock(startMs - 7 * DAY_MS);
  const store = await openMemoryStore({ clock });
  const lease = await store.lease.acquire('test', clock.nowMs());
  if (!isLease(lease)) throw new Error('the lease is taken');
  for (const [at, job] of project.jobs.entries()) {
    const { users = [], callMs = 100, calls, callsP50 = calls } = asked.jobs[at]!;
    let slotAtMs: number | null = startMs;
    for (const madeCalls of callsP50 === calls ? [calls] : [calls, callsP50, callsP50, callsP50]) {
      slotAtMs = job.schedule && slotUpToMs(parseTimetable(job.schedule, job.name), slotAtMs - 1);
      if (slotAtMs === null) throw new Error('the job never had a slot');
      await runOnce(store, { job, fence: lease.fence, startMs: slotAtMs, callMs, users, calls: madeCalls });
    }
  }
  const span = { startMs, endMs: startMs + asked.days * DAY_MS };
  const demands = project.jobs.map((job, at): PlannedDemand => {
    const { calls, callsP50 = calls, callMs = 100 } = asked.jobs[at]!;
    const [p80, p50] = [calls, callsP50].map((of) => ({ calls: of, durationMs: of * callMs })) as [Figures, Figures];
    return { job, demand: { ...p80, p50, p80, mean: p50, weekdays: null, basis: { kind: 'history', runs: 10 } } };
  });
  const options: ForecastOptions = { project, store, plan: planOf(asked, demands, span), demands, span };
  return { project, store, options, forecast: (changes) => forecastOf({ ...options, ...changes }) };
}

export function perDay(limit: number, scope: Budget['scope'] = ['app']): Budget {
  return { name: scope.length > 1 ? 'user-day' : 'app-day', limit, per: 'day', scope, source: 'test' };
}

export function perSecond(limit: number): Budget {
  return { name: 'qps', limit, per: { rollingMs: 1_000 }, scope: ['app'], source: 'test' };
}

function projectOf({ budgets, day = UTC, jobs }: Asked): Project {
  const api = generic({ vendor: 'test', baseUrl: 'https://api.example.com', app: 'a1', credentials: [] });
  const platform: Platform = { ...api, day, resetGuardMs: 0, budgets };
  return {
    directory: '/nowhere',
    config: parseConfig({ platforms: { shop: platform } }, 'test'),
    jobs: jobs.map(jobOf),
    broken: [],
    warnings: [],
    vault: new SecretVault({ env: () => '', file: () => '' }),
  };
}

function jobOf({ name, schedule, users = [], priority = 5 }: AskedJob): Job {
  const definition = defineJob({
    name,
    platform: 'shop',
    schedule,
    priority,
    ...(users.length > 0 && { partitions: () => users.map((user) => ({ key: user, scope: { user } })) }),
    cursor: z.object({}),
    initial: () => ({}),
    pages: async function* () {},
    sink: () => undefined,
  });
  return parseJob(definition, { file: `${name}.ts`, platforms: ['shop'], checkSchedule: () => [] });
}

interface PastRunOf {
  readonly job: Job;
  readonly fence: number;
  readonly startMs: number;
  readonly callMs: number;
  readonly users: readonly string[];
  readonly calls: number;
}

/** As many calls in each partition, eight partitions side by side. */
async function runOnce(store: Store, { job, fence, startMs, callMs, users, calls }: PastRunOf): Promise<void> {
  const run = await store.runs.open({ job: job.name, slotAtMs: startMs, kind: 'schedule', fence });
  if (!run) throw new Error('the slot has its run');
  const partitions: Partition[] =
    users.length > 0 ? users.map((user) => ({ key: user, scope: { user } })) : [{ key: 'all', scope: {} }];
  await store.runs.start({ runId: run.id, partitions, fence, nowMs: startMs });
  const sideBySide = Math.min(8, partitions.length);
  const endMs = startMs + Math.ceil((calls * callMs) / sideBySide);
  for (const [at, { key }] of partitions.entries()) {
    const until = (part: number): number => Math.round((part * calls) / partitions.length);
    const claim = { runId: run.id, job: job.name, partition: key, fence };
    await store.runs.claim(claim, startMs);
    const attempts = Array.from({ length: until(at + 1) - until(at) }, () => attempt(startMs, callMs));
    const settlement = { used: [], unsent: [], attempts };
    await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement, nowMs: endMs });
  }
  await store.runs.settle({ runId: run.id, fence, nowMs: endMs });
}

export function attempt(sentAtMs: number, durationMs: number): AttemptRecord {
  return {
    platform: 'shop',
    api: 'GET /orders',
    scopeKey: 'api=GET /orders;app=a1',
    attempt: 1,
    sentAtMs,
    durationMs,
    status: 200,
    replyBytes: 0,
    outcome: 'ok',
    code: null,
    reason: null,
  };
}

function planOf({ jobs }: Asked, demands: readonly PlannedDemand[], span: ForecastOptions['span']): Plan {
  return {
    jobs: demands.map(({ job, demand }, at) => {
      const offsetMs = jobs[at]?.offsetMs ?? 0;
      const slots = job.schedule
        ? planSlots(job.schedule, { name: job.name, durationMs: demand.durationMs, hours: HOURS_OF(job) }, span)
        : [];
      const starts = slots.map(({ slotAtMs, earliestMs }) => {
        const startMs = earliestMs + offsetMs;
        return { slotAtMs, startMs, endMs: startMs + demand.durationMs };
      });
      return { job: job.name, offsetMs, starts, reason: { kind: 'alone', avoids: false } };
    }),
    peaks: [],
    infeasible: [],
    moved: [],
  };
}
