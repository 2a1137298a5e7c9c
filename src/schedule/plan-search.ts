import { chanceOf } from './chance';
import { leastPeak } from './plan-bound';
import type { GridJob } from './plan-grid';
import { improve } from './plan-improve';
import type { Levels } from './plan-levels';
import { repair } from './plan-repair';
import { PLAN_WORK_MAX, type PlanRequest } from './plan-request';

/** Jobs that were moved already may be moved for each one that is new or changed, and at least so many in all. */
const MOVES_PER_CHANGE = 2;

/** Gives every job an offset. */
export function searchOffsets(
  levels: Levels,
  { replan = 'sticky', workMax = PLAN_WORK_MAX, seed = 1 }: PlanRequest,
): void {
  const { jobs, rates } = levels.grid;
  const isSticky = replan === 'sticky' && jobs.some(({ previous }) => previous !== null);
  const order = placingOrder(jobs);
  for (const at of order) {
    const { pinned, previous } = levels.jobAt(at);
    const fixed = pinned ?? (isSticky ? previous : null);
    if (fixed !== null) levels.put(at, fixed);
  }
  const placed = order.filter((at) => !levels.isPlaced(at));
  for (const at of placed) levels.put(at, cheapest(levels, at));
  const bounds = rates.map((_, rate) => leastPeak(levels.grid, rate));
  if (isSticky) repair(levels, { bounds, movesMax: MOVES_PER_CHANGE * Math.max(1, placed.length), free: placed });
  else {
    takeSlotsWhereLower(levels);
    improve(levels, { bounds, workMax, chance: chanceOf(seed) });
  }
}

/** The largest first can come out higher than no offsets at all; rarely, with few jobs in narrow windows. */
function takeSlotsWhereLower(levels: Levels): void {
  const { jobs, rates, quotas } = levels.grid;
  if (quotas.length > 0) return;
  const highest = (): number => rates.reduce((most, _, rate) => Math.max(most, levels.peakOf(rate)), 0);
  const placed = levels.snapshot();
  const peak = highest();
  levels.restore(jobs.map(({ pinned }) => pinned ?? 0));
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

/** The offset with the least overdraft, then the lowest peak, then the most even load; the first of these. */
function cheapest(levels: Levels, at: number): number {
  const overdraws = levels.overdraws(at);
  const peaks = levels.peaks(at);
  const squares = levels.overs(
    at,
    levels.grid.rates.map(() => 0),
  );
  let best = 0;
  for (let offset = 1; offset < peaks.length; offset += 1) {
    const order =
      (overdraws?.[offset] ?? 0) - (overdraws?.[best] ?? 0) ||
      (peaks[offset] ?? 0) - (peaks[best] ?? 0) ||
      (squares[offset] ?? 0) - (squares[best] ?? 0);
    if (order < 0) best = offset;
  }
  return best;
}
