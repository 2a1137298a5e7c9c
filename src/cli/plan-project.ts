import type { Job } from '../job/parse';
import { type Demand, estimateDemand, PAST_RUNS_MAX, type PastRun } from '../schedule/demand';
import { type HoursOf, hoursOfJobs } from '../schedule/job-hours';
import type { PlanJob, PlanQuota, PlanRate, PlanRequest, PlanSpan } from '../schedule/plan-request';
import { planSlots } from '../schedule/plan-slots';
import type { Store } from '../store/open';
import { assumedCounters, type CounterUse, quotaWindows, rateOf, usedCounters } from './plan-counters';
import type { Project } from './project';

/** A job of the project as it is planned. */
export interface PlannedDemand {
  readonly job: Job;
  readonly demand: Demand;
}

export interface ProjectPlan {
  readonly request: PlanRequest;
  readonly demands: readonly PlannedDemand[];
}

/** Runs whose calls are looked up in the log, and calls of each. */
const LOGGED_RUNS_MAX = 3;
const LOGGED_CALLS_MAX = 2_000;
/** Runs that are read to find PAST_RUNS_MAX good ones. */
const RUNS_READ_MAX = 3 * PAST_RUNS_MAX;
/** The most used counters are levelled; each takes 80 kB of load a week. */
const RATES_MAX = 64;
const MINUTE_MS = 60_000;

/** What a project's scheduled jobs need within a span: from their past runs, where there are any. */
export async function planRequestOf(project: Project, store: Store, span: PlanSpan): Promise<ProjectPlan> {
  const jobs = project.jobs.filter(({ schedule }) => schedule !== null);
  const histories = await Promise.all(jobs.map((job) => historyOf(project, store, job)));
  const known = histories.map(({ job, past }) => ({ job, demand: estimateDemand(past, []) }));
  const needs = histories.map(({ job, past, counters }): Need => {
    const others = known.filter((other) => other.job.platform === job.platform).map(({ demand }) => demand);
    return lengthened({ job, demand: estimateDemand(past, others), counters });
  });
  const rates = ratesOf(needs);
  const quotas = quotasOf(project, needs, span);
  const hoursOf = hoursOfJobs(project.config);
  return {
    request: { rates, quotas, jobs: needs.map((need) => planJobOf(need, { rates, quotas, span, hoursOf })) },
    demands: needs,
  };
}

interface History {
  readonly job: Job;
  readonly past: readonly PastRun[];
  readonly counters: readonly CounterUse[];
}

async function historyOf({ config }: Project, store: Store, job: Job): Promise<History> {
  const runs = await store.runs.list({ job: job.name, limit: RUNS_READ_MAX });
  // One that was parked took as long as the platform's day, and says nothing of the work.
  const good = runs.filter(({ state, totals }) => state === 'done' && totals.parks === 0 && totals.attempts > 0);
  const past = good.flatMap(({ totals, startedAtMs, endedAtMs }) =>
    startedAtMs === null || endedAtMs === null ? [] : [{ calls: totals.attempts, durationMs: endedAtMs - startedAtMs }],
  );
  const logged = await Promise.all(
    good.slice(0, LOGGED_RUNS_MAX).map(({ id }) => store.calls({ runId: id, limit: LOGGED_CALLS_MAX })),
  );
  const newest = logged.find((calls) => calls.length > 0);
  const platform = config.platforms[job.platform];
  if (!platform) return { job, past, counters: [] };
  return {
    job,
    past,
    counters: newest ? usedCounters(platform, job.platform, newest) : assumedCounters(platform, job.platform),
  };
}

interface Need extends PlannedDemand {
  readonly counters: readonly CounterUse[];
}

/** No run is shorter than its calls take at the limits. */
function lengthened({ job, demand, counters }: Need): Need {
  const leastMs = counters.map(({ budget, callShare }) => {
    const perMinute = budget.per === 'in-flight' ? null : rateOf(budget);
    return perMinute === null ? 0 : ((demand.calls * callShare) / perMinute) * MINUTE_MS;
  });
  return { job, counters, demand: { ...demand, durationMs: Math.max(demand.durationMs, ...leastMs) } };
}

/** The counters that jobs may stand in each other's way on: one merchant's alone is no matter of the plan. */
function ratesOf(needs: readonly Need[]): PlanRate[] {
  const found = new Map<string, { perMinute: number; jobs: number; isOwn: boolean; demand: number }>();
  for (const need of needs) {
    for (const use of need.counters) {
      const perMinute = rateOf(use.budget);
      if (perMinute === null) continue;
      const before = found.get(use.name) ?? { jobs: 0, demand: 0 };
      const isOwn = use.scope.user !== undefined;
      const demand = before.demand + demandOn(need, use) / perMinute;
      found.set(use.name, { perMinute, jobs: before.jobs + 1, isOwn, demand });
    }
  }
  return [...found]
    .filter(([, { jobs, isOwn }]) => jobs > 1 || !isOwn)
    .sort(([a, { demand: demandA }], [b, { demand: demandB }]) => demandB - demandA || (a < b ? -1 : 1))
    .slice(0, RATES_MAX)
    .map(([name, { perMinute }]) => ({ name, perMinute }));
}

function quotasOf({ config }: Project, needs: readonly Need[], span: PlanSpan): PlanQuota[] {
  const found = new Map<string, PlanQuota>();
  for (const { job, counters } of needs) {
    for (const { name, budget } of counters) {
      const platform = config.platforms[job.platform];
      const windows = platform && !found.has(name) ? quotaWindows(budget, platform.day, span) : null;
      if (windows) found.set(name, { name, limit: budget.limit, windows });
    }
  }
  return [...found.values()];
}

interface Limits {
  readonly rates: readonly PlanRate[];
  readonly quotas: readonly PlanQuota[];
  readonly span: PlanSpan;
  readonly hoursOf: HoursOf;
}

function planJobOf(need: Need, { rates, quotas, span, hoursOf }: Limits): PlanJob {
  const { job, demand, counters } = need;
  const named = (all: readonly { name: string }[]): CounterUse[] =>
    counters.filter(({ name }) => all.some((one) => one.name === name));
  const { durationMs } = demand;
  return {
    name: job.name,
    slots: job.schedule ? planSlots(job.schedule, { name: job.name, durationMs, hours: hoursOf(job) }, span) : [],
    durationMs,
    rates: Object.fromEntries(named(rates).map((use) => [use.name, demandOn(need, use)])),
    quotas: Object.fromEntries(named(quotas).map(({ name, callShare }) => [name, demand.calls * callShare])),
    priority: job.priority,
  };
}

function demandOn({ demand }: Need, { budget, callShare, inFlight }: CounterUse): number {
  if (budget.per === 'in-flight') return inFlight;
  return (demand.calls * callShare * MINUTE_MS) / Math.max(MINUTE_MS, demand.durationMs);
}
