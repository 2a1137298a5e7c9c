import type { Reading } from '../job/reading';
import { keyInApp, type Scope, scopeKey } from '../job/scope';
import type { Clock } from '../time/clock';
import type { InstantRange } from '../time/wall-range';
import { Bucket } from './bucket';
import { type Budget, type Draw, isShort, spanMsOf } from './budget';
import { Guard, Way } from './guard';
import { InFlight } from './in-flight';
import { Turnstile } from './lane';
import type { Learned, LearnedFilter } from './learned';
import { Learning } from './learning';
import { Pace } from './pace';
import type { QuotaWindows } from './quota';
import { QuotaCounter } from './quota-counter';

/** Counters kept before those that remember nothing are looked for. */
const SWEEP_MIN = 1_000;

export interface TurnstilesParts {
  readonly clock: Clock;
  /** In what is learned. */
  readonly platform: string;
  /** Instant of the monotonic clock at which every short window counts as full: after an unclean stop, its start. */
  readonly fullAtMs: number;
  readonly learned: readonly Learned[];
  readonly windows: QuotaWindows | null;
  readonly wallRange: () => InstantRange;
  /** A counter of the ledger got permits back. */
  readonly onRoom: (turnstile: Turnstile) => void;
}

/** The counters of one platform, each with its turnstile: made when a call first draws on them, dropped when idle. */
export class Turnstiles {
  readonly way = new Way();
  readonly #parts: TurnstilesParts;
  readonly #turnstiles = new Map<string, Turnstile>();
  /** What was learned of counters that no call has drawn on yet. */
  readonly #learned = new Map<string, Learned>();
  readonly #news = new Set<Turnstile>();
  #sweepAt = SWEEP_MIN;

  constructor(parts: TurnstilesParts) {
    this.#parts = parts;
    for (const row of parts.learned) this.#learned.set(`${row.budget}|${row.scopeKey}`, row);
  }

  of(draw: Draw): Turnstile {
    let turnstile = this.#turnstiles.get(draw.counter);
    if (!turnstile) {
      turnstile = isShort(draw.budget) ? this.#short(draw) : this.#durable(draw);
      this.#turnstiles.set(draw.counter, turnstile);
    }
    return turnstile;
  }

  /**
   * Drops counters that remember nothing, each time that their number has doubled. Never while a lane is put together: it
   * would keep one that others do not find any more.
   */
  sweep(): void {
    if (this.#turnstiles.size < this.#sweepAt) return;
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [key, { counter, lanesOf, learning }] of this.#turnstiles) {
      if (counter.isIdle(nowMs) && lanesOf === 0 && !learning) this.#turnstiles.delete(key);
    }
    this.#sweepAt = Math.max(SWEEP_MIN, this.#turnstiles.size * 2);
  }

  /** The turnstiles among these draws whose counter counts exactly these names. */
  matching(draws: readonly Draw[], scope: Scope): Turnstile[] {
    const key = keyInApp(scope);
    return draws.filter((draw) => keyInApp(draw.scope) === key).map((draw) => this.of(draw));
  }

  /** The short counter that a reading is of; null when none is, or when it may be any of several. */
  told(draws: readonly Draw[], { scope, unit, windowMs }: Reading): Turnstile | null {
    const key = keyInApp(scope);
    const alike = draws.filter(
      ({ budget, scope: own }) =>
        keyInApp(own) === key && budget.unit === unit && isShort(budget) && fits(budget, windowMs),
    );
    // With and without the app's name the same calls are counted, but perhaps to another limit.
    const exact = alike.filter(({ scope: own }) => scopeKey(own) === scopeKey(scope));
    const fitting = exact.length > 0 ? exact : alike;
    const [only] = fitting;
    return only && fitting.length === 1 ? this.of(only) : null;
  }

