import type { Dear } from './plan-avoid';
import type { GridJob } from './plan-grid';
import { type Levels, startOf } from './plan-levels';
import { type Scan, scanWork } from './plan-scan';

interface Search {
  /** What no peak can be below, one for each rate. */
  readonly bounds: readonly number[];
  /** Minutes of load to look at. */
  readonly workMax: number;
  readonly chance: () => number;
  /** `cheap` never takes a job to where more of its starts are in spans to avoid; `any` does. */
  readonly starts: 'cheap' | 'any';
}

/** Minutes of load looked at between two rests: some ten milliseconds. */
const STEP_WORK = 1_000_000;
/** How far towards its bound the next peak is aimed. */
const AIM = 0.12;
/** A peak so near its bound is as good as at it. */
const NEAR = 1.002;
/** A move that makes things worse is taken so often: it leads out of dead ends. */
const KICK = 0.08;
/** A few go anywhere, the fewer the more jobs there are: the best other place is mostly a minute away, in the same dead end. */
const LEAP_MAX = 0.02;
const LEAPS_PER_ROUND = 0.8;
/** Moves in vain for each job, after which the search goes back to the best that it found. */
const VAIN_MOVES_PER_JOB = 12;
/** After so many returns in a row without a lower peak the search ends. */
const RETURNS_MAX = 12;
/** What a step costs, in minutes of load looked at: by the clock, on average. */
const MOVE_WORK = 1_500;
const SLOT_WORK = 4;
const SCANS_PER_MOVE = 2;

/**
 * Lowers the peaks: aims a little below them, and moves jobs out of minutes that lie above the aim until none does; then
 * aims lower. What it leaves behind is the best that it met.
 */
export function* improve(levels: Levels, { bounds, workMax, chance, starts }: Search): Generator<void, void> {
  const movable = levels.grid.jobs.flatMap((job, at) => (canMove(job) ? [at] : []));
  if (movable.length === 0) return;
  const leaps = Math.min(LEAP_MAX, LEAPS_PER_ROUND / movable.length);
  let best = levels.snapshot();
  let aims = aimsBelow(levels, bounds);
  const budget = { workLeft: workMax };
  let restAt = workMax - STEP_WORK;
  let vain = 0;
  let inVain = 0;
  while (budget.workLeft > 0 && inVain < RETURNS_MAX) {
    if (budget.workLeft < restAt) {
      restAt = budget.workLeft - STEP_WORK;
      yield;
    }
    const spot = crowdedSpot(levels, { aims, chance, budget });
    if (spot === null) {
      best = levels.snapshot();
      aims = aimsBelow(levels, bounds);
      vain = 0;
      inVain = 0;
      if (levels.loads.every((_, rate) => levels.peakOf(rate) <= (bounds[rate] ?? 0) * NEAR)) break;
      continue;
    }
    const at = crossingJob(levels, spot, { movable, chance, budget });
    budget.workLeft -= MOVE_WORK;
    vain = at !== null && move(levels, at, { aims, chance, budget, starts, leaps }) ? 0 : vain + 1;
    if (vain <= VAIN_MOVES_PER_JOB * movable.length) continue;
    levels.restore(best);
    vain = 0;
    inVain += 1;
  }
  levels.restore(best);
}

function canMove({ pinned, slackMinutes, boxes }: GridJob): boolean {
  return pinned === null && slackMinutes > 0 && boxes.length > 0;
}

function aimsBelow(levels: Levels, bounds: readonly number[]): number[] {
  return bounds.map((bound, rate) => {
    const peak = levels.peakOf(rate);
    return peak <= bound * NEAR ? peak : peak - (peak - bound) * AIM;
  });
}

interface Spot {
  readonly rate: number;
  readonly minute: number;
}

interface Luck {
  readonly chance: () => number;
  /** What is left of `workMax`; lowered in place. */
  readonly budget: { workLeft: number };
}

