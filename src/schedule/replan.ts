import type { Plan } from './plan';
import type { PlanRequest } from './plan-request';
import type { AppliedPlan } from './plan-store';

/** Why a plan is made. */
export type ReplanCause =
  /** There is none. */
  | 'first'
  /** Job files or limits have changed since. */
  | 'changed'
  /** Runs teach what jobs take. */
  | 'daily';

/** How long a plan is in force while nothing changes: people know their jobs by the time at which they start. */
export const PLAN_KEPT_MS = 86_400_000;

/** Null while the plan in force is good. */
export function replanCause(
  applied: Pick<AppliedPlan, 'digest' | 'plannedAtMs'> | null,
  { digest, nowMs }: { readonly digest: string; readonly nowMs: number },
): ReplanCause | null {
  if (applied === null) return 'first';
  if (applied.digest !== digest) return 'changed';
  // A plan from the future was made by a clock that was wrong.
  return Math.abs(nowMs - applied.plannedAtMs) >= PLAN_KEPT_MS ? 'daily' : null;
}

/** A request that starts from the plan in force. The held jobs stay where they are: one of their slots is queued or under way. */
export function fromApplied(
  request: PlanRequest,
  applied: AppliedPlan | null,
  held: ReadonlySet<string> = new Set(),
): PlanRequest {
  const offsets = new Map((applied?.jobs ?? []).map(({ job, offsetMs }) => [job, offsetMs]));
  const jobs = request.jobs.map((job) => {
    const previousOffsetMs = offsets.get(job.name) ?? null;
    const isHeld = previousOffsetMs !== null && held.has(job.name);
    return { ...job, previousOffsetMs, ...(isHeld && { pinnedOffsetMs: previousOffsetMs }) };
  });
  return { ...request, jobs };
}

/** What is in force from now on: the plan, but for the held jobs, which keep what they have to the letter. */
export function toApplied(
  plan: Plan,
  request: PlanRequest,
  was: { readonly applied: AppliedPlan | null; readonly held: ReadonlySet<string> },
): AppliedPlan['jobs'] {
  const durations = new Map(request.jobs.map(({ name, durationMs }) => [name, durationMs]));
  const kept = new Map((was.applied?.jobs ?? []).filter(({ job }) => was.held.has(job)).map((one) => [one.job, one]));
  return plan.jobs.map(
    ({ job, offsetMs, reason }) => kept.get(job) ?? { job, offsetMs, durationMs: durations.get(job) ?? 0, reason },
  );
}
