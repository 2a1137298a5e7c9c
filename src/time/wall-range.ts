import type { Clock } from './clock';

/** The wall clock and the steady one drift by less than this between two looks: more is a step. */
const STEP_MS = 1_000;
/** A platform's own clock is believed to be as near as this to the true time. */
const BELIEVED_MS = 60_000;
/**
 * A date farther than this from both clocks is taken for nonsense. The largest offset of any zone: a clock that was set to
 * local time by mistake is wrong by no more, and no lie of a platform holds its calls back for longer.
 */
const DOUBT_MS_MAX = 14 * 3_600_000;
/** Dates of HTTP are whole seconds, cut. */
const DATE_MS = 1_000;

/** Instants between which the true time lies, whole as the wall clock's are. The same twice as long as nothing is in doubt. */
export interface InstantRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of a range with more than two clocks: where the others stand. The true time is near to one of them, or to an end. */
  readonly betweenMs?: readonly number[];
}

/** What a platform said of its own time. */
export interface HeardDate {
  /** The Date header of a reply, epoch ms; NaN where there was none. */
  readonly platformMs: number;
  /** When its call was sent, of the monotonic clock: the date was written between then and now. */
  readonly sentAtMs: number;
}

/**
 * The wall clock, distrusted: it may step, and nobody can tell at once whether it was wrong before the step or is wrong
 * after it. Until a platform's own clock says which, the true time lies anywhere between the two; and where that clock is
 * near to neither, as far as it says. The newest date counts; one that is near to a clock ends what an older one said.
 */
export class WallRange {
  readonly #clock: Clock;
  /** Wall minus monotonic, as it was before a step. */
  #offsetMs: number;
  /** The platform's time minus monotonic, where it is near to neither clock. */
  #heard: InstantRange | null = null;

  /** @param seenAtMs the latest instant that is known to have passed: a wall clock behind it is in doubt from the start. */
  constructor(clock: Clock, seenAtMs = -Infinity) {
    this.#clock = clock;
    this.#offsetMs = Math.max(clock.nowMs(), seenAtMs) - clock.monotonicMs();
  }

  now(): InstantRange {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const heard = this.#heardAt(monotonicMs);
    // The clock was put right, by what the platform said before.
    if (heard && distanceMs(heard, wallMs) <= BELIEVED_MS) this.#trust(wallMs, monotonicMs);
    if (Math.abs(wallMs - monotonicMs - this.#offsetMs) <= STEP_MS) this.#offsetMs = wallMs - monotonicMs;
    const steadyMs = monotonicMs + this.#offsetMs;
    const still = this.#heardAt(monotonicMs);
    if (still) return hull([wallMs, steadyMs, still.fromMs, still.toMs]);
    return { fromMs: Math.floor(Math.min(wallMs, steadyMs)), toMs: Math.ceil(Math.max(wallMs, steadyMs)) };
  }

  /** Where the true time lies by a date that is near to neither clock; null for all others, and for nonsense. */
  heard({ platformMs, sentAtMs }: HeardDate): InstantRange | null {
    const wallMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    const steadyMs = monotonicMs + this.#offsetMs;
    const said = { fromMs: platformMs, toMs: platformMs + DATE_MS + monotonicMs - sentAtMs };
    const farMs = Math.min(distanceMs(said, wallMs), distanceMs(said, steadyMs));
    if (!(farMs <= DOUBT_MS_MAX)) return null; // NaN, too
    const [fromWallMs, fromSteadyMs] = [Math.abs(platformMs - wallMs), Math.abs(platformMs - steadyMs)];
    if (farMs > BELIEVED_MS) {
      this.#heard = { fromMs: said.fromMs - monotonicMs, toMs: said.toMs - monotonicMs };
      return said;
    }
    if (fromWallMs <= BELIEVED_MS && fromWallMs <= fromSteadyMs) this.#trust(wallMs, monotonicMs);
    else if (fromSteadyMs <= BELIEVED_MS) this.#heard = null;
    return null;
  }

  #trust(wallMs: number, monotonicMs: number): void {
    this.#offsetMs = wallMs - monotonicMs;
    this.#heard = null;
  }

  #heardAt(monotonicMs: number): InstantRange | null {
    return this.#heard && { fromMs: this.#heard.fromMs + monotonicMs, toMs: this.#heard.toMs + monotonicMs };
  }
}

function hull(instants: readonly number[]): InstantRange {
  const sorted = instants.toSorted((a, b) => a - b);
  const [fromMs, toMs] = [Math.floor(Math.min(...instants)), Math.ceil(Math.max(...instants))];
  return { fromMs, toMs, betweenMs: sorted.slice(1, -1) };
}

function distanceMs({ fromMs, toMs }: InstantRange, atMs: number): number {
  return Math.max(0, fromMs - atMs, atMs - toMs);
}
