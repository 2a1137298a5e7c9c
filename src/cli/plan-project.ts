import type { Job } from '../job/parse';
import type { LedgerUsage } from '../limit/ledger';
import type { Demand } from '../schedule/demand';
import type { Hours } from '../schedule/hours';
import { demandOfJob } from '../schedule/job-demand';
import { type HoursOf, hoursOfJobs } from '../schedule/job-hours';
import {
  PLANNED_SHARE,
  type PlanJob,
  type PlanQuota,
  type PlanRate,
  type PlanRequest,
  type PlanSpan,
} from '../schedule/plan-request';
import { pinnedOffsetMs, planSlots } from '../schedule/plan-slots';
import type { Store } from '../store/open';
import { type CounterUse, counterName, quotaWindows, rateOf } from './plan-counters';
import { readHistories } from './plan-history';
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

/** The most used counters are levelled; each takes 80 kB of load a week. */
const RATES_MAX = 64;
const MINUTE_MS = 60_000;

/** What a project's scheduled jobs need within a span: from their past runs, where there are any. */
export async function planRequestOf(project: Project, store: Store, span: PlanSpan): Promise<ProjectPlan> {
  const jobs = project.jobs.filter(({ schedule }) => schedule !== null);
  const histories = await readHistories(project, store, jobs);
  const demandOf = (others: (job: Job) => readonly Demand[]): Need[] =>
    histories.map(({ job, past, counters }) => ({ job, counters, demand: demandOfJob(job, past, others(job)) }));
  const known = demandOf(() => []);
  const othersOf = ({ platform }: Job): Demand[] =>
    known.filter(({ job }) => job.platform === platform).map(({ demand }) => demand);
  const needs = demandOf(othersOf).map(lengthened);
  const rates = ratesOf(needs);
  const quotas = quotasOf({ project, span, usage: await store.ledger.usage(span.startMs) }, needs);
  const hoursOf = hoursOfJobs(project.config);
  return {
    request: { rates, quotas, jobs: needs.map((need) => planJobOf(need, { rates, quotas, span, hoursOf })) },
    demands: needs,
  };
}

interface Need extends PlannedDemand {
  readonly counters: readonly CounterUse[];
}

/** No run is shorter than its calls take at what is planned with of the limits. */
function lengthened({ job, demand, counters }: Need): Need {
  const leastMs = counters.map(({ budget, perCall }) => {
    const perMinute = budget.per === 'in-flight' ? null : rateOf(budget);
    return perMinute === null ? 0 : ((demand.calls * perCall) / (perMinute * PLANNED_SHARE)) * MINUTE_MS;
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

interface QuotaSources {
  readonly project: Project;
  readonly span: PlanSpan;
  /** Of the windows that are open at the span's start. */
  readonly usage: readonly LedgerUsage[];
}

function quotasOf({ project, span, usage }: QuotaSources, needs: readonly Need[]): PlanQuota[] {
  const drawn = new Map<string, number>();
  for (const { platform, budget, scopeKey, used, reserved } of usage)
    drawn.set(counterName(platform, budget, scopeKey), used + reserved);
  const found = new Map<string, PlanQuota>();
  for (const { job, counters } of needs) {
    for (const { name, budget } of counters) {
      const platform = project.config.platforms[job.platform];
      const windows = platform && !found.has(name) ? quotaWindows(budget, platform.day, span) : null;
      if (windows) found.set(name, { name, limit: budget.limit, windows, drawn: drawn.get(name) ?? 0 });
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
  const named = (all: readonly { name: string }[]): CounterUse[] => {
    const names = new Set(all.map(({ name }) => name));
    return counters.filter(({ name }) => names.has(name));
  };
  return {
    name: job.name,
    slots: slotsOf(need, hoursOf(job), span),
    durationMs: demand.durationMs,
    rates: Object.fromEntries(named(rates).map((use) => [use.name, demandOn(need, use)])),
    quotas: Object.fromEntries(named(quotas).map(({ name, perCall }) => [name, demand.calls * perCall])),
    priority: job.priority,
    pinnedOffsetMs: job.schedule && pinnedOffsetMs(job.schedule),
  };
}

function slotsOf({ job, demand }: Need, hours: Hours, span: PlanSpan): PlanJob['slots'] {
  if (!job.schedule) return [];
  const { weekdays, calls, durationMs } = demand;
  const shareOn = (weekday: number): number => (weekdays?.[weekday]?.calls ?? calls) / Math.max(1, calls);
  return planSlots(job.schedule, { name: job.name, durationMs, hours, ...(weekdays && { shareOn }) }, span);
}

function demandOn({ demand }: Need, { budget, perCall, inFlight }: CounterUse): number {
  if (budget.per === 'in-flight') return inFlight;
  return (demand.calls * perCall * MINUTE_MS) / Math.max(MINUTE_MS, demand.durationMs);
}
