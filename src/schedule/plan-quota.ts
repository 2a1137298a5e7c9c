import type { GridJob, GridQuota } from './plan-grid';
import type { Scan } from './plan-scan';

/** A run's calls on one quota. */
interface RunDraw {
  readonly start: number;
  readonly minutes: number;
  readonly amount: number;
}

/** What the windows of a quota hold while a plan is made. */
export class QuotaUse {
  readonly #quota: GridQuota;
  readonly #used: Float64Array;

  constructor(quota: GridQuota) {
    this.#quota = quota;
    this.#used = new Float64Array(Math.max(0, quota.bounds.length - 1));
    if (this.#used.length > 0) this.#used[0] = quota.drawn;
  }

  draw({ start, minutes, amount }: RunDraw): void {
    const { bounds } = this.#quota;
    for (let window = this.#windowAt(start); (bounds[window] ?? Infinity) < start + minutes; window += 1) {
      const part = (amount * this.#overlap(window, start, minutes)) / minutes;
      if (window < this.#used.length) this.#used[window] = (this.#used[window] ?? 0) + part;
    }
  }

  /** How much more is overdrawn with a run than without it, as a share of the limit. */
  overdraw({ start, minutes, amount }: RunDraw): number {
    const { bounds, limit } = this.#quota;
    let over = 0;
    for (let window = this.#windowAt(start); (bounds[window] ?? Infinity) < start + minutes; window += 1) {
      const before = (this.#used[window] ?? 0) - limit;
      const after = before + (amount * this.#overlap(window, start, minutes)) / minutes;
      if (after > 0) over += after - Math.max(0, before);
    }
    return over / limit;
  }

  /** True when it matters where in these minutes a run lies. */
  isCut(from: number, to: number): boolean {
    return this.#quota.bounds.some((bound) => bound > from && bound < to);
  }

  /** The minutes of a run that lie in a window; 0 beyond the last one. */
  #overlap(window: number, start: number, minutes: number): number {
    const { bounds } = this.#quota;
    const end = bounds[window + 1];
    return end === undefined ? 0 : Math.max(0, Math.min(start + minutes, end) - Math.max(start, bounds[window] ?? 0));
  }

  /** The window that holds a minute; the first one when it lies before all. */
  #windowAt(minute: number): number {
    const { bounds } = this.#quota;
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((bounds[middle] ?? 0) <= minute) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}

/** What a job would overdraw at each of its offsets; null when that is the same at all of them. */
export function overdrawsOf(job: GridJob, uses: readonly QuotaUse[]): Scan | null {
  const overs = new Float64Array(job.slackMinutes + 1);
  let matters = false;
  for (const { quota, amount } of job.draws) {
    const use = uses[quota];
    if (use === undefined) continue;
    for (const { startMinute, slackMinutes, share } of job.slots) {
      if (!use.isCut(startMinute, startMinute + slackMinutes + job.minutes)) continue;
      matters = true;
      for (let offset = 0; offset < overs.length; offset += 1) {
        const start = startMinute + Math.min(offset, slackMinutes);
        overs[offset] = (overs[offset] ?? 0) + use.overdraw({ start, minutes: job.minutes, amount: amount * share });
      }
    }
  }
  return matters ? overs : null;
}
