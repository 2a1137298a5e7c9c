import { z } from 'zod';

/** The same instant on both clocks, ms: days and fixed seconds follow the wall clock, the others the monotonic one. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Counts what one limit admitted: calls, or units such as tokens, in whole numbers. */
export interface Counter {
  /** May change while it counts. */
  limit: number;
  /** The most that it holds at once: the limit, or the burst of a bucket. */
  readonly capacity: number;
  /** Room for so many; default 1. */
  hasRoom(now: Instant, amount?: number): boolean;
  /** Takes so many, default 1; only where there is room. */
  take(now: Instant, amount?: number): void;
  /** What is in use at the moment: 0 means that forgetting the counter changes nothing. */
  used(now: Instant): number;
  /** Until there is room for so many, ms, if nothing else comes; 0 when there is, Infinity when time does not bring it. */
  roomInMs(now: Instant, amount: number): number;
}

/** How a limit of so many calls in a second, or in another window, is counted. */
export const counterKind = z.discriminatedUnion('kind', [
  /** The window before each arrival. */
  z.strictObject({ kind: z.literal('sliding') }),
  /** The seconds of the clock, from the epoch: up to twice the limit may pass within a second that lies across two of them. */
  z.strictObject({ kind: z.literal('fixed') }),
  /** A token bucket that is refilled evenly and holds `burst` calls; nginx's `limit_req` with a `burst` of one less. */
  z.strictObject({ kind: z.literal('bucket'), burst: z.int().positive().max(1_000_000) }),
]);
export type CounterKind = z.output<typeof counterKind>;

const SECOND_MS = 1_000;
/** Of a call: what rounding may take away from a bucket that is refilled in small steps. */
const ROUNDING = 1e-6;

export function counterOf(kind: CounterKind, limit: number, windowMs = SECOND_MS): Counter {
  switch (kind.kind) {
    case 'sliding':
      return new SlidingWindow(limit, windowMs);
    case 'fixed':
      return new FixedWindow(limit, windowMs);
    case 'bucket':
      return new Bucket({ limit, windowMs, burst: kind.burst });
  }
}

/** Holds what was admitted in the window before an instant; what came exactly one window ago is no longer in it. */
class SlidingWindow implements Counter {
  limit: number;
  readonly #windowMs: number;
  /** Oldest first from `#head`. */
  readonly #taken: { readonly monotonicMs: number; readonly amount: number }[] = [];
  #head = 0;
  #used = 0;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.#windowMs = windowMs;
  }

  get capacity(): number {
    return this.limit;
  }

  hasRoom(now: Instant, amount = 1): boolean {
    return this.used(now) + amount <= this.limit;
  }

  take({ monotonicMs }: Instant, amount = 1): void {
    this.#taken.push({ monotonicMs, amount });
    this.#used += amount;
  }

  used({ monotonicMs }: Instant): number {
    const taken = this.#taken;
    for (let first = taken[this.#head]; first && this.#ageOf(first, monotonicMs) >= 0; first = taken[this.#head]) {
      this.#used -= first.amount;
      this.#head += 1;
    }
    if (this.#head >= 1_024 || this.#head === taken.length) {
      taken.splice(0, this.#head);
      this.#head = 0;
    }
    return this.#used;
  }

  roomInMs(now: Instant, amount: number): number {
    let excess = this.used(now) + amount - this.limit;
    if (excess <= 0) return 0;
    for (const held of this.#taken.slice(this.#head)) {
      excess -= held.amount;
      if (excess <= 0) return -this.#ageOf(held, now.monotonicMs);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Ms since it left the window; negative while it is in it. */
  #ageOf(held: { readonly monotonicMs: number }, monotonicMs: number): number {
    return monotonicMs - held.monotonicMs - this.#windowMs;
  }
}

/** Counts each window of the wall clock, aligned to the epoch, by itself. */
class FixedWindow implements Counter {
  limit: number;
  readonly #windowMs: number;
  #window = -Infinity;
  #used = 0;

  constructor(limit: number, windowMs: number) {
    this.limit = limit;
    this.#windowMs = windowMs;
  }

  get capacity(): number {
    return this.limit;
  }

  hasRoom(now: Instant, amount = 1): boolean {
    return this.used(now) + amount <= this.limit;
  }

  take(now: Instant, amount = 1): void {
    this.#used = this.used(now) + amount;
  }

  used({ wallMs }: Instant): number {
    const window = Math.floor(wallMs / this.#windowMs);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    return this.#used;
  }

  roomInMs(now: Instant, amount: number): number {
    if (this.hasRoom(now, amount)) return 0;
    return amount > this.limit ? Number.POSITIVE_INFINITY : (this.#window + 1) * this.#windowMs - now.wallMs;
  }
}

/** Full at the beginning; holds fractions of a call, but gives whole ones only. */
class Bucket implements Counter {
  limit: number;
  readonly capacity: number;
  readonly #windowMs: number;
  /** Calls that left and were not yet refilled, at `#atMs`. */
  #missing = 0;
  #atMs = -Infinity;

  constructor({ limit, windowMs, burst }: { limit: number; windowMs: number; burst: number }) {
    this.limit = limit;
    this.capacity = burst;
    this.#windowMs = windowMs;
  }

  hasRoom(now: Instant, amount = 1): boolean {
    this.#refill(now);
    return this.#missing + amount <= this.capacity + ROUNDING;
  }

  take(now: Instant, amount = 1): void {
    this.#refill(now);
    this.#missing += amount;
  }

  used(now: Instant): number {
    this.#refill(now);
    return Math.ceil(Math.max(0, this.#missing - ROUNDING));
  }

  roomInMs(now: Instant, amount: number): number {
    if (this.hasRoom(now, amount)) return 0;
    if (amount > this.capacity) return Number.POSITIVE_INFINITY;
    return ((this.#missing + amount - this.capacity) / this.limit) * this.#windowMs;
  }

  #refill({ monotonicMs }: Instant): void {
    this.#missing = Math.max(0, this.#missing - ((monotonicMs - this.#atMs) / this.#windowMs) * this.limit);
    this.#atMs = monotonicMs;
  }
}