/** The first minute above its aim, from one that chance picks on; null when no minute is. */
function crowdedSpot({ loads }: Levels, { aims, chance, budget }: Luck & { aims: readonly number[] }): Spot | null {
  const first = Math.floor(chance() * loads.length);
  for (let step = 0; step < loads.length; step += 1) {
    const rate = (first + step) % loads.length;
    const load = loads[rate] ?? new Float64Array();
    const from = Math.floor(chance() * load.length);
    const aim = aims[rate] ?? 0;
    for (let passed = 0; passed < load.length; passed += 1) {
      const minute = from + passed < load.length ? from + passed : from + passed - load.length;
      if ((load[minute] ?? 0) <= aim) continue;
      budget.workLeft -= passed;
      return { rate, minute };
    }
    budget.workLeft -= load.length;
  }
  return null;
}

/** The first job that draws on the rate in this minute, from one that chance picks on. */
function crossingJob(
  levels: Levels,
  spot: Spot,
  { movable, chance, budget }: Luck & { movable: readonly number[] },
): number | null {
  const from = Math.floor(chance() * movable.length);
  for (let step = 0; step < movable.length; step += 1) {
    const at = movable[(from + step) % movable.length] ?? 0;
    budget.workLeft -= levels.jobAt(at).slots.length * SLOT_WORK;
    if (crosses(levels, at, spot)) return at;
  }
  return null;
}

function crosses(levels: Levels, at: number, { rate, minute }: Spot): boolean {
  const { boxes, slots } = levels.jobAt(at);
  const offset = levels.offsetOf(at);
  for (const slot of slots) {
    const passed = minute - startOf(slot, offset);
    for (const box of boxes) if (box.rate === rate && passed >= box.at && passed < box.at + box.minutes) return true;
  }
  return false;
}

interface Move extends Luck {
  readonly aims: readonly number[];
  readonly starts: Search['starts'];
  /** The share of moves that gain nothing and go anywhere. */
  readonly leaps: number;
}

/** Moves a job to where it makes least above the aims. True when that is better than before. */
function move(levels: Levels, at: number, { aims, starts, chance, budget, leaps }: Move): boolean {
  const job = levels.jobAt(at);
  budget.workLeft -= scanWork(job) * SCANS_PER_MOVE;
  const before = levels.take(at);
  const costs = levels.overs(at, aims);
  const limits = { overdraws: levels.overdraws(at), dear: starts === 'cheap' ? job.dear : null, before };
  const after = leastOf(costs, limits, chance);
  const gain = (costs[before] ?? 0) - (costs[after] ?? 0);
  const luck = gain > 0 ? 1 : chance();
  const leap = luck < leaps ? Math.floor(chance() * costs.length) : after;
  const isTaken = (gain >= 0 || luck < KICK) && isAllowed(leap, limits);
  levels.put(at, isTaken ? leap : before);
  return gain > 0;
}

/** What a move must not make worse. */
interface Limits {
  readonly overdraws: Scan | null;
  readonly dear: Dear | null;
  readonly before: number;
}

function isAllowed(offset: number, { overdraws, dear, before }: Limits): boolean {
  if ((overdraws?.[offset] ?? 0) > (overdraws?.[before] ?? 0)) return false;
  return dear === null || (dear[offset] ?? 0) <= (dear[before] ?? 0);
}

/** The cheapest offset other than before that is allowed; one of them by chance where several are. */
function leastOf(costs: Scan, limits: Limits, chance: () => number): number {
  let best = limits.before;
  let least = Infinity;
  let alike = 0;
  for (let offset = 0; offset < costs.length; offset += 1) {
    if (offset === limits.before || !isAllowed(offset, limits)) continue;
    const cost = costs[offset] ?? 0;
    if (cost > least) continue;
    alike = cost < least ? 1 : alike + 1;
    if (cost < least || chance() * alike < 1) best = offset;
    least = cost;
  }
  return best;
}
