import type { Costs } from '../job/cost';
import { PAUSE_MS_MAX } from '../job/outcome';
import type { Reading } from '../job/reading';
import type { Scope } from '../job/scope';
import type { Clock } from '../time/clock';
import { WallRange } from '../time/wall-range';
import { AbortGroups } from './abort-group';
import type { Admitted, Permit } from './admitted';
import { amountOn, type Draw, perWindow } from './budget';
import { Dispatch } from './dispatch';
import { InFlight } from './in-flight';
import { amountAt, type Lane, Turnstile, type Waiting } from './lane';
import { Lanes } from './lanes';
import type { Learned, LearnedFilter } from './learned';
import { Pace } from './pace';
import { CountedPermit, type Take } from './permit';
import { type QuotaClock, QuotaWindows } from './quota';
import { QuotaCounter } from './quota-counter';
import { type QuotaSource, Refill } from './refill';
import { Stops } from './stops';
import { Turnstiles } from './turnstiles';

export interface AdmissionOptions {
  readonly clock: Clock;
  /** Instant of the monotonic clock at which every short window counts as full: after an unclean stop, its start. */
  readonly fullAtMs: number;
  /**
   * Calls in flight, all budgets apart: the places of the queue behind the admission. Whoever waited there would leave
   * together with others, and more at once than its windows allow. Default no such bound.
   */
  readonly callsInFlightMax?: number;
  /** In what is learned. */
  readonly platform?: string;
  /** What earlier processes learned. */
  readonly learned?: readonly Learned[];
  /** The latest instant that an earlier process has seen on the wall clock, epoch ms. Default none. */
  readonly seenAtMs?: number | undefined;
  /** For budgets of the ledger; without it there must be none. */
  readonly quota?: QuotaClock & QuotaSource;
}

export interface AdmissionRequest {
  readonly scope: Scope;
  readonly draws: readonly Draw[];
  /** In units other than calls, as estimated. */
  readonly costs?: Costs;
  /** Whose call it is: flows take turns. Usually the partition. */
  readonly flow?: string;
  /** 0 to 9, lower goes first. Default 5. */
  readonly priority?: number;
  readonly signal: AbortSignal;
}

/** How long a call would wait, and for what. */
export interface Wait {
  /** Infinity when only an event can tell: a call that ends. */
  readonly waitMs: number;
  /** A budget's name, `pause`, `probe` or `places in flight`; null when it may go at once. */
  readonly because: string | null;
}

/** What the platform said when it refused as too fast. */
export interface TooFast {
  readonly scope: Scope;
  readonly forMs: number;
  /** The limit that it named, per second. */
  readonly perSecond?: number | undefined;
  /** Of a limit over all callers, that no budget of ours describes. */
  readonly isHidden?: boolean | undefined;
  readonly reason: string;
}

/** One more or less is a matter of when each side looks. */
const STRANGERS_MIN = 2;

/**
 * Admits the calls of one platform. A call goes when every budget that it draws on admits it at the same instant; until
 * then it holds capacity in none, and waits in a lane with calls of the same partition that draw on the same counters.
 */
