import { type Plan, planStarts } from '../../schedule/plan';
import type { PlanRequest } from '../../schedule/plan-request';
import type { AppliedPlan } from '../../schedule/plan-store';
import { fromApplied, replanCause } from '../../schedule/replan';

/** A plan, and how it stands to the one that the daemon starts runs by. */
export interface InForce {
  readonly plan: Plan;
  /** True when it is that one. */
  readonly isApplied: boolean;
  /** When that one was made; null: the daemon has not planned yet. */
  readonly plannedAtMs: number | null;
  /** Jobs that would start at another time if it was planned again now. */
  readonly wouldMove: readonly string[];
}

const MOVES_SHOWN = 10;

/** What the daemon applies; where it has none, or for other job files, what it will apply when it starts. */
export function planInForce(
  request: PlanRequest,
  applied: AppliedPlan | null,
  now: { readonly digest: string; readonly nowMs: number },
): InForce {
  const cause = replanCause(applied, now);
  const isApplied = cause === null || cause === 'daily';
  const from = fromApplied(request, applied);
  const next = planStarts(from);
  const plan = isApplied ? planStarts({ ...from, replan: 'keep' }) : next;
  return { plan, isApplied, plannedAtMs: applied?.plannedAtMs ?? null, wouldMove: next.moved };
}

/** That in a line. */
export function forceText({ isApplied, plannedAtMs, wouldMove }: Omit<InForce, 'plan'>): string {
  if (plannedAtMs === null) return 'Not in force yet: the daemon plans when it starts.';
  const moves = wouldMove.length === 0 ? 'no job' : wouldMove.slice(0, MOVES_SHOWN).join(', ');
  const more = wouldMove.length > MOVES_SHOWN ? ` and ${wouldMove.length - MOVES_SHOWN} more` : '';
  const since = new Date(plannedAtMs).toISOString().slice(0, 16);
  if (isApplied) return `In force since ${since}Z. The next plan would move ${moves}${more}.`;
  return `This is not the plan in force, of ${since}Z: when the daemon takes it up it moves ${moves}${more}.`;
}
