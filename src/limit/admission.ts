import { covers, pickScope, SCOPE_NAMES, type Scope, scopeKey } from '../job/scope';
import type { Clock } from '../time/clock';
import type { Budget, Draw } from './budget';
import { GUARD_MS, Pace } from './pace';

/** The right to send one call now. */
export interface Permit {
  /** Stamps the moment at which the call really leaves: call it right before the attempt. */
  sent(): void;
  /** Gives back what is held while a call is in flight. Idempotent. */
  release(): void;
}

export interface AdmissionRequest {
  readonly scope: Scope;
  readonly draws: readonly Draw[];
  readonly signal: AbortSignal;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  /** Instant of the monotonic clock at which every short window counts as full: after an unclean stop, its start. */
  readonly fullAtMs: number;
  readonly guardMs?: number;
  /**
   * Calls in flight, all budgets apart: the places of the queue behind the admission. Whoever waited there would leave
   * together with others, and more at once than its windows allow. Default no such bound.
   */
  readonly callsInFlightMax?: number;
}

/** Lanes are looked through in turn, so this bounds the work of one wake-up. */
const COUNTERS_SWEEP_MIN = 1_000;

/**
 * Admits calls of one platform. A call goes when every short budget that it draws on admits it at the same instant; until
 * then it holds capacity in none, and waits in a lane with the calls of the same scope only: a merchant that is blocked
 * never delays another. Lanes take turns.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #fullAtMs: number;
  readonly #guardMs: number;
  readonly #places: Counter;
  readonly #lanes = new Map<string, Lane>();
  readonly #counters = new Map<string, Counter>();
  readonly #pauses = new Map<string, Pause>();
  #alarm: AbortController | null = null;
  #alarmAtMs = Infinity;
  #sweepAt = COUNTERS_SWEEP_MIN;

  constructor({ clock, fullAtMs, guardMs = GUARD_MS, callsInFlightMax = Infinity }: AdmissionOptions) {
    this.#clock = clock;
    this.#fullAtMs = fullAtMs;
    this.#guardMs = guardMs;
    this.#places = { kind: 'in-flight', limit: callsInFlightMax, taken: 0 };
  }

  /** Resolves with a permit when the call may go, with null when the signal aborted first. */
  admit({ scope, draws, signal }: AdmissionRequest): Promise<Permit | null> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(null);
      const lane = this.#lane(scope, draws);
      const waiting: Waiting = { resolve, signal, onAbort: () => this.#leave(lane, waiting) };
      signal.addEventListener('abort', waiting.onAbort, { once: true });
      lane.waiting.push(waiting);
      this.#pump();
    });
  }

  /** Nothing that the scope covers is admitted for so long. A shorter pause never cuts a longer one. */
  pause(scope: Scope, forMs: number): void {
    const key = scopeKey(scope);
    const untilMs = Math.max(this.#clock.monotonicMs() + forMs, this.#pauses.get(key)?.untilMs ?? 0);
    this.#pauses.set(key, { scope, untilMs });
  }

  /** Lowers every rolling budget that counts exactly these names to the pace that the platform named. */
  learn(draws: readonly Draw[], scope: Scope, perSecond: number): void {
    for (const draw of draws) {
      const { per } = draw.budget;
      if (typeof per !== 'object' || keyInApp(draw.scope) !== keyInApp(scope)) continue;
      const counter = this.#counter(draw);
      if (counter.kind === 'pace') counter.pace.lower((perSecond * per.rollingMs) / 1_000);
    }
  }

  /** Calls that wait. */
  get waiting(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.waiting.length;
    return count;
  }

  #lane(scope: Scope, draws: readonly Draw[]): Lane {
    const key = scopeKey(scope);
    let lane = this.#lanes.get(key);
    if (!lane) {
      const own = draws.filter(({ budget }) => isShort(budget)).map((draw) => this.#counter(draw));
      lane = { key, scope, counters: [this.#places, ...own], waiting: [] };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #counter(draw: Draw): Counter {
    let counter = this.#counters.get(draw.counter);
    if (!counter) {
      this.#sweepCounters();
      counter = this.#newCounter(draw.budget);
      this.#counters.set(draw.counter, counter);
    }
    return counter;
  }

  #newCounter({ limit, per }: Budget): Counter {
    if (typeof per !== 'object') return { kind: 'in-flight', limit, taken: 0 };
    const pace = new Pace({ limit, spanMs: per.rollingMs, guardMs: this.#guardMs, fullAtMs: this.#fullAtMs });
    return { kind: 'pace', pace };
  }

  /** Drops counters that remember nothing, each time that their number has doubled. */
  #sweepCounters(): void {
    if (this.#counters.size < this.#sweepAt) return;
    const nowMs = this.#clock.monotonicMs();
    const inUse = new Set([...this.#lanes.values()].flatMap((lane) => lane.counters));
    for (const [key, counter] of this.#counters) {
      const idle = counter.kind === 'pace' ? counter.pace.isIdle(nowMs) : counter.taken === 0;
      if (idle && !inUse.has(counter)) this.#counters.delete(key);
    }
    this.#sweepAt = Math.max(COUNTERS_SWEEP_MIN, this.#counters.size * 2);
  }

  #leave(lane: Lane, waiting: Waiting): void {
    const at = lane.waiting.indexOf(waiting);
    if (at >= 0) lane.waiting.splice(at, 1);
    if (lane.waiting.length === 0) this.#lanes.delete(lane.key);
    // An alarm that nobody waits for would keep the process from ending.
    if (this.#lanes.size === 0) this.#setAlarm(Infinity, this.#clock.monotonicMs());
    waiting.resolve(null);
  }

  /** Admits whatever may go now, a call a lane and turn, and sets the alarm for the next that may. */
  #pump(): void {
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Infinity;
    let admitted = true;
    while (admitted) {
      admitted = false;
      nextMs = Infinity;
      for (const lane of [...this.#lanes.values()]) {
        const earliestMs = this.#earliestMs(lane, nowMs);
        if (earliestMs > nowMs) nextMs = Math.min(nextMs, earliestMs);
        else admitted = this.#admitFrom(lane, nowMs) || admitted;
      }
    }
    this.#setAlarm(nextMs, nowMs);
  }

  #earliestMs(lane: Lane, nowMs: number): number {
    let earliestMs = nowMs;
    for (const counter of lane.counters) {
      const openMs =
        counter.kind === 'pace' ? counter.pace.earliestMs() : counter.taken < counter.limit ? nowMs : Infinity;
      earliestMs = Math.max(earliestMs, openMs);
    }
    for (const [key, pause] of this.#pauses) {
      if (pause.untilMs <= nowMs) this.#pauses.delete(key);
      else if (covers(pause.scope, lane.scope)) earliestMs = Math.max(earliestMs, pause.untilMs);
    }
    return earliestMs;
  }

  #admitFrom(lane: Lane, nowMs: number): boolean {
    const waiting = lane.waiting.shift();
    this.#lanes.delete(lane.key);
    if (!waiting) return false;
    if (lane.waiting.length > 0) this.#lanes.set(lane.key, lane); // to the end of the round
    waiting.signal.removeEventListener('abort', waiting.onAbort);
    waiting.resolve(this.#take(lane.counters, nowMs));
    return true;
  }

  #take(counters: readonly Counter[], nowMs: number): Permit {
    const places = counters.map((counter) =>
      counter.kind === 'pace' ? counter.pace.take(nowMs) : (counter.taken += 1),
    );
    let released = false;
    return {
      sent: () => {
        const sentAtMs = this.#clock.monotonicMs();
        counters.forEach((counter, at) => {
          if (counter.kind === 'pace') counter.pace.restamp(places[at] ?? 0, sentAtMs);
        });
      },
      release: () => {
        if (released) return;
        released = true;
        for (const counter of counters) if (counter.kind === 'in-flight') counter.taken -= 1;
        this.#pump();
      },
    };
  }

  #setAlarm(atMs: number, nowMs: number): void {
    if (atMs === this.#alarmAtMs) return;
    this.#alarm?.abort();
    this.#alarm = null;
    this.#alarmAtMs = atMs;
    if (atMs === Infinity) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    void this.#clock.sleep(atMs - nowMs, alarm.signal).then(() => {
      if (alarm.signal.aborted) return;
      this.#alarmAtMs = Infinity;
      this.#pump();
    });
  }
}

/** All calls here are of one app: whether a scope names it or not, it counts the same calls. */
function keyInApp(scope: Scope): string {
  return scopeKey(pickScope(scope, NAMES_IN_APP));
}

const NAMES_IN_APP = SCOPE_NAMES.filter((name) => name !== 'app');

function isShort(budget: Budget): boolean {
  return budget.per === 'in-flight' || typeof budget.per === 'object';
}

type Counter =
  | { readonly kind: 'pace'; readonly pace: Pace }
  | { readonly kind: 'in-flight'; readonly limit: number; taken: number };

interface Lane {
  readonly key: string;
  readonly scope: Scope;
  readonly counters: readonly Counter[];
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly resolve: (permit: Permit | null) => void;
  readonly signal: AbortSignal;
  readonly onAbort: () => void;
}

interface Pause {
  readonly scope: Scope;
  readonly untilMs: number;
}
