import { z } from 'zod';

/** The same instant on both clocks, ms: days and fixed seconds follow the wall clock, the others the monotonic one. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Counts the arrivals that one limit admitted. */
export interface Counter {
  hasRoom(now: Instant): boolean;
  /** Takes one; only where there is room. */
  take(now: Instant): void;
  /** What is in use at the moment: 0 means that forgetting the counter changes nothing. */
  used(now: Instant): number;
}

/** How a limit of so many calls a second is counted. */
export const counterKind = z.discriminatedUnion('kind', [
  /** The 1000 ms before each arrival. */
  z.strictObject({ kind: z.literal('sliding') }),
  /** The seconds of the clock: up to twice the limit may pass within a second that lies across two of them. */
  z.strictObject({ kind: z.literal('fixed') }),
  /** A token bucket that is refilled evenly and holds `burst` calls; nginx's `limit_req` with a `burst` of one less. */
  z.strictObject({ kind: z.literal('bucket'), burst: z.int().positive().max(1_000_000) }),
]);
export type CounterKind = z.output<typeof counterKind>;

const SECOND_MS = 1_000;
/** Of a call: what rounding may take away from a bucket that is refilled in small steps. */
const ROUNDING = 1e-6;

export function counterOf(kind: CounterKind, perSecond: number): Counter {
  switch (kind.kind) {
    case 'sliding':
      return new SlidingSecond(perSecond);
    case 'fixed':
      return new FixedSecond(perSecond);
    case 'bucket':
      return new Bucket(perSecond, kind.burst);
  }
}

/** Holds the arrivals admitted in the 1000 ms before an instant; one that came exactly 1000 ms ago is no longer in it. */
class SlidingSecond implements Counter {
  readonly #limit: number;
  /** Monotonic ms, oldest first from `#head`. */
  readonly #instants: number[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  hasRoom(now: Instant): boolean {
    return this.used(now) < this.#limit;
  }

  take({ monotonicMs }: Instant): void {
    this.#instants.push(monotonicMs);
  }

  used({ monotonicMs }: Instant): number {
    const instants = this.#instants;
    while (this.#head < instants.length && monotonicMs - (instants[this.#head] ?? 0) >= SECOND_MS) this.#head += 1;
    if (this.#head >= 1_024 || this.#head === instants.length) {
      instants.splice(0, this.#head);
      this.#head = 0;
    }
    return instants.length - this.#head;
  }
}

/** Counts each second of the wall clock by itself. */
class FixedSecond implements Counter {
  readonly #limit: number;
  #second = -Infinity;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  hasRoom(now: Instant): boolean {
    return this.used(now) < this.#limit;
  }

  take(): void {
    this.#used += 1;
  }

  used({ wallMs }: Instant): number {
    const second = Math.floor(wallMs / SECOND_MS);
    if (second !== this.#second) {
      this.#second = second;
      this.#used = 0;
    }
    return this.#used;
  }
}

/** Full at the beginning; holds fractions of a call, but gives whole ones only. */
class Bucket implements Counter {
  readonly #perSecond: number;
  readonly #burst: number;
  /** Calls that left and were not yet refilled, at `#atMs`. */
  #missing = 0;
  #atMs = -Infinity;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  hasRoom(now: Instant): boolean {
    this.#refill(now);
    return this.#missing + 1 <= this.#burst + ROUNDING;
  }

  take(): void {
    this.#missing += 1;
  }

  used(now: Instant): number {
    this.#refill(now);
    return Math.ceil(Math.max(0, this.#missing - ROUNDING));
  }

  #refill({ monotonicMs }: Instant): void {
    this.#missing = Math.max(0, this.#missing - ((monotonicMs - this.#atMs) / SECOND_MS) * this.#perSecond);
    this.#atMs = monotonicMs;
  }
}
