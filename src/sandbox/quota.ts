import { covers, type Scope, scopeKey } from '../job/scope';
import { type DayRule, type WindowSpan, windowAt } from '../time/window';
import { type Counter, type CounterKind, counterOf, type Instant } from './counter';

/** One budget that an arrival draws on. */
export interface Draw<Budget extends string = string> {
  readonly budget: Budget;
  /** Selects the counter. */
  readonly scope: Scope;
  /** Another one than before takes effect at once, on what is already counted. */
  readonly limit: number;
  readonly per: Period;
  /** Calls, or units such as tokens, in whole numbers; default 1. One above what the counter holds is always refused. */
  readonly amount?: number;
}

/** `in-flight`: taken by the arrival and held until it is given back, which `ended` of its answer is for. */
type Period = 'second' | 'day' | 'month' | 'in-flight' | WindowPeriod;

interface WindowPeriod {
  readonly windowMs: number;
  /** Left out, the one of the whole sandbox, whose burst is meant for calls a second: say it for longer windows and units. */
  readonly counter?: CounterKind;
}

/** How one counter stands, for replies that tell. */
export interface Standing {
  readonly used: number;
  readonly left: number;
  /** Until the amount of the draw has room, ms, if nothing else comes; Infinity when time alone does not bring it. */
  readonly roomInMs: number;
  /** Until nothing is in use, ms, if nothing else comes. */
  readonly fullInMs: number;
}

export interface Usage {
  readonly budget: string;
  readonly scope: Scope;
  /** In the day, month or window, or in flight; of a bucket, what is missing from it. */
  readonly used: number;
  readonly limit: number;
  readonly per: Period;
}

/** Counters kept; beyond it those that count nothing at the moment are dropped. */
const COUNTERS_MAX = 200_000;

interface Held {
  readonly draw: Draw;
  readonly counter: Counter;
}

/** What the platform counts. A refused arrival draws on nothing: `used` never passes its limit. */
export class Quota {
  readonly #day: DayRule;
  readonly #kind: CounterKind;
  readonly #counters = new Map<string, Held>();
  readonly #spans = new Map<'day' | 'month', WindowSpan>();

  constructor(day: DayRule, kind: CounterKind) {
    this.#day = day;
    this.#kind = kind;
  }

  /** Takes its amount from every budget, or nothing from any: then returns the first, in the order given, that is spent. */
  take<Budget extends string>(draws: readonly Draw<Budget>[], now: Instant): Draw<Budget> | null {
    const counters = draws.map((draw) => this.#counter(draw, now));
    const spent = counters.findIndex((counter, n) => !counter.hasRoom(now, draws[n]?.amount));
    if (spent >= 0) return draws[spent] ?? null;
    for (const [n, counter] of counters.entries()) counter.take(now, draws[n]?.amount);
    return null;
  }

  /** The call that took these draws is over: what it held in flight is free again. Nothing to call after a refusal. */
  giveBack(draws: readonly Draw[]): void {
    for (const draw of draws) {
      const counter = this.#counters.get(keyOf(draw))?.counter;
      if (counter instanceof InFlight) counter.giveBack(draw.amount);
    }
  }

  standing(draw: Draw, now: Instant): Standing {
    const counter = this.#counter(draw, now);
    const used = counter.used(now);
    const roomInMs = counter.roomInMs(now, draw.amount ?? 1);
    const left = Math.max(0, counter.capacity - used);
    return { used, left, roomInMs, fullInMs: counter.roomInMs(now, counter.capacity) };
  }

  /** Gives back what was used: the owner's "reset today's traffic" button, or a larger package. Calls in flight stay so. */
  restore(part: { budget?: string | undefined; scope: Scope }): void {
    for (const [key, { draw }] of this.#counters) {
      if (part.budget !== undefined && part.budget !== draw.budget) continue;
      if (draw.per !== 'in-flight' && covers(part.scope, draw.scope)) this.#counters.delete(key);
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
    const key = keyOf(draw);
    const held = this.#counters.get(key);
    if (held?.draw.limit === draw.limit) return held.counter;
    if (!held && this.#counters.size >= COUNTERS_MAX) this.#dropIdle(now);
    const counter = held?.counter ?? this.#newCounter(draw);
    counter.limit = draw.limit;
    this.#counters.set(key, { draw, counter });
    return counter;
  }

  #newCounter({ per, limit }: Draw): Counter {
    if (per === 'second') return counterOf(this.#kind, limit);
    if (per === 'in-flight') return new InFlight(limit);
    if (typeof per === 'object') return counterOf(per.counter ?? this.#kind, limit, per.windowMs);
    return new CivilCounter(limit, ({ wallMs }) => this.#span(per, wallMs));
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

/** A budget counts each window by itself: one that is changed to another begins anew. */
function keyOf({ budget, per, scope }: Draw): string {
  return `${budget}|${typeof per === 'object' ? per.windowMs : per}|${scopeKey(scope)}`;
}

/** A quota day or month. */
class CivilCounter implements Counter {
  limit: number;
  readonly #spanAt: (now: Instant) => WindowSpan;
  #key = '';
  #used = 0;

  constructor(limit: number, spanAt: (now: Instant) => WindowSpan) {
    this.limit = limit;
    this.#spanAt = spanAt;
  }

  get capacity(): number {
    return this.limit;
  }

  hasRoom(now: Instant, amount = 1): boolean {
    return this.used(now) + amount <= this.limit;
  }

  take(_now: Instant, amount = 1): void {
    this.#used += amount;
  }

  used(now: Instant): number {
    const { key } = this.#spanAt(now);
    // Keys sort by time: a clock that steps back over a reset does not give the day a second time.
    if (key > this.#key) {
      this.#key = key;
      this.#used = 0;
    }
    return this.#used;
  }

  roomInMs(now: Instant, amount: number): number {
    if (this.hasRoom(now, amount)) return 0;
    return amount > this.limit ? Number.POSITIVE_INFINITY : this.#spanAt(now).endMs - now.wallMs;
  }
}

/** Calls that arrived and are not over. */
class InFlight implements Counter {
  limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get capacity(): number {
    return this.limit;
  }

  hasRoom(_now: Instant, amount = 1): boolean {
    return this.#used + amount <= this.limit;
  }

  take(_now: Instant, amount = 1): void {
    this.#used += amount;
  }

  giveBack(amount = 1): void {
    this.#used -= amount;
  }

  used(): number {
    return this.#used;
  }

  roomInMs(now: Instant, amount: number): number {
    return this.hasRoom(now, amount) ? 0 : Number.POSITIVE_INFINITY;
  }
}
