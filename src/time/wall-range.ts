import type { Clock } from './clock';

/** The wall clock and the steady one drift by less than this between two looks: more is a step. */
const STEP_MS = 1_000;
/** A platform's own clock is believed to be as near as this to the true time. */
const BELIEVED_MS = 60_000;

/** Instants between which the true time lies, whole as the wall clock's are. The same twice as long as nothing is in doubt. */
export interface InstantRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The wall clock, distrusted: it may step, and nobody can tell at once whether it was wrong before the step or is wrong
 * after it. Until a platform's own clock says which, the true time lies anywhere between the two.
 */
export class WallRange {
  readonly #clock: Clock;
  /** Wall minus monotonic, as it was before a step. */
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
  }

  now(): InstantRange {
    const wallMs = this.#clock.nowMs();
    const steadyMs = this.#steadyMs();
    if (Math.abs(wallMs - steadyMs) > STEP_MS) {
      return { fromMs: Math.floor(Math.min(wallMs, steadyMs)), toMs: Math.ceil(Math.max(wallMs, steadyMs)) };
    }
    this.#trustWall();
    return { fromMs: wallMs, toMs: wallMs };
  }

  /** A reply carried the platform's time (its Date header, whole seconds). */
  heard(platformMs: number): void {
    const wallMs = this.#clock.nowMs();
    const isWallNearer = Math.abs(platformMs - wallMs) < Math.abs(platformMs - this.#steadyMs());
    if (isWallNearer && Math.abs(platformMs - wallMs) <= BELIEVED_MS) this.#trustWall();
  }

  #steadyMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }

  #trustWall(): void {
    this.#offsetMs = this.#clock.nowMs() - this.#clock.monotonicMs();
  }
}
