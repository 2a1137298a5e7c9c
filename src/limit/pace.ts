/** Extra wait on top of a window, ms: the platform counts arrivals, not sends, and the way there varies by about this. */
export const GUARD_MS = 50;

/** How many calls may follow each other at once to catch up after a stall of this process. */
const CATCH_UP_MAX = 3;

/**
 * One rolling window: at most `limit` calls in any `spanMs`, evenly paced. Exact: the k-th call is never sent less than a
 * window after the (k - limit)-th. All instants are of the monotonic clock.
 */
export class Pace {
  readonly #spanMs: number;
  /** When the last `capacity` calls left, as a ring. */
  readonly #sentAtMs: Float64Array;
  readonly #capacity: number;
  #limit: number;
  #next = 0;
  /** Theoretical arrival time of the generic cell rate algorithm: keeps calls apart, not only counted. */
  #evenAtMs: number;

  /** Starts as if `limit` calls had left at `fullAtMs`; pass -Infinity for an empty window. */
  constructor({
    limit,
    spanMs,
    guardMs,
    fullAtMs,
  }: { limit: number; spanMs: number; guardMs: number; fullAtMs: number }) {
    this.#spanMs = spanMs + guardMs;
    this.#capacity = limit;
    this.#limit = limit;
    this.#sentAtMs = new Float64Array(limit).fill(fullAtMs);
    this.#evenAtMs = -Infinity;
  }

  /** The limit in force: the configured one, or a lower one that was learned. */
  get limit(): number {
    return this.#limit;
  }

  /** The earliest instant at which one more call may leave. */
  earliestMs(): number {
    const oldest = (this.#next - this.#limit + this.#capacity) % this.#capacity;
    const windowOpensMs = (this.#sentAtMs[oldest] ?? -Infinity) + this.#spanMs;
    return Math.max(windowOpensMs, this.#evenAtMs - (this.#catchUp() - 1) * this.#spacingMs());
  }

  /** Takes a call out of the window. Returns its place, for restamp(). */
  take(nowMs: number): number {
    const place = this.#next;
    this.#sentAtMs[place] = nowMs;
    this.#next = (place + 1) % this.#capacity;
    // A pace that was idle starts without credit: the first calls after a rest must not leave as a burst.
    const idleMs = nowMs - (this.#catchUp() - 1) * this.#spacingMs();
    this.#evenAtMs =
      Math.max(this.#evenAtMs < idleMs ? nowMs + (this.#catchUp() - 1) * this.#spacingMs() : this.#evenAtMs, nowMs) +
      this.#spacingMs();
    return place;
  }

  /** Corrects a place to the moment at which the call really left: only ever later. */
  restamp(place: number, nowMs: number): void {
    this.#sentAtMs[place] = Math.max(this.#sentAtMs[place] ?? nowMs, nowMs);
  }

  /** Lowers the limit to what the platform said. Never raises it. */
  lower(limit: number): void {
    this.#limit = Math.max(1, Math.min(this.#limit, Math.floor(limit)));
  }

  /** True when no call left within the last window: forgetting it changes nothing. */
  isIdle(nowMs: number): boolean {
    const newest = (this.#next - 1 + this.#capacity) % this.#capacity;
    return (this.#sentAtMs[newest] ?? -Infinity) + this.#spanMs < nowMs && this.#limit === this.#capacity;
  }

  #spacingMs(): number {
    return this.#spanMs / this.#limit;
  }

  #catchUp(): number {
    return Math.max(1, Math.min(CATCH_UP_MAX, Math.round(this.#limit * 0.07)));
  }
}
