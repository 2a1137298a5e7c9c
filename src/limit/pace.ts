import type { Counter, Moment, Taken } from './counter';
import type { Guard } from './guard';

/** After a stall of this process so much of a window is made up for. */
const CATCH_UP_SHARE = 0.25;
/** What is made up for goes at most so much faster than evenly: sent all at once, it would arrive at no foreseeable time. */
const CATCH_UP_RATE = 3;
/** How late a timer may fire without a call being lost, ms. */
const TIMER_LATE_MS = 4;
/** Calls that may follow each other closer than evenly because other counters held them up. */
const HELD_UP_CALLS = 2;
/** A window that holds this share of its limit is as good as full. */
const NEARLY_FULL = 0.85;

export interface PaceOptions {
  readonly limit: number;
  readonly spanMs: number;
  /** `even` keeps calls apart, `burst` lets them go as soon as the window has room. */
  readonly pacing: 'even' | 'burst';
  readonly guard: Guard;
  /** Instant at which the window counts as full; -Infinity for an empty one. */
  readonly fullAtMs: number;
}

/**
 * A window of `spanMs` wherever it begins. Exact: whatever leaves, no more than `limit` left within the window and its
 * guard before it. It serves fixed windows too, since it holds for every phase. Instants are of the monotonic clock.
 */
export class Pace implements Counter {
  readonly guard: Guard;
  /** In force: the configured one, or a lower one that was learned. */
  limit: number;
  /** Calls of a stall that are made up for, where fewer than usual. */
  catchUpMax: number | null = null;
  readonly #spanMs: number;
  readonly #isEven: boolean;
  readonly #log = new SendLog();
  readonly #fullAtMs: number;
  /** When the next call is due on an even schedule. */
  #evenAtMs = -Infinity;
  /** When it is due at the fastest. */
  #fastAtMs = -Infinity;

  constructor({ limit, spanMs, pacing, guard, fullAtMs }: PaceOptions) {
    this.guard = guard;
    this.#spanMs = spanMs;
    this.#isEven = pacing === 'even';
    this.limit = limit;
    this.#fullAtMs = fullAtMs;
  }

  /** Calls of a stall that are made up for now. */
  get catchUp(): number {
    const usual = Math.max(1, Math.floor(this.limit * CATCH_UP_SHARE));
    return Math.min(usual, this.catchUpMax ?? usual);
  }

  get spacingMs(): number {
    return this.#windowMs / this.limit;
  }

  /** What left within the window. */
  used(nowMs: number): number {
    this.#log.dropUntil(nowMs - this.#windowMs);
    return this.#log.sum;
  }

  /** Others used so much of the window, by what the platform says: it is gone for us too. */
  absorb(amount: number, nowMs: number): void {
    this.#log.push(nowMs, amount);
  }

  dueMs(amount: number, nowMs: number): number {
    this.#log.dropUntil(nowMs - this.#windowMs);
    // What costs more than the whole limit goes when the window is empty.
    const over = this.#log.sum + Math.min(amount, this.limit) - this.limit;
    const opensMs = Math.max(this.#fullAtMs, over > 0 ? this.#log.leftAtMs(over) : -Infinity) + this.#windowMs;
    return this.#isEven ? Math.max(opensMs, this.#evenAtMs) : opensMs;
  }

  earliestMs(amount: number, nowMs: number): number {
    const dueMs = this.dueMs(amount, nowMs);
    return this.#isEven ? Math.max(dueMs, this.#fastAtMs) : dueMs;
  }

  take(amount: number, moment: Moment): Taken {
    const { nowMs } = moment;
    const place = this.#log.push(nowMs, amount);
    const fill = this.#log.sum / this.limit;
    if (fill >= NEARLY_FULL) this.guard.countFull(amount / this.limit, nowMs);
    const shareMs = amount * this.spacingMs;
    this.#evenAtMs = Math.max(this.#evenAtMs, this.#sinceMs(moment)) + shareMs;
    this.#fastAtMs = Math.max(this.#fastAtMs, nowMs - TIMER_LATE_MS) + shareMs / CATCH_UP_RATE;
    return {
      fill,
      isLate: nowMs - moment.dueMs > HELD_UP_CALLS * this.spacingMs,
      sent: (sentAtMs) => this.#log.stamp(place, sentAtMs),
      settle: (spent) => {
        const overMs = (spent - amount) * this.spacingMs;
        this.#evenAtMs += overMs;
        this.#fastAtMs += overMs / CATCH_UP_RATE;
        this.#log.change(place, spent);
      },
    };
  }

  isIdle(nowMs: number): boolean {
    this.#log.dropUntil(nowMs - this.#windowMs);
    return this.#log.sum === 0 && this.#evenAtMs <= nowMs && this.#fullAtMs + this.#windowMs <= nowMs;
  }

  get #windowMs(): number {
    return this.#spanMs + this.guard.ms;
  }

