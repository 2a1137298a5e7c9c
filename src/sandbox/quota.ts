import { covers, type Scope, scopeKey } from '../job/scope';
import { type DayRule, type WindowSpan, windowAt } from '../time/window';
import { type Counter, type CounterKind, counterOf, type Instant } from './counter';

export type BudgetName = 'app-day' | 'user-day' | 'api-user-day' | 'api-qps' | 'user-qps' | 'org-qps' | 'org-month';

/** One budget that an arrival draws on. */
export interface Draw {
  readonly budget: BudgetName;
  /** Selects the counter. */
  readonly scope: Scope;
  readonly limit: number;
  readonly per: 'second' | 'day' | 'month';
}

export interface Usage {
  readonly budget: BudgetName;
  readonly scope: Scope;
  /** In the day or month, or in the second; of a bucket, what is missing from it. */
  readonly used: number;
  readonly limit: number;
  readonly per: Draw['per'];
}

/** Counters kept; beyond it those that count nothing at the moment are dropped. */
const COUNTERS_MAX = 200_000;

/** What the platform counts. A refused arrival draws on nothing: `used` never passes its limit. */
export class Quota {
  readonly #day: DayRule;
  readonly #perSecond: CounterKind;
  readonly #counters = new Map<string, { readonly draw: Draw; readonly counter: Counter }>();
  readonly #spans = new Map<'day' | 'month', WindowSpan>();

  constructor(day: DayRule, perSecond: CounterKind) {
    this.#day = day;
    this.#perSecond = perSecond;
  }

  /** Takes one from every budget, or from none: then returns the first, in the order given, that is spent. */
  take(draws: readonly Draw[], now: Instant): Draw | null {
    const counters = draws.map((draw) => this.#counter(draw, now));
    const spent = counters.findIndex((counter) => !counter.hasRoom(now));
    if (spent >= 0) return draws[spent] ?? null;
    for (const counter of counters) counter.take(now);
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
    return [...this.#counters.values()].flatMap(({ draw, counter }) => {
      const used = counter.used(now);
      const { budget, scope, limit, per } = draw;
      return used === 0 ? [] : [{ budget, scope, used, limit, per }];
    });
  }

  #counter(draw: Draw, now: Instant): Counter {
    const key = `${draw.budget}|${scopeKey(draw.scope)}`;
    const held = this.#counters.get(key);
    if (held) return held.counter;
    if (this.#counters.size >= COUNTERS_MAX) this.#dropIdle(now);
    const counter = this.#newCounter(draw);
    this.#counters.set(key, { draw, counter });
    return counter;
  }

  #newCounter({ per, limit }: Draw): Counter {
    if (per === 'second') return counterOf(this.#perSecond, limit);
    return new CivilCounter(limit, ({ wallMs }) => this.#span(per, wallMs).key);
  }

  #span(unit: 'day' | 'month', nowMs: number): WindowSpan {
    const held = this.#spans.get(unit);
    if (held && nowMs >= held.startMs && nowMs < held.endMs) return held;
    const span = windowAt(this.#day, unit, nowMs);
    this.#spans.set(unit, span);
    return span;
  }

  #dropIdle(now: Instant): void {
    for (const [key, { counter }] of this.#counters) if (counter.used(now) === 0) this.#counters.delete(key);
  }
}

/** A quota day or month. */
class CivilCounter implements Counter {
  readonly #limit: number;
  readonly #keyAt: (now: Instant) => string;
  #key = '';
  #used = 0;

  constructor(limit: number, keyAt: (now: Instant) => string) {
    this.#limit = limit;
    this.#keyAt = keyAt;
  }

  hasRoom(now: Instant): boolean {
    return this.used(now) < this.#limit;
  }

  take(): void {
    this.#used += 1;
  }

  used(now: Instant): number {
    const key = this.#keyAt(now);
    // Keys sort by time: a clock that steps back over a reset does not give the day a second time.
    if (key > this.#key) {
      this.#key = key;
      this.#used = 0;
    }
    return this.#used;
  }
}
