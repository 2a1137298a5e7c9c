import { chance } from './chance';

/** Instants spread evenly, with a seeded jitter, over `[startMs, startMs + spanMs)`, in rising order; computed, not stored. */
export class Timeline {
  readonly count: number;
  readonly #seed: string;
  readonly #startMs: number;
  readonly #stepMs: number;

  constructor({ seed, count, startMs, spanMs }: { seed: string; count: number; startMs: number; spanMs: number }) {
    this.#seed = seed;
    this.count = count;
    this.#startMs = startMs;
    this.#stepMs = count === 0 ? 0 : spanMs / count;
  }

  /** Epoch milliseconds of one record. */
  atMs(index: number): number {
    return Math.floor(this.#startMs + (index + chance(this.#seed, `at/${index}`)) * this.#stepMs);
  }

  /** The records of `[beginMs, endMs)`, as indices `[first, end)`. Half-open: adjacent slices share no record. */
  range(beginMs: number, endMs: number): { first: number; end: number } {
    const first = this.#firstFrom(beginMs);
    return { first, end: Math.max(first, this.#firstFrom(endMs)) };
  }

  #firstFrom(ms: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.atMs(middle) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
