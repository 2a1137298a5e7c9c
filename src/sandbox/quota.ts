import { covers, type Scope, scopeKey } from '../job/scope';
import { type DayRule, type WindowSpan, windowAt } from '../time/window';

export type BudgetName = 'app-day' | 'user-day' | 'api-user-day' | 'api-qps' | 'user-qps' | 'org-qps' | 'org-month';

/** One budget that an arrival draws on. */
export interface Draw {
  readonly budget: BudgetName;
  /** Selects the counter. */
  readonly scope: Scope;
  readonly limit: number;
  readonly per: 'second' | 'day' | 'month';
}

/** The same instant on both clocks, ms: days follow the wall clock, the sliding second the monotonic one. */
export interface Instant {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export interface Usage {
  readonly budget: BudgetName;
  readonly scope: Scope;
  readonly used: number;
  readonly limit: number;
  readonly per: Draw['per'];
}

interface Counter {
  readonly draw: Draw;
  /** Of the civil window that `used` counts; null for a sliding second. */
  windowKey: string | null;
  used: number;
  /** Of the arrivals in the sliding second, monotonic ms, oldest first from `head`. */
  readonly instants: number[];
  head: number;
}

const SECOND_MS = 1_000;
/** Counters kept; beyond it those that count nothing at the moment are dropped. */
const COUNTERS_MAX = 200_000;

/**
 * What the platform counts. A refused arrival draws on nothing: `used` never passes its limit. A sliding second holds the
 * arrivals admitted in the 1000 ms before an instant; one that came exactly 1000 ms ago is no longer in it.
 */
export class Quota {
  readonly #day: DayRule;
  readonly #counters = new Map<string, Counter>();
  readonly #spans = new Map<'day' | 'month', WindowSpan>();

  constructor(day: DayRule) {
    this.#day = day;
  }

  /** Takes one from every budget, or from none: then returns the first, in the order given, that is spent. */
  take(draws: readonly Draw[], now: Instant): Draw | null {
    const counters = draws.map((draw) => this.#counter(draw, now));
    for (const [at, counter] of counters.entries()) {
      const draw = draws[at];
      if (draw && usedOf(counter) >= draw.limit) return draw;
    }
    for (const counter of counters) {
      if (counter.windowKey === null) counter.instants.push(now.monotonicMs);
      else counter.used += 1;
    }
    return null;
  }

  /** Gives back what was used: the owner's "reset today's traffic" button, or a larger package. */
  restore(part: { budget?: BudgetName | undefined; scope: Scope }): void {
    for (const [key, { draw }] of this.#counters) {
      if (part.budget !== undefined && part.budget !== draw.budget) continue;
      if (covers(part.scope, draw.scope)) this.#counters.delete(key);
    }
  }

  /** The counters that are not at zero. */
  usage(now: Instant): Usage[] {
    return [...this.#counters.values()].flatMap((counter) => {
      this.#turnOver(counter, now);
      const used = usedOf(counter);
      const { budget, scope, limit, per } = counter.draw;
      return used === 0 ? [] : [{ budget, scope, used, limit, per }];
    });
  }

  #counter(draw: Draw, now: Instant): Counter {
    const key = `${draw.budget}|${scopeKey(draw.scope)}`;
    let counter = this.#counters.get(key);
    if (!counter) {
      if (this.#counters.size >= COUNTERS_MAX) this.#dropIdle(now);
      counter = { draw, windowKey: null, used: 0, instants: [], head: 0 };
      this.#counters.set(key, counter);
    }
    this.#turnOver(counter, now);
    return counter;
  }

  #turnOver(counter: Counter, now: Instant): void {
    if (counter.draw.per === 'second') {
      slide(counter, now.monotonicMs);
      return;
    }
    const { key } = this.#span(counter.draw.per, now.wallMs);
    // Keys sort by time: a clock that steps back over a reset does not give the day a second time.
    if (counter.windowKey !== null && key <= counter.windowKey) return;
    counter.windowKey = key;
    counter.used = 0;
  }

  #span(unit: 'day' | 'month', nowMs: number): WindowSpan {
    const held = this.#spans.get(unit);
    if (held && nowMs >= held.startMs && nowMs < held.endMs) return held;
    const span = windowAt(this.#day, unit, nowMs);
    this.#spans.set(unit, span);
    return span;
  }

  #dropIdle(now: Instant): void {
    for (const [key, counter] of this.#counters) {
      this.#turnOver(counter, now);
      if (usedOf(counter) === 0) this.#counters.delete(key);
    }
  }
}

function usedOf(counter: Counter): number {
  return counter.windowKey === null ? counter.instants.length - counter.head : counter.used;
}

function slide(counter: Counter, nowMs: number): void {
  const { instants } = counter;
  while (counter.head < instants.length && nowMs - (instants[counter.head] ?? 0) >= SECOND_MS) counter.head += 1;
  if (counter.head < 1_024 && counter.head < instants.length) return;
  instants.splice(0, counter.head);
  counter.head = 0;
}
