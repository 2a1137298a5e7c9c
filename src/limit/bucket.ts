import type { Counter, Moment, Taken } from './counter';
import type { Guard } from './guard';

/** Refills a little slower than the platform says: its clock and ours do not run alike. */
const REFILL_SHARE = 0.998;

/** A bucket that refills `limit` per span and holds `burst`, as the platform documents it (token bucket, leaky bucket). */
export class Bucket implements Counter {
  readonly guard: Guard;
  /** In force: the configured one, or a lower one that was learned. */
  limit: number;
  readonly #spanMs: number;
  readonly #burst: number;
  /** When the bucket is full again (the theoretical arrival time of the generic cell rate algorithm). */
  #fullAtMs: number;

  /** @param fullAtMs instant at which the bucket counts as empty: nothing is known of what left before. */
  constructor({ limit, spanMs, burst, guard, fullAtMs }: BucketOptions) {
    this.limit = limit;
    this.#spanMs = spanMs;
    this.#burst = burst;
    this.guard = guard;
    this.#fullAtMs = fullAtMs + burst * this.spacingMs;
  }

  get spacingMs(): number {
    return this.#spanMs / (this.limit * REFILL_SHARE);
  }

  earliestMs(amount: number): number {
    return this.#fullAtMs - this.#usableMs(amount);
  }

  take(amount: number, { nowMs }: Moment): Taken {
    const shareMs = amount * this.spacingMs;
    this.#fullAtMs = Math.max(this.#fullAtMs, nowMs) + shareMs;
    return {
      sent: (sentAtMs) => {
        this.#fullAtMs = Math.max(this.#fullAtMs, sentAtMs + shareMs);
      },
      settle: (spent) => {
        this.#fullAtMs += (spent - amount) * this.spacingMs;
      },
    };
  }

  isIdle(nowMs: number): boolean {
    return this.#fullAtMs <= nowMs;
  }

  /**
   * How far ahead of a full bucket an amount may be taken. Calls that the way to the server pushes together need room of
   * their own; an amount larger than what is left goes when the bucket is full.
   */
  #usableMs(amount: number): number {
    const room = this.#burst * this.spacingMs - this.guard.ms - this.spacingMs;
    return Math.max(0, room - (amount - 1) * this.spacingMs);
  }
}

export interface BucketOptions {
  readonly limit: number;
  readonly spanMs: number;
  readonly burst: number;
  readonly guard: Guard;
  readonly fullAtMs: number;
}
