import type { Plan, PlannedJob } from '../../schedule/plan';
import type { Shortfall } from '../../schedule/plan-bound';
import type { PlanRequest } from '../../schedule/plan-request';
import { type QuotaUse, quotaUses } from './quota-use';

/** What a job file changes: the plan with it beside the plan without it. */
export interface PlanDiff {
  readonly job: string;
  readonly file: string;
  /** `added`: no other job has its name; `changed`: it stands for the one that has. */
  readonly kind: 'added' | 'changed';
  /** Jobs whose first start is another, the job itself included. */
  readonly moved: readonly MovedJob[];
  /** Limits whose peak is another, the highest first. */
  readonly peaks: readonly { readonly rate: string; readonly shareBefore: number; readonly shareAfter: number }[];
  /** Quotas of which another amount is planned in some window: their fullest windows. */
  readonly quotas: readonly {
    readonly name: string;
    readonly limit: number;
    readonly plannedBefore: number;
    readonly plannedAfter: number;
  }[];
  /** What did not stand against the plan before, or less. */
  readonly infeasible: readonly Shortfall[];
}

export interface MovedJob {
  readonly job: string;
  /** Null: the job is not in that plan. */
  readonly offsetBeforeMs: number | null;
  readonly offsetAfterMs: number | null;
  /** Null: it has no start within the span. */
  readonly startBeforeMs: number | null;
  readonly startAfterMs: number | null;
}

export interface Planned {
  readonly plan: Plan;
  readonly request: PlanRequest;
}

const SHARE_DIGITS = 4;

export function planDiff(
  subject: Pick<PlanDiff, 'job' | 'file' | 'kind'>,
  { before, after }: { before: Planned; after: Planned },
): PlanDiff {
  return {
    ...subject,
    moved: movedJobs(before.plan, after.plan),
    peaks: movedPeaks(before.plan, after.plan),
    quotas: movedQuotas(before, after),
    infeasible: after.plan.infeasible.filter(
      (shortfall) => !before.plan.infeasible.some((known) => isNoWorse(shortfall, known)),
    ),
  };
}

/** The plan as it stands is what the changed one starts from: only what the job file makes necessary moves. */
export function onTopOf({ jobs }: Plan, request: PlanRequest): PlanRequest {
  const offsets = new Map(jobs.map(({ job, offsetMs }) => [job, offsetMs]));
  return {
    ...request,
    jobs: request.jobs.map((job) => ({ ...job, previousOffsetMs: offsets.get(job.name) ?? null })),
  };
}

/** Jobs that are in both plans and start at another time in the second. */
export function movedFrom(before: Plan, after: Plan): readonly string[] {
  return movedJobs(before, after)
    .filter(({ offsetBeforeMs, offsetAfterMs }) => offsetBeforeMs !== null && offsetAfterMs !== null)
    .map(({ job }) => job);
}

function movedJobs(before: Plan, after: Plan): MovedJob[] {
  return namesOf(before.jobs, after.jobs, ({ job }) => job)
    .map((job) => {
      const from = before.jobs.find((planned) => planned.job === job);
      const to = after.jobs.find((planned) => planned.job === job);
      return {
        job,
        offsetBeforeMs: from?.offsetMs ?? null,
        offsetAfterMs: to?.offsetMs ?? null,
        startBeforeMs: firstStartMs(from),
        startAfterMs: firstStartMs(to),
      };
    })
    .filter((job) => job.offsetBeforeMs !== job.offsetAfterMs || job.startBeforeMs !== job.startAfterMs);
}

function movedPeaks(before: Plan, after: Plan): PlanDiff['peaks'] {
  const shareOf = ({ peaks }: Plan, rate: string): number =>
    Number((peaks.find((peak) => peak.rate === rate)?.share ?? 0).toFixed(SHARE_DIGITS));
  return namesOf(before.peaks, after.peaks, ({ rate }) => rate)
    .map((rate) => ({ rate, shareBefore: shareOf(before, rate), shareAfter: shareOf(after, rate) }))
    .filter(({ shareBefore, shareAfter }) => shareBefore !== shareAfter)
    .sort((a, b) => b.shareAfter - a.shareAfter);
}

function movedQuotas(before: Planned, after: Planned): PlanDiff['quotas'] {
  const [was, is] = [quotasOf(before), quotasOf(after)];
  return namesOf(was, is, ({ name }) => name).flatMap((name) => {
    const [from, to] = [was, is].map((all) => all.find((quota) => quota.name === name));
    const [plannedBefore, plannedAfter] = [fullest(from), fullest(to)];
    const limit = to?.limit ?? from?.limit ?? 0;
    return plannedBefore === plannedAfter ? [] : [{ name, limit, plannedBefore, plannedAfter }];
  });
}

function quotasOf({ plan, request }: Planned): QuotaUse[] {
  const quotas = new Map(request.jobs.map((job) => [job.name, job.quotas ?? {}]));
  const users = plan.jobs.map(({ job, starts }) => ({ quotas: quotas.get(job) ?? {}, starts }));
  return quotaUses(users, request.quotas);
}

function fullest(quota: QuotaUse | undefined): number {
  return (quota?.windows ?? []).reduce((most, { planned }) => Math.max(most, planned), 0);
}

/** True when a shortfall of the same kind, on the same thing and at the same time lacked at least as much. */
function isNoWorse(shortfall: Shortfall, known: Shortfall): boolean {
  const isBeside = shortfall.fromMs < known.toMs && known.fromMs < shortfall.toMs;
  return subjectOf(shortfall) === subjectOf(known) && isBeside && missing(shortfall) <= missing(known);
}

function subjectOf(shortfall: Shortfall): string {
  switch (shortfall.kind) {
    case 'window':
      return `window ${shortfall.jobs.join(' ')}`;
    case 'rate':
      return `rate ${shortfall.rate}`;
    case 'quota':
      return `quota ${shortfall.quota}`;
  }
}

function missing(shortfall: Shortfall): number {
  return shortfall.kind === 'quota' ? shortfall.callsMissing : shortfall.minutesMissing;
}

function firstStartMs(planned: PlannedJob | undefined): number | null {
  return planned?.starts[0]?.startMs ?? null;
}

function namesOf<Item>(before: readonly Item[], after: readonly Item[], nameOf: (item: Item) => string): string[] {
  return [...new Set([...before, ...after].map(nameOf))].sort();
}
