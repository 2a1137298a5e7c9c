/**
 * How much longer than its window a limit is kept, ms. The platform counts arrivals, not sends: two calls that leave one
 * window apart may arrive closer together by as much as the way there varies.
 */
const GUARD_MS_FIRST = 20;
const GUARD_MS_MIN = 8;
/** Of the window: where half of it more is not enough, the limit itself must be wrong. */
const GUARD_SHARE_MAX = 0.5;
/** Each narrowing leaves so much. */
const NARROW_TO = 0.5;
/**
 * Windows that must have been as good as full before it, none of them refused: the more, the less there is to win. A refusal
 * costs a pause of a second or so, as much as 10 ms of guard in a hundred windows.
 */
const FULL_WINDOWS_MIN = 2;
const FULL_WINDOWS_BY_MS = 200;
/** A refusal near the limit widens the guard to so much of what was too narrow, or to what held before. */
const WIDEN_TO = 2;
/** From there it narrows in smaller steps, and ends so much above where the platform refused. */
const NARROW_AGAIN_TO = 0.8;
const ABOVE_REFUSED = 1.2;
/** How long a refusal is remembered: the way may have become better since. */
const REFUSED_KEPT_MS = 3_600_000;

/** The first round trips: so many say something. Later ones are not looked at. */
const TRIPS_FIRST = 20;
/** Round trips that differ by more than this differ by the platform's own work, and say nothing of the way there. */
const TELLING_MS_MAX = 120;
/** Timers and sockets of this machine add as much. */
const TRIP_MARGIN_MS = 3;

/** The way to one platform: how much it varies, as far as the replies let it be known. All of its limits start from it. */
export class Way {
  /** At most TRIPS_FIRST. */
  readonly #tripsMs: number[] = [];
  #guardMs = GUARD_MS_FIRST;
  /** The last that held before it was narrowed. */
  #heldMs = GUARD_MS_FIRST;
  #fullWindows = 0;
  #changedAtMs = -Infinity;
  #steadyUntilMs = -Infinity;

  get guardMs(): number {
    return this.#guardMs;
  }

  /** Instant of the last change, monotonic. */
  get changedAtMs(): number {
    return this.#changedAtMs;
  }

  /** A call was served. The first round trips say how much the way there can differ at most. */
  addTrip(roundTripMs: number): void {
    if (this.#tripsMs.length === TRIPS_FIRST) return;
    this.#tripsMs.push(roundTripMs);
    if (this.#tripsMs.length < TRIPS_FIRST) return;
    const spreadMs = Math.max(...this.#tripsMs) - Math.min(...this.#tripsMs) + TRIP_MARGIN_MS;
    if (spreadMs > TELLING_MS_MAX) return;
    this.#guardMs = Math.max(GUARD_MS_MIN, spreadMs);
    this.#heldMs = this.#guardMs;
  }

  /** A part of a window passed that was as good as full, and nothing was refused. */
  countFull(windows: number, nowMs: number): void {
    this.#fullWindows += windows;
    if (this.#fullWindows < windowsFor(this.#guardMs) || nowMs < this.#steadyUntilMs) return;
    this.#fullWindows = 0;
    const nextMs = Math.max(GUARD_MS_MIN, this.#guardMs * NARROW_TO);
    if (nextMs === this.#guardMs) return;
    this.#heldMs = this.#guardMs;
    this.#guardMs = nextMs;
    this.#changedAtMs = nowMs;
  }

  /** Too narrow: back to what held. Returns it. */
  goBack(nowMs: number): number {
    this.#guardMs = this.#heldMs;
    this.#fullWindows = 0;
    this.#changedAtMs = nowMs;
    this.#steadyUntilMs = nowMs + REFUSED_KEPT_MS;
    return this.#guardMs;
  }
}

/** What was learned of the guard of one limit. */
export interface LearnedGuard {
  readonly ms: number;
  /** The widest at which the platform refused. */
  readonly refusedMs: number;
}

interface OwnGuard extends LearnedGuard {
  readonly refusedAtMs: number;
  /** Calls that left before are judged by another guard. */
  readonly changedAtMs: number;
}

export interface GuardOptions {
  readonly spanMs: number;
  /** Holds it; otherwise it follows what is observed. */
  readonly fixedMs?: number | undefined;
  readonly way: Way;
}

/** The guard of one limit: that of the way to the platform, until the limit is refused and gets one of its own. */
export class Guard {
  readonly #maxMs: number;
  readonly #fixedMs: number | undefined;
  readonly #way: Way;
  #own: OwnGuard | null = null;
  #fullWindows = 0;

  constructor({ spanMs, fixedMs, way }: GuardOptions) {
    this.#maxMs = spanMs * GUARD_SHARE_MAX;
    this.#fixedMs = fixedMs;
    this.#way = way;
  }

  get ms(): number {
    return this.#fixedMs ?? Math.min(this.#maxMs, Math.max(this.#own?.ms ?? 0, this.#way.guardMs));
  }

  /** Null while the platform never refused. */
  get learned(): LearnedGuard | null {
    return this.#own;
  }

  restore(learned: LearnedGuard, nowMs: number): void {
    this.#own = { ...learned, refusedAtMs: nowMs, changedAtMs: nowMs };
  }

  reset(): void {
    this.#own = null;
  }

  /** A part of a window passed that was as good as full, and nothing was refused. */
  countFull(windows: number, nowMs: number): void {
    if (!this.#own) return this.#way.countFull(windows, nowMs);
    this.#fullWindows += windows;
    const { ms, refusedMs, refusedAtMs } = this.#own;
    if (this.#fullWindows < windowsFor(ms)) return;
    this.#fullWindows = 0;
    const narrowed = Math.max(refusedMs * ABOVE_REFUSED, ms * NARROW_AGAIN_TO);
    if (nowMs - refusedAtMs > REFUSED_KEPT_MS) this.#own = null;
    else if (narrowed < ms) this.#own = { ms: narrowed, refusedMs, refusedAtMs, changedAtMs: nowMs };
  }

  /** The platform refused a call that this guard let go. Returns false when that call left before the last change. */
  refuse(sentAtMs: number, nowMs: number): boolean {
    if (sentAtMs < Math.max(this.#own?.changedAtMs ?? -Infinity, this.#way.changedAtMs)) return false;
    const refusedMs = this.ms;
    const ms = Math.max(this.#way.goBack(nowMs), refusedMs * WIDEN_TO);
    this.#own = { ms: Math.min(this.#maxMs, ms), refusedMs, refusedAtMs: nowMs, changedAtMs: nowMs };
    this.#fullWindows = 0;
    return true;
  }
}

function windowsFor(guardMs: number): number {
  return Math.max(FULL_WINDOWS_MIN, FULL_WINDOWS_BY_MS / guardMs);
}
