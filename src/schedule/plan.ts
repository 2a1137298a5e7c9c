import { type Shortfall, shortfalls } from './plan-bound';
import { layOut } from './plan-grid';
import { Levels } from './plan-levels';
import { type PeakUse, peaksOf } from './plan-peak';
import { type Reason, reasonOf } from './plan-reason';
import type { PlanRequest } from './plan-request';
import { searchOffsets } from './plan-search';
import { finish, finishCalmly } from './plan-steps';

export interface PlannedJob {
  readonly job: string;
  /** Added to `earliestMs` of each slot; whole minutes. A slot that has less time starts as late as it still fits. */
  readonly offsetMs: number;
  readonly starts: readonly PlannedStart[];
  readonly reason: Reason;
}

export interface PlannedStart {
  readonly slotAtMs: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Plan {
  /** By name. */
  readonly jobs: readonly PlannedJob[];
  readonly peaks: readonly PeakUse[];
  /** What no choice of starts can satisfy. Empty when nothing stands against the plan. */
  readonly infeasible: readonly Shortfall[];
  /** Jobs whose offset is not their previous one; those without one are not counted. */
  readonly moved: readonly string[];
}

/**
 * Chooses one start offset for each job so that the peak demand on every rate stays low, no quota window is overdrawn where
 * that can be avoided, and no run leaves its window. Pure and deterministic; the order of the jobs does not matter. The least
 * peak is NP-hard to find (demand strip packing, https://arxiv.org/abs/2105.07219): this is a greedy placement, largest
 * first, and a bounded local search.
 */
export function planStarts(request: PlanRequest): Plan {
  return finish(planSteps(request));
}

/** The same, for a process that has other things to do: it rests after every few milliseconds of work. */
export function planStartsCalmly(request: PlanRequest, rest: () => Promise<void>): Promise<Plan> {
  return finishCalmly(planSteps(request), rest);
}

function* planSteps(request: PlanRequest): Generator<void, Plan> {
  const grid = layOut(request);
  yield;
  const levels = new Levels(grid);
  yield* searchOffsets(levels, request);
  yield;
  const jobs: PlannedJob[] = [];
  for (const at of grid.jobs.keys()) {
    jobs.push(plannedJob(levels, at));
    if (at % JOBS_PER_STEP === 0) yield;
  }
  const moved = grid.jobs.filter(({ previous }, at) => previous !== null && previous !== levels.offsetOf(at));
  return {
    jobs,
    peaks: peaksOf(levels),
    infeasible: shortfalls(grid),
    moved: moved.map(({ name }) => name),
  };
}

const MINUTE_MS = 60_000;
/** Jobs whose reasons are found between two rests. */
const JOBS_PER_STEP = 50;

function plannedJob(levels: Levels, at: number): PlannedJob {
  const { startMs: gridStartMs } = levels.grid;
  const job = levels.jobAt(at);
  const offset = levels.offsetOf(at);
  return {
    job: job.name,
    offsetMs: offset * MINUTE_MS,
    starts: job.slots.map(({ slotAtMs, startMinute, slackMinutes }) => {
      const startMs = gridStartMs + (startMinute + Math.min(offset, slackMinutes)) * MINUTE_MS;
      return { slotAtMs, startMs, endMs: startMs + job.minutes * MINUTE_MS };
    }),
    reason: reasonOf(levels, at),
  };
}