  /** The learning of a short counter that has a rate; null for others. */
  learningOf(turnstile: Turnstile): Learning | null {
    const { draw, counter } = turnstile;
    if (!draw || !(counter instanceof Pace || counter instanceof Bucket)) return null;
    const { clock } = this.#parts;
    turnstile.learning ??= new Learning({
      draw,
      counter,
      monotonicMs: () => clock.monotonicMs(),
      wallMs: () => clock.nowMs(),
      onNews: () => this.#news.add(turnstile),
    });
    return turnstile.learning;
  }

  /** What has changed since the last call and is worth keeping. */
  news(): Learned[] {
    if (this.#news.size === 0) return [];
    const { platform } = this.#parts;
    const news = [...this.#news].flatMap(({ learning, draw }) =>
      learning && draw ? [learning.toLearned(platform, scopeKey(draw.scope))] : [],
    );
    this.#news.clear();
    return news;
  }

  /** Forgets what was learned of these counters: they start anew, as if full. */
  forget({ budget, scopeKey: scope }: LearnedFilter): Turnstile[] {
    for (const [key, row] of this.#learned) {
      if ((budget ?? row.budget) === row.budget && (scope ?? row.scopeKey) === row.scopeKey) this.#learned.delete(key);
    }
    const changed: Turnstile[] = [];
    for (const turnstile of this.#turnstiles.values()) {
      const { draw, learning, counter } = turnstile;
      if (!draw || !learning || !(counter instanceof Pace || counter instanceof Bucket)) continue;
      if ((budget ?? draw.budget.name) !== draw.budget.name) continue;
      if (scope !== undefined && scope !== scopeKey(draw.scope)) continue;
      counter.limit = draw.budget.limit;
      counter.guard.reset();
      if (counter instanceof Pace) counter.catchUpMax = null;
      turnstile.learning = null;
      this.#news.delete(turnstile);
      changed.push(turnstile);
    }
    return changed;
  }

  /** The counters of the ledger. */
  *quotas(): Generator<QuotaCounter> {
    for (const { counter } of this.#turnstiles.values()) if (counter instanceof QuotaCounter) yield counter;
  }

  #short(draw: Draw): Turnstile {
    const { budget } = draw;
    if (budget.per === 'in-flight') return new Turnstile(new InFlight(budget.limit), budget.name, draw);
    const turnstile = new Turnstile(this.#rated(budget), budget.name, draw);
    const learned = this.#learned.get(`${budget.name}|${scopeKey(draw.scope)}`);
    if (learned) this.learningOf(turnstile)?.restore(learned);
    return turnstile;
  }

  #rated({ limit, per, pacing = 'even', guardMs }: Budget): Pace | Bucket {
    const { fullAtMs } = this.#parts;
    const spanMs = spanMsOf(per);
    if (spanMs === null) throw new TypeError('not a short window');
    const guard = new Guard({ spanMs, fixedMs: guardMs, way: this.way });
    if (typeof per === 'object' && 'bucketMs' in per) {
      return new Bucket({ limit, spanMs, burst: per.burst, guard, fullAtMs });
    }
    // Wherever the platform's fixed windows begin, a rolling one of the same length keeps to them.
    return new Pace({ limit, spanMs, pacing, guard, fullAtMs });
  }

  #durable(draw: Draw): Turnstile {
    const { windows, wallRange, onRoom } = this.#parts;
    if (!windows) throw new TypeError(`${draw.budget.name} needs a ledger`);
    const onPermits = (): void => onRoom(turnstile);
    const counter = new QuotaCounter({ draw, windows, now: wallRange, onRoom: onPermits });
    const turnstile: Turnstile = new Turnstile(counter, draw.budget.name, draw);
    return turnstile;
  }
}

/** A window that the platform does not state may be any, but not the places in flight. */
function fits({ per }: Budget, windowMs: number | null): boolean {
  const spanMs = spanMsOf(per);
  return spanMs !== null && (windowMs ?? spanMs) === spanMs;
}
