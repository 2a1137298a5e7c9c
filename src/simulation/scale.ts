import { type Budget, isShort, SHORT_MS_MAX, spanMsOf } from '../limit/budget';
import type { Learned } from '../limit/learned';

/** How coarsely a platform's calls are simulated; 1 and 1 for one by one. */
export interface Scale {
  /** Calls that one simulated call stands for at most. */
  readonly callsPerCall: number;
  /** Users (merchants, forms) that share one partition and one counter each. */
  readonly usersPerPartition: number;
}

/** What simulated calls count in once they stand for several. */
export const CALLS = 'calls';
/** Where a guard that follows what is observed ends up on a way that never varies. */
const GUARD_MS = 8;
/** So many simulated calls make the smallest quota at least: its end comes at most a fortieth too early. */
const PER_QUOTA_MIN = 40;
/** So many fill a short window. */
const PER_WINDOW_MIN = 4;

/** The coarsest that the budgets of a platform bear, up to what is wanted. */
export function boundedScale(budgets: readonly Budget[], wanted: Scale): Scale {
  const bounds = budgets.filter(isOfCalls).map((budget) => {
    const { limit } = budget;
    return isShort(budget) ? (limit * SHORT_MS_MAX) / shortMs(budget) / PER_WINDOW_MIN : limit / PER_QUOTA_MIN;
  });
  return { ...wanted, callsPerCall: Math.max(1, Math.floor(Math.min(wanted.callsPerCall, ...bounds))) };
}

/** Budgets that leave as many calls through when a simulated one stands for several. Those in other units are left out. */
export function scaledBudgets(budgets: readonly Budget[], scale: Scale): Budget[] {
  return budgets
    .filter(({ unit }) => unit === undefined)
    .map((budget) => (isOneByOne(scale) ? budget : scaled(budget, scale)));
}

/** What was learned of a counter, for its scaled budget. */
export function scaledLearned(learned: Learned, budgets: readonly Budget[], scale: Scale): Learned {
  const budget = budgets.find(({ name }) => name === learned.budget);
  if (!budget || isOneByOne(scale)) return learned;
  const stretch = stretchOf(budget, scale);
  const by = (value: number | null): number | null => value && value * stretch * poolOf(budget, scale);
  return { ...learned, limit: by(learned.limit), said: by(learned.said), guardMs: null };
}

function isOneByOne({ callsPerCall, usersPerPartition }: Scale): boolean {
  return callsPerCall === 1 && usersPerPartition === 1;
}

function isOfCalls({ unit, per }: Budget): boolean {
  return unit === undefined && per !== 'in-flight';
}

function scaled(budget: Budget, scale: Scale): Budget {
  const { per, guardMs = GUARD_MS } = budget;
  const stretch = stretchOf(budget, scale);
  const limit = Math.round(budget.limit * stretch) * poolOf(budget, scale);
  // A call that stands for several holds its place as long as they do one after the other.
  if (per === 'in-flight') return { ...budget, limit };
  return { ...budget, limit, per: stretched(per, stretch), unit: CALLS, guardMs: guardMs * stretch };
}

/** A short window grows until whole simulated calls fill it; its rate stays. */
function stretchOf(budget: Budget, { callsPerCall }: Scale): number {
  if (callsPerCall === 1 || !isShort(budget) || !isOfCalls(budget)) return 1;
  const longest = (budget.limit * SHORT_MS_MAX) / shortMs(budget);
  return (Math.floor(longest / callsPerCall) * callsPerCall) / budget.limit;
}

/** Users in one partition pool what each of them may do. */
function poolOf({ scope }: Budget, { usersPerPartition }: Scale): number {
  return scope.includes('user') ? usersPerPartition : 1;
}

function shortMs({ per }: Budget): number {
  return spanMsOf(per) ?? SHORT_MS_MAX;
}

function stretched(per: Budget['per'], stretch: number): Budget['per'] {
  if (typeof per === 'string' || 'civil' in per) return per;
  if ('rollingMs' in per) return { rollingMs: per.rollingMs * stretch };
  if ('fixedMs' in per) return { ...per, fixedMs: per.fixedMs * stretch };
  return { bucketMs: per.bucketMs * stretch, burst: per.burst * stretch };
}
