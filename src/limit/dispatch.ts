import { AWAKE, type Clock } from '../time/clock';
import { Heap } from '../time/heap';
import type { Moment } from './counter';
import { amountAt, goesBefore, type Lane, type Turnstile, type Waiting } from './lane';
import type { Take } from './permit';

export interface DispatchParts {
  readonly clock: Clock;
  /** The number of a service: whoever has it goes to the end of the round. */
  readonly nextTurn: () => number;
  /** Pauses and ramps that cover a lane's scope now. */
  readonly inScope: (lane: Lane) => readonly Turnstile[];
  /** Looked at before a lane's head: true when it was answered otherwise and is gone. */
  readonly answer: (lane: Lane, head: Waiting) => boolean;
  /** A lane waits for a counter that only an event opens. */
  readonly onHeldUp: (lane: Lane, turnstile: Turnstile) => void;
  readonly onAdmit: (waiting: Waiting, takes: readonly Take[]) => void;
  /** The last call of a lane has left it. */
  readonly onEmpty: (lane: Lane) => void;
}

/**
 * Lets lanes through. A lane waits at one turnstile only: at the one of its counters that opens last. When it opens, the
 * best lane there tries again: it takes from all its counters in the same instant, or from none and waits at another one.
 * So each call costs a few steps in heaps, however many lanes there are.
 */
export class Dispatch {
  readonly #parts: DispatchParts;
  /** Lanes that may try now. */
  readonly #ready = new Heap<Lane>(goesBefore);
  /** Turnstiles with lanes, by the instant at which they open. */
  readonly #alarms = new Heap<Turnstile>((a, b) => a.opensAtMs < b.opensAtMs);
  #alarm: AbortController | null = null;
  #alarmAtMs = Infinity;

  constructor(parts: DispatchParts) {
    this.#parts = parts;
  }

  /** A call has joined its lane. */
  enter(lane: Lane, waiting: Waiting): void {
    lane.turnstiles.forEach((turnstile, at) => {
      turnstile.backlog += amountAt(waiting, at);
    });
    if (lane.count === 1) this.#ready.push(lane);
    else if (lane.at) {
      lane.reorder(lane.at);
      lane.at.lanes.moved(lane);
    }
    this.pump();
  }

  /** A call gave up. */
  abandon(lane: Lane, waiting: Waiting): void {
    this.leave(lane, waiting);
    this.pump();
  }

  /** A call has left its lane, with a permit or without. */
  leave(lane: Lane, waiting: Waiting): void {
    lane.drop(waiting);
    lane.turnstiles.forEach((turnstile, at) => {
      turnstile.backlog -= amountAt(waiting, at);
    });
    if (lane.count === 0) this.#standDown(lane);
  }

