import type { Job } from '../../job/parse';
import type { Demand } from '../../schedule/demand';
import type { Forecast } from '../../schedule/forecast';
import type { Plan, PlannedJob, PlannedStart } from '../../schedule/plan';
import type { Shortfall } from '../../schedule/plan-bound';
import { describeReason, type Reason } from '../../schedule/plan-reason';
import type { PlanJob, PlanRequest, PlanSlot, PlanSpan } from '../../schedule/plan-request';
import type { PlanDiff } from './diff';
import { type LoadStep, stepsOf } from './load';
import { type QuotaUse, quotaUses } from './quota-use';

/** All that `offpeak plan` says: what `--json` prints, and what the picture and the page are drawn from. Instants are epoch ms. */
export interface PlanDocument {
  readonly span: PlanSpan;
  /** Of the axes: the zone of all jobs, or UTC when they have several. */
  readonly timezone: string;
  /** True when it is the plan by which the daemon starts runs. */
  readonly isApplied: boolean;
  /** When that one was made; null: the daemon has not planned yet. */
  readonly plannedAtMs: number | null;
  /** Jobs that would start at another time if it was planned again now. */
  readonly wouldMove: readonly string[];
  /** By name. */
  readonly jobs: readonly JobShown[];
  /** Highest load first. */
  readonly peaks: readonly PeakShown[];
  readonly quotas: readonly QuotaUse[];
  readonly infeasible: readonly Shortfall[];
  readonly forecast: Forecast | null;
  /** With `--diff`: what the job file changes. */
  readonly diff: PlanDiff | null;
}

export interface JobShown {
  readonly job: string;
  readonly platform: string;
  readonly timezone: string;
  readonly offsetMs: number;
  readonly starts: readonly StartShown[];
  readonly reason: Reason;
  readonly reasonText: string;
  readonly demand: Demand;
  /** Calls of one run by the name of a quota. */
  readonly quotas: Readonly<Record<string, number>>;
  /** When it may not run although its window is open. */
  readonly blackouts: readonly Blackout[];
}

/** A planned start, and the time that its slot has. */
export interface StartShown extends PlannedStart, PlanSlot {}

export interface Blackout extends PlanSpan {
  readonly reason: string;
}

export interface PeakShown {
  readonly rate: string;
  /** When it is first as high. */
  readonly atMs: number;
  readonly perMinute: number;
  readonly limitPerMinute: number;
  /** Of the limit. */
  readonly share: number;
  /** A share that no plan can be below. */
  readonly leastShare: number;
  readonly load: readonly LoadStep[];
}

/** What is believed of a job. */
export interface DemandOf {
  readonly job: Pick<Job, 'name' | 'platform'> & { readonly schedule: { readonly timezone: string } | null };
  readonly demand: Demand;
}

export interface DocumentParts {
  readonly plan: Plan;
  readonly request: PlanRequest;
  readonly demands: readonly DemandOf[];
  readonly span: PlanSpan;
  readonly isApplied: boolean;
  readonly plannedAtMs: number | null;
  readonly wouldMove: readonly string[];
  readonly blackouts?: Readonly<Record<string, readonly Blackout[]>>;
  readonly forecast: Forecast | null;
  readonly diff: PlanDiff | null;
}

const SHARE_DIGITS = 4;

export function planDocument({ plan, request, demands, blackouts = {}, ...rest }: DocumentParts): PlanDocument {
  const jobs = plan.jobs.flatMap((planned) => {
    const known = demands.find(({ job }) => job.name === planned.job);
    const asked = request.jobs.find(({ name }) => name === planned.job);
    return known && asked ? [jobShown(planned, asked, { ...known, blackouts: blackouts[planned.job] ?? [] })] : [];
  });
  return {
    span: rest.span,
    timezone: timezoneOf(jobs),
    isApplied: rest.isApplied,
    plannedAtMs: rest.plannedAtMs,
    wouldMove: rest.wouldMove,
    jobs,
    peaks: peaksShown(plan, request),
    quotas: quotaUses(jobs, request.quotas),
    infeasible: plan.infeasible,
    forecast: rest.forecast,
    diff: rest.diff,
  };
}

function jobShown(
  planned: PlannedJob,
  { slots, quotas = {} }: PlanJob,
  { job, demand, blackouts }: DemandOf & { readonly blackouts: readonly Blackout[] },
): JobShown {
  return {
    job: planned.job,
    platform: job.platform,
    timezone: job.schedule?.timezone ?? 'UTC',
    offsetMs: planned.offsetMs,
    starts: planned.starts.flatMap((start, at) => {
      const slot = slots[at];
      return slot ? [{ ...slot, ...start }] : [];
    }),
    reason: planned.reason,
    reasonText: describeReason(planned.reason),
    demand,
    quotas,
    blackouts,
  };
}

function peaksShown({ peaks }: Plan, { rates }: PlanRequest): PeakShown[] {
  const limits = new Map(rates.map(({ name, perMinute }) => [name, perMinute]));
  const shown = peaks.map(({ rate, atMs, perMinute, share, leastShare, load, fromMs }) => ({
    rate,
    atMs,
    perMinute: rounded(perMinute),
    limitPerMinute: limits.get(rate) ?? 0,
    share: rounded(share),
    leastShare: rounded(leastShare),
    load: stepsOf(load, fromMs),
  }));
  return shown.sort((a, b) => b.share - a.share || (a.rate < b.rate ? -1 : 1));
}

function timezoneOf(jobs: readonly JobShown[]): string {
  const [first = 'UTC', ...others] = new Set(jobs.map(({ timezone }) => timezone));
  return others.length === 0 ? first : 'UTC';
}

function rounded(share: number): number {
  return Number(share.toFixed(SHARE_DIGITS));
}
