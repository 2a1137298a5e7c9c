import { chanceOf } from './chance';
import { firstCheapOffset } from './plan-avoid';
import { leastPeak } from './plan-bound';
import type { GridJob } from './plan-grid';
import { improve } from './plan-improve';
import type { Levels } from './plan-levels';
import { repair } from './plan-repair';
import { PLAN_WORK_MAX, type PlanRequest } from './plan-request';

/** Jobs that were moved already may be moved for each one that is new or changed, and at least so many in all. */
const MOVES_PER_CHANGE = 2;
/** Jobs that are placed between two rests. */
const PLACED_PER_STEP = 20;

/** Gives every job an offset. Yields where its caller may rest. */
export function* searchOffsets(
  levels: Levels,
  { replan = 'sticky', workMax = PLAN_WORK_MAX, seed = 1 }: PlanRequest,
): Generator<void, void> {
  const { jobs, rates } = levels.grid;
  const keeps = replan !== 'fresh' && jobs.some(({ previous }) => previous !== null);
  const order = placingOrder(jobs);
  for (const at of order) {
    const fixed = fixedOffset(levels.jobAt(at), keeps ? replan : 'fresh');
    if (fixed !== null) levels.put(at, fixed);
  }
  const placed = order.filter((at) => !levels.isPlaced(at));
  for (const [count, at] of placed.entries()) {
    levels.put(at, cheapest(levels, at));
    if (count % PLACED_PER_STEP === 0) yield;
  }
  const bounds: number[] = [];
  for (const rate of rates.keys()) {
    bounds.push(leastPeak(levels.grid, rate));
    yield;
  }
  if (keeps) {
    const movesMax = replan === 'keep' ? 0 : MOVES_PER_CHANGE * Math.max(1, placed.length);
    yield* repair(levels, { bounds, movesMax, free: placed });
    return;
  }
  takeSlotsWhereLower(levels);
  const chance = chanceOf(seed);
  yield* improve(levels, { bounds, workMax, chance, starts: 'cheap' });
  if (!levels.isOverloaded) return;
  const { levelMax } = levels.grid;
  const overload = bounds.map((bound) => Math.max(bound, levelMax));
  yield* improve(levels, { bounds: overload, workMax, chance, starts: 'any' });
}

/** Null for a job that is to be placed. */
function fixedOffset({ pinned, previous, dear }: GridJob, replan: PlanRequest['replan']): number | null {
  if (pinned !== null || previous === null || replan === 'fresh') return pinned;
  // An hour that has become a peak since is a reason to go.
  return replan === 'keep' || (dear?.[previous] ?? 0) === 0 ? previous : null;
}

/** The largest first can come out higher than no offsets at all; rarely, with few jobs in narrow windows. */
function takeSlotsWhereLower(levels: Levels): void {
  const { jobs, rates, quotas } = levels.grid;
  if (quotas.length > 0) return;
  const highest = (): number => rates.reduce((most, _, rate) => Math.max(most, levels.peakOf(rate)), 0);
  const placed = levels.snapshot();
  const peak = highest();
  levels.restore(jobs.map(({ pinned, dear }) => pinned ?? firstCheapOffset(dear)));
  if (highest() >= peak) levels.restore(placed);
}

/** By priority, then the largest first: small ones fit into what is left. */
function placingOrder(jobs: readonly GridJob[]): number[] {
  const order = jobs.map((job, at) => ({ job, at }));
  order.sort(
    (a, b) => a.job.priority - b.job.priority || b.job.area - a.job.area || a.job.rank - b.job.rank || a.at - b.at,
  );
  return order.map(({ at }) => at);
}

/**
 * The offset with the least overdraft, then the least overload, the fewest starts in spans to avoid, the lowest peak and the
 * most even load; the first of these.
 */
function cheapest(levels: Levels, at: number): number {
  const { rates, levelMax } = levels.grid;
  const { dear } = levels.jobAt(at);
  const peaks = levels.peaks(at);
  const overloads = peaks.some((peak) => peak > levelMax) ? levels.overs(at, Array(rates.length).fill(levelMax)) : null;
  const squares = levels.overs(at, Array(rates.length).fill(0));
  const costs = [levels.overdraws(at), overloads, dear, peaks, squares];
  let best = 0;
  for (let offset = 1; offset < peaks.length; offset += 1) {
    for (const cost of costs) {
      const order = cost === null ? 0 : (cost[offset] ?? 0) - (cost[best] ?? 0);
      if (order < 0) best = offset;
      if (order !== 0) break;
    }
  }
  return best;
}
