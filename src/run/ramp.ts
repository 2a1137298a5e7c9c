import type { Job } from '../job/parse';
import { FORWARD_KINDS, type RunStore } from '../job/run';

/** A run may take so much longer for a level start, as a share of what it took last time. */
const RAMP_SHARE_MAX = 0.04;
/** After a reset the last of those that were parked goes on within a minute, the guard for the clocks included. */
const RAMP_MS_MAX = 45_000;

/** Over how long the partitions of a run are brought up to all that may be under way: 0 while nothing is known of the job. */
export async function rampMsOf(runs: Pick<RunStore, 'list'>, { name, estimate }: Job): Promise<number> {
  const [last] = await runs.list({ job: name, kinds: FORWARD_KINDS, states: ['done'], limit: 1 });
  const tookMs = last ? (last.endedAtMs ?? 0) - (last.startedAtMs ?? 0) : (estimate?.durationMs ?? 0);
  return Math.max(0, Math.min(RAMP_MS_MAX, tookMs * RAMP_SHARE_MAX));
}

/**
 * How many partitions of a run may be under way: one at first, all of them at the end of the ramp, in even steps. Only their
 * number is held down: whoever comes to an end makes room for the next one at once, so nothing stands still for the ramp.
 */
export class Ramp {
  readonly #inFlightMax: number;
  readonly #stepMs: number;
  #fromMs = -Infinity;
  #underWay = 0;

  constructor(inFlightMax: number, rampMs: number) {
    this.#inFlightMax = inFlightMax;
    this.#stepMs = rampMs / inFlightMax;
  }

  /** Partitions begin together now, beside those that are under way. Instants are of the monotonic clock. */
  begin(nowMs: number, underWay: number): void {
    this.#fromMs = nowMs;
    this.#underWay = underWay;
  }

  allowedAt(nowMs: number): number {
    if (this.#stepMs === 0) return this.#inFlightMax;
    const steps = Math.floor((nowMs - this.#fromMs) / this.#stepMs);
    return Math.min(this.#inFlightMax, this.#underWay + 1 + steps);
  }

  /** How long until one more is allowed; Infinity when that is all. */
  nextInMs(nowMs: number): number {
    if (this.allowedAt(nowMs) >= this.#inFlightMax) return Infinity;
    const steps = Math.floor((nowMs - this.#fromMs) / this.#stepMs) + 1;
    return Math.max(1, this.#fromMs + steps * this.#stepMs - nowMs);
  }
}