  /** Something happened at these turnstiles: their best lanes may try now, and nobody there was due before. */
  wake(turnstiles: Iterable<Turnstile>): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const turnstile of turnstiles) this.#open(turnstile, nowMs);
    this.pump();
  }

  /** Every lane at these turnstiles may try: what they wait for will not come. */
  wakeAll(turnstiles: readonly Turnstile[]): void {
    for (const { lanes } of turnstiles) {
      for (let lane = lanes.pop(); lane; lane = lanes.pop()) {
        lane.at = null;
        this.#ready.push(lane);
      }
    }
    this.pump();
  }

  /** Lets through whatever may go now, and sets the alarm for the next that may. */
  pump(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (let due = this.#alarms.peek(); due && due.opensAtMs <= nowMs; due = this.#alarms.peek()) {
      this.#open(due, -Infinity);
    }
    for (let lane = this.#ready.pop(); lane; lane = this.#ready.pop()) this.#serve(lane, nowMs);
    this.#setAlarm(this.#alarms.peek()?.opensAtMs ?? Infinity, nowMs);
  }

  /** The best lane of a turnstile may try. */
  #open(turnstile: Turnstile, freeSinceMs: number): void {
    const lane = best(turnstile);
    if (!lane) return this.#setOpening(turnstile, Infinity);
    turnstile.lanes.remove(lane);
    lane.at = null;
    lane.freeSinceMs = freeSinceMs;
    this.#ready.push(lane);
    lane.cameFrom = turnstile;
    this.#setOpening(turnstile, Infinity);
  }

  #serve(lane: Lane, nowMs: number): void {
    const from = lane.cameFrom;
    lane.cameFrom = null;
    const waitsAgain = this.#try(lane, nowMs);
    if (from && waitsAgain !== from) this.#reopen(from, nowMs);
  }

  /** Admits the head of a lane, or puts the lane where it has to wait: returns that turnstile. */
  #try(lane: Lane, nowMs: number): Turnstile | null {
    const head = lane.head();
    if (!head || this.#parts.answer(lane, head)) {
      if (lane.count > 0) this.#ready.push(lane);
      return null;
    }
    const turnstiles = [...lane.turnstiles, ...this.#parts.inScope(lane)];
    let last: Turnstile | null = null;
    let opensAtMs = nowMs;
    let dueMs = Math.max(head.askedAtMs, lane.freeSinceMs);
    for (const [at, turnstile] of turnstiles.entries()) {
      const { counter } = turnstile;
      const amount = amountAt(head, at);
      const earliestMs = counter.earliestMs(amount, nowMs);
      if (earliestMs > opensAtMs) {
        opensAtMs = earliestMs;
        last = turnstile;
      }
      dueMs = Math.max(dueMs, counter.dueMs?.(amount, nowMs) ?? earliestMs);
    }
    if (last) return this.#wait(lane, last, opensAtMs);
    this.#admit(lane, head, { turnstiles, moment: { nowMs, dueMs, askedAtMs: head.askedAtMs } });
    return null;
  }

  #wait(lane: Lane, turnstile: Turnstile, opensAtMs: number): Turnstile {
    lane.reorder(turnstile);
    lane.at = turnstile;
    turnstile.lanes.push(lane);
    if (opensAtMs === Infinity) this.#parts.onHeldUp(lane, turnstile);
    else this.#setOpening(turnstile, Math.min(opensAtMs, turnstile.opensAtMs));
    return turnstile;
  }

  #admit(lane: Lane, head: Waiting, on: { turnstiles: readonly Turnstile[]; moment: Moment }): void {
    const takes = on.turnstiles.map(
      (turnstile, at): Take => ({
        turnstile,
        taken: turnstile.counter.take(amountAt(head, at), on.moment),
      }),
    );
    lane.flow.turn = this.#parts.nextTurn();
    this.leave(lane, head);
    lane.turn = lane.flow.turn;
    if (lane.count > 0) this.#ready.push(lane);
    this.#parts.onAdmit(head, takes);
  }

  /** A lane has left a turnstile: the next one there may try, if it is still open. */
  #reopen(turnstile: Turnstile, nowMs: number): void {
    const lane = turnstile.lanes.peek();
    const head = lane?.head();
    if (!lane || !head) return;
    const amount = amountAt(head, lane.turnstiles.indexOf(turnstile));
    const earliestMs = turnstile.counter.earliestMs(amount, nowMs);
    if (earliestMs <= nowMs) this.#open(turnstile, -Infinity);
    else if (earliestMs < Infinity) this.#setOpening(turnstile, Math.min(earliestMs, turnstile.opensAtMs));
    else this.#parts.onHeldUp(lane, turnstile);
  }

  /** The lane has no call left. An alarm that nobody waits for would keep the process from ending. */
  #standDown(lane: Lane): void {
    const { at } = lane;
    if (at) {
      at.lanes.remove(lane);
      lane.at = null;
      if (at.lanes.size === 0) this.#setOpening(at, Infinity);
    } else if (lane.heapIndex >= 0) this.#ready.remove(lane);
    this.#parts.onEmpty(lane);
  }

  #setOpening(turnstile: Turnstile, atMs: number): void {
    turnstile.opensAtMs = atMs;
    const isSet = turnstile.heapIndex >= 0;
    if (atMs === Infinity) {
      if (isSet) this.#alarms.remove(turnstile);
    } else if (isSet) this.#alarms.moved(turnstile);
    else this.#alarms.push(turnstile);
  }

  #setAlarm(atMs: number, nowMs: number): void {
    if (atMs === this.#alarmAtMs) return;
    this.#alarm?.abort(AWAKE);
    this.#alarm = null;
    this.#alarmAtMs = atMs;
    if (atMs === Infinity) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    void this.#parts.clock.sleep(atMs - nowMs, alarm.signal).then(() => {
      if (alarm.signal.aborted) return;
      this.#alarmAtMs = Infinity;
      this.pump();
    });
  }
}

/** The lane that goes first at a turnstile. The order of a lane is brought up to date when it comes to the front. */
function best(turnstile: Turnstile): Lane | undefined {
  for (;;) {
    const lane = turnstile.lanes.peek();
    if (!lane?.reorder(turnstile)) return lane;
    turnstile.lanes.moved(lane);
  }
}