export class Admission {
  readonly #clock: Clock;
  readonly #dispatch: Dispatch;
  readonly #turnstiles: Turnstiles;
  readonly #refill: Refill | null;
  readonly #source: QuotaSource | null;
  readonly #wall: WallRange;
  readonly #places: Turnstile;
  readonly #aborts = new AbortGroups<Waiting>((waiting) => {
    waiting.resolve({ kind: 'aborted' });
    this.#dispatch.abandon(waiting.lane, waiting);
  });
  readonly #lanes = new Lanes();
  readonly #stops: Stops;

  constructor(options: AdmissionOptions) {
    const { clock, fullAtMs, callsInFlightMax = Infinity, platform = '', learned = [], quota } = options;
    this.#clock = clock;
    this.#stops = new Stops(clock);
    this.#wall = new WallRange(clock, options.seenAtMs);
    this.#source = quota ?? null;
    this.#places = new Turnstile(new InFlight(callsInFlightMax), 'places in flight');
    this.#turnstiles = new Turnstiles({
      clock,
      platform,
      fullAtMs,
      learned,
      windows: quota ? new QuotaWindows(quota) : null,
      wallRange: () => this.#wall.now(),
      onRoom: (turnstile) => this.#dispatch.wake([turnstile]),
    });
    this.#dispatch = new Dispatch({
      clock,
      inScope: ({ scope }) => this.#stops.covering(scope),
      nextTurn: () => this.#lanes.nextTurn(),
      answer: (lane, head) => this.#answerSpent(lane, head),
      onHeldUp: (lane, { counter }) => {
        if (counter instanceof QuotaCounter) this.#refill?.fill(lane);
      },
      onAdmit: (waiting, takes) => this.#admitted(waiting, takes),
      onEmpty: (lane) => this.#lanes.drop(lane),
    });
    this.#refill = quota
      ? new Refill({
          clock,
          source: quota,
          wake: (turnstiles) => this.#dispatch.wake(turnstiles),
          wakeAll: (turnstiles) => this.#dispatch.wakeAll(turnstiles),
          evict: (turnstiles, answer) => this.#evict(turnstiles, answer),
        })
      : null;
  }

  /** Resolves when the call may go, when a quota of it is gone, or when the signal aborts; never rejects. */
  admit(request: AdmissionRequest): Promise<Admitted> {
    return new Promise((resolve) => {
      const { signal, costs } = request;
      if (signal.aborted) return resolve({ kind: 'aborted' });
      this.#turnstiles.sweep();
      const lane = this.#lanes.of(request, () => [
        this.#places,
        ...request.draws.map((draw) => this.#turnstiles.of(draw)),
      ]);
      const amounts = costs ? amountsOf(lane, costs) : null;
      const waiting: Waiting = { amounts, askedAtMs: this.#clock.monotonicMs(), resolve, signal, lane, hasLeft: false };
      this.#aborts.add(signal, waiting);
      lane.push(waiting);
      this.#dispatch.enter(lane, waiting);
    });
  }

  /** How long a call would wait if it were asked for now, behind all that waits already. */
  waitOf({ scope, draws, costs = {} }: Pick<AdmissionRequest, 'scope' | 'draws' | 'costs'>): Wait {
    const nowMs = this.#clock.monotonicMs();
    let stop: Wait = { waitMs: 0, because: null };
    for (const { counter, name } of this.#stops.covering(scope)) {
      const waitMs = counter.earliestMs(1, nowMs) - nowMs;
      if (waitMs > stop.waitMs) stop = { waitMs, because: name };
    }
    let wait = stop;
    for (const turnstile of [this.#places, ...draws.map((draw) => this.#turnstiles.of(draw))]) {
      const { counter, name, draw, drainMs } = turnstile;
      if (counter instanceof QuotaCounter) continue; // its permits are a commit away
      const opensInMs = Math.max(0, counter.earliestMs(draw ? amountOn(draw.budget, costs) : 1, nowMs) - nowMs);
      // What waits behind a pause leaves after it.
      const waitMs = Math.max(stop.waitMs, opensInMs) + drainMs;
      if (waitMs > wait.waitMs) wait = { waitMs, because: opensInMs + drainMs > stop.waitMs ? name : stop.because };
    }
    return wait;
  }

  /** Nothing that the scope covers is admitted for so long. A shorter pause never cuts a longer one. */
  pause(scope: Scope, forMs: number): void {
    this.#stops.pause(scope, forMs);
  }

  /** True while a pause covers the scope: what was admitted before it must not leave any more. */
  isPaused(scope: Scope): boolean {
    return this.#stops.isPaused(scope);
  }

  /** What a scope covers goes on with one call as a probe, then with more and more at once. */
  probe(scope: Scope): void {
    this.#stops.ramp(scope);
  }

  /** Lifts every pause, and asks the ledger again for what was spent. */
  lift(): void {
    for (const counter of this.#turnstiles.quotas()) counter.revive();
    this.#dispatch.wake(this.#stops.lift());
  }

  /** The platform refused a call as too fast: its scope pauses at once, and what it teaches is learned. */
  refused(permit: Permit, draws: readonly Draw[], news: TooFast): void {
    this.pause(news.scope, news.forMs);
    for (const turnstile of this.#turnstiles.matching(draws, news.scope)) {
      const learning = this.#turnstiles.learningOf(turnstile);
      if (!learning || !turnstile.draw) continue;
      learning.refused({
        ...permit.stateOf(turnstile.draw.counter),
        sentAtMs: permit.sentAtMs ?? this.#clock.monotonicMs(),
        stated: news.perSecond === undefined ? null : perWindow(turnstile.draw.budget, news.perSecond),
        isHidden: news.isHidden ?? false,
        reason: news.reason,
      });
    }
  }

  /** What a reply says of the short limits: a lower one holds at once, and an empty window pauses its scope. */
  read(draws: readonly Draw[], readings: readonly Reading[]): void {
    for (const reading of readings) {
      const { scope, limit, remaining, resetInMs } = reading;
      const turnstile = this.#turnstiles.told(draws, reading);
      if (!turnstile) continue;
      const learning = this.#turnstiles.learningOf(turnstile);
      if (limit !== null && limit >= 1) learning?.stated(limit, `the platform's headers say ${limit}`);
      if (limit !== null && remaining !== null) this.#noticeStrangers(turnstile, limit - remaining);
      if (remaining === 0 && resetInMs !== null) this.pause(scope, Math.min(resetInMs, PAUSE_MS_MAX));
    }
  }

  /**
   * A reply carried the platform's own time, epoch ms. Where that is near to no clock of ours, the call was counted in windows
   * that it did not draw on: it is taken from them now, for good.
   */
  async heardTime(permit: Pick<Permit, 'sentAtMs' | 'missed'>, platformMs: number): Promise<void> {
    const said = this.#wall.heard({ platformMs, sentAtMs: permit.sentAtMs ?? this.#clock.monotonicMs() });
    if (!said) return;
    // One by one: a window that has nothing left is no reason to leave another as it is.
    for (const missed of permit.missed(said)) await this.#source?.reserve([missed]);
  }

  /** What was learned since the last call and is worth keeping. */
  news(): Learned[] {
    return this.#turnstiles.news();
  }

  forget(filter: LearnedFilter): void {
    this.#dispatch.wake(this.#turnstiles.forget(filter));
  }

  /** Gives the permits at hand back to the ledger. Nothing may be in flight or wait any more. */
  async close(): Promise<void> {
    const unused = [...this.#turnstiles.quotas()].flatMap((counter) => counter.drop('all'));
    if (unused.length > 0) await this.#source?.giveBack(unused);
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#lanes.waiting;
  }

  #admitted(waiting: Waiting, takes: readonly Take[]): void {
    this.#aborts.remove(waiting.signal, waiting);
    const { way } = this.#turnstiles;
    const parts = {
      clock: this.#clock,
      way,
      onRoom: (freed: readonly Turnstile[]) => this.#dispatch.wake(freed),
    };
    waiting.resolve({ kind: 'permit', permit: new CountedPermit(takes, parts) });
  }

  /** The platform counts faster than we send: somebody else draws on the same limit. */
  #noticeStrangers(turnstile: Turnstile, countedByPlatform: number): void {
    const { counter } = turnstile;
    if (!(counter instanceof Pace)) return;
    const nowMs = this.#clock.monotonicMs();
    const strangers = countedByPlatform - counter.used(nowMs);
    if (strangers <= STRANGERS_MIN) return;
    counter.absorb(strangers, nowMs);
    const reason = `the platform counted ${strangers} more than Offpeak sent`;
    this.#turnstiles.learningOf(turnstile)?.noticeStrangers(strangers, reason);
  }

  #answerSpent(lane: Lane, head: Waiting): boolean {
    for (const [at, { counter }] of lane.turnstiles.entries()) {
      const spent = counter instanceof QuotaCounter ? counter.spent(amountAt(head, at)) : null;
      if (!spent) continue;
      // After a step the clock may be past the instant already: what counts is how long it takes at the most.
      const freeAtMs = this.#clock.nowMs() + spent.freeAtMs - this.#wall.now().fromMs;
      this.#answer(lane, head, { kind: 'spent', ...spent, freeAtMs });
      return true;
    }
    return false;
  }

  #evict(turnstiles: readonly Turnstile[], answer: Admitted): void {
    for (const { lanes } of turnstiles) {
      for (const lane of [...lanes.items()])
        for (const waiting of [...lane.calls()]) this.#answer(lane, waiting, answer);
    }
  }

  #answer(lane: Lane, waiting: Waiting, answer: Admitted): void {
    this.#aborts.remove(waiting.signal, waiting);
    this.#dispatch.leave(lane, waiting);
    waiting.resolve(answer);
  }
}

/** Null for one everywhere: most calls are counted as calls only. */
function amountsOf({ turnstiles }: Lane, costs: Costs): number[] | null {
  if (turnstiles.every(({ draw }) => draw?.budget.unit === undefined)) return null;
  return turnstiles.map(({ draw }) => (draw ? amountOn(draw.budget, costs) : 1));
}
