import type { GridJob } from './plan-grid';
import type { Levels } from './plan-levels';

interface Repair {
  /** What no peak can be below, one for each rate. */
  readonly bounds: readonly number[];
  /** Jobs with a previous offset that may be moved. */
  readonly movesMax: number;
  /** Jobs without one: they move as they please. */
  readonly free: readonly number[];
}

/** What a move must take from the load above the bounds: less is not worth it that people find a job at another time. */
const GAIN_MIN = 0.02;
/** Rounds in which the free jobs are placed again. */
const FREE_ROUNDS_MAX = 3;
/** Jobs that are looked at between two rests. */
const SCANS_PER_STEP = 50;

/** Moves few jobs, each time the one that evens the load most. Yields where its caller may rest. */
export function* repair(levels: Levels, { bounds, movesMax, free }: Repair): Generator<void, void> {
  const search: Search = { levels, bounds, starts: levels.isOverloaded ? 'any' : 'cheap' };
  yield* settleFree(search, free);
  const moved = new Set<number>();
  while (moved.size < movesMax) {
    const move = yield* bestMove(search, new Set([...moved, ...free]));
    if (move === null) break;
    levels.take(move.at);
    levels.put(move.at, move.offset);
    moved.add(move.at);
    yield* settleFree(search, [...free, ...moved]);
  }
}

interface Search {
  readonly levels: Levels;
  readonly bounds: readonly number[];
  /** Where nothing is overloaded no job is taken to a dearer start. */
  readonly starts: 'cheap' | 'any';
}

function* settleFree(search: Search, free: readonly number[]): Generator<void, void> {
  const { levels } = search;
  for (let round = 0; round < FREE_ROUNDS_MAX; round += 1) {
    let changed = false;
    for (const [count, at] of free.entries()) {
      if (count % SCANS_PER_STEP === 0) yield;
      const found = canMove(levels.jobAt(at)) ? bestOffset(search, at) : null;
      if (found === null || found.gain <= 0) continue;
      levels.take(at);
      levels.put(at, found.offset);
      changed = true;
    }
    if (!changed) return;
  }
}

function canMove({ pinned, slackMinutes, boxes }: GridJob): boolean {
  return pinned === null && slackMinutes > 0 && boxes.length > 0;
}

interface Move {
  readonly at: number;
  readonly offset: number;
  readonly gain: number;
}

function* bestMove(search: Search, settled: ReadonlySet<number>): Generator<void, Move | null> {
  const { levels, bounds } = search;
  let best: Move | null = null;
  for (const [at, job] of levels.grid.jobs.entries()) {
    if (settled.has(at) || !canMove(job)) continue;
    if (at % SCANS_PER_STEP === 0) yield;
    const found = bestOffset(search, at);
    if (best === null || found.gain > best.gain) best = { at, ...found };
  }
  return best !== null && best.gain > GAIN_MIN * overOf(levels, bounds) ? best : null;
}

function bestOffset({ levels, bounds, starts }: Search, at: number): { offset: number; gain: number } {
  const dear = starts === 'cheap' ? levels.jobAt(at).dear : null;
  const before = levels.take(at);
  const costs = levels.overs(at, bounds);
  const overdraws = levels.overdraws(at);
  levels.put(at, before);
  let best = before;
  for (let offset = 0; offset < costs.length; offset += 1) {
    if ((overdraws?.[offset] ?? 0) > (overdraws?.[best] ?? 0)) continue;
    if ((dear?.[offset] ?? 0) > (dear?.[best] ?? 0)) continue;
    if ((costs[offset] ?? 0) < (costs[best] ?? 0)) best = offset;
  }
  return { offset: best, gain: (costs[before] ?? 0) - (costs[best] ?? 0) };
}

/** The sum of the squares of what lies above the bounds. */
function overOf({ loads }: Levels, bounds: readonly number[]): number {
  let sum = 0;
  for (const [rate, load] of loads.entries()) {
    const bound = bounds[rate] ?? 0;
    for (const level of load) if (level > bound) sum += (level - bound) ** 2;
  }
  return sum;
}
