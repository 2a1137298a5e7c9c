import { type Box, type GridJob, type GridSlot, levelOf } from './plan-grid';

/** What a job would meet at each of its offsets, given the load that all the others make. One entry for each offset. */
export type Scan = Float64Array;

/** The highest level that a job would make, over all the minutes that it touches. */
export function scanPeaks(job: GridJob, loads: readonly Float64Array[]): Scan {
  const peaks = new Float64Array(job.slackMinutes + 1);
  eachPass(job, loads, (pass) => {
    const window = slidingMax(pass);
    for (let offset = 0; offset < peaks.length; offset += 1) {
      const peak = (window[Math.min(offset, pass.slack)] ?? 0) + pass.level;
      if (peak > (peaks[offset] ?? 0)) peaks[offset] = peak;
    }
  });
  return peaks;
}

/** By how much a job would raise the sum of the squares of what lies above the targets, one for each rate. */
export function scanOver(job: GridJob, loads: readonly Float64Array[], targets: readonly number[]): Scan {
  const overs = new Float64Array(job.slackMinutes + 1);
  eachPass(job, loads, (pass) => {
    const sums = runningSums(pass, targets[pass.box.rate] ?? 0);
    for (let offset = 0; offset < overs.length; offset += 1) {
      const at = Math.min(offset, pass.slack);
      overs[offset] = (overs[offset] ?? 0) + (sums[at + pass.box.minutes] ?? 0) - (sums[at] ?? 0);
    }
  });
  return overs;
}

/** What it takes to look at one offset on one quota, in minutes of load. */
const QUOTA_WORK = 4;

/** How many minutes of load a scan of the job looks at. */
export function scanWork({ slots, boxes, draws }: GridJob): number {
  let minutes = 0;
  for (const slot of slots) {
    for (const box of boxes) minutes += slot.slackMinutes + box.minutes;
    minutes += slot.slackMinutes * draws.length * QUOTA_WORK;
  }
  return Math.max(1, minutes);
}

/** One box of one slot, moved over the load from its first place to its last. */
interface Pass {
  readonly box: Box;
  readonly level: number;
  readonly load: Float64Array;
  readonly from: number;
  /** The last place is `from` + `slack`. */
  readonly slack: number;
}

function eachPass(job: GridJob, loads: readonly Float64Array[], visit: (pass: Pass) => void): void {
  for (const box of job.boxes) {
    const load = loads[box.rate];
    if (load === undefined) continue;
    for (const slot of job.slots) {
      visit({ box, level: levelOf(box, slot), load, from: firstMinute(slot, box), slack: slot.slackMinutes });
    }
  }
}

function firstMinute(slot: GridSlot, box: Box): number {
  return slot.startMinute + box.at;
}

/** The highest load in each place of the box: a queue of the minutes that may still become the highest. */
function slidingMax({ load, from, slack, box }: Pass): Float64Array {
  const found = new Float64Array(slack + 1);
  const queue = new Int32Array(slack + box.minutes);
  let head = 0;
  let tail = 0;
  for (let at = 0; at < slack + box.minutes; at += 1) {
    const value = load[from + at] ?? 0;
    while (tail > head && (load[from + (queue[tail - 1] ?? 0)] ?? 0) <= value) tail -= 1;
    queue[tail] = at;
    tail += 1;
    if ((queue[head] ?? 0) <= at - box.minutes) head += 1;
    if (at >= box.minutes - 1) found[at - box.minutes + 1] = load[from + (queue[head] ?? 0)] ?? 0;
  }
  return found;
}

function runningSums({ load, from, slack, box, level }: Pass, target: number): Float64Array {
  const sums = new Float64Array(slack + box.minutes + 1);
  let sum = 0;
  for (let at = 0; at < slack + box.minutes; at += 1) {
    const before = (load[from + at] ?? 0) - target;
    const after = before + level;
    if (after > 0) sum += after * after - (before > 0 ? before * before : 0);
    sums[at + 1] = sum;
  }
  return sums;
}