  /**
   * From when on the even schedule counts. It runs on the instants at which calls were due, so that a late timer costs no
   * call; a wait for other counters may be made up for by a few, a stall of this process by more, a rest by none.
   */
  #sinceMs({ nowMs, dueMs, askedAtMs }: Moment): number {
    const heldUpMs = Math.max(askedAtMs, dueMs - HELD_UP_CALLS * this.spacingMs);
    return Math.max(heldUpMs, nowMs - this.#catchUpMs());
  }

  #catchUpMs(): number {
    return (this.catchUp - 1) * this.spacingMs;
  }
}

const LOG_SIZE_FIRST = 4;

/** What left and when, oldest first, with instants that never go back. Grows with what the window really holds. */
class SendLog {
  #atMs = new Float64Array(LOG_SIZE_FIRST);
  #amounts = new Float64Array(LOG_SIZE_FIRST);
  /** Places count up for ever; a place lies at its number modulo the size. */
  #first = 0;
  #end = 0;
  #sum = 0;

  get sum(): number {
    return this.#sum;
  }

  push(atMs: number, amount: number): number {
    if (this.#end - this.#first === this.#atMs.length) this.#grow();
    const place = this.#end;
    const at = this.#index(place);
    this.#atMs[at] = place > this.#first ? Math.max(atMs, this.#at(place - 1)) : atMs;
    this.#amounts[at] = amount;
    this.#end += 1;
    this.#sum += amount;
    return place;
  }

  dropUntil(atMs: number): void {
    while (this.#first < this.#end && this.#at(this.#first) <= atMs) {
      this.#sum -= this.#amounts[this.#index(this.#first)] ?? 0;
      this.#first += 1;
    }
    if (this.#first === this.#end) this.#sum = 0; // fractions must not add up
  }

  /** When the last of the oldest that make up this amount left. */
  leftAtMs(amount: number): number {
    let freed = 0;
    for (let place = this.#first; place < this.#end; place += 1) {
      freed += this.#amounts[this.#index(place)] ?? 0;
      if (freed >= amount) return this.#at(place);
    }
    return this.#first < this.#end ? this.#at(this.#end - 1) : -Infinity;
  }

  /** A call leaves, perhaps later than it was taken: whatever follows it left no earlier. */
  stamp(place: number, atMs: number): void {
    for (let later = Math.max(place, this.#first); later < this.#end && this.#at(later) < atMs; later += 1) {
      this.#atMs[this.#index(later)] = atMs;
    }
  }

  change(place: number, amount: number): void {
    if (place < this.#first) return;
    const at = this.#index(place);
    this.#sum += amount - (this.#amounts[at] ?? 0);
    this.#amounts[at] = amount;
  }

  #at(place: number): number {
    return this.#atMs[this.#index(place)] ?? -Infinity;
  }

  #index(place: number): number {
    return place & (this.#atMs.length - 1); // the size is a power of two
  }

  #grow(): void {
    const atMs = new Float64Array(this.#atMs.length * 2);
    const amounts = new Float64Array(atMs.length);
    for (let place = this.#first; place < this.#end; place += 1) {
      atMs[place & (atMs.length - 1)] = this.#at(place);
      amounts[place & (atMs.length - 1)] = this.#amounts[this.#index(place)] ?? 0;
    }
    this.#atMs = atMs;
    this.#amounts = amounts;
  }
}
