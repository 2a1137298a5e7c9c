import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from './clock';
import { Heap, type HeapItem } from './heap';

/** A clock that stands still until it is moved: a month passes in seconds, in the same order every time. */
export interface VirtualClock extends Clock {
  /** Moves both clocks on, waking every sleeper at its own instant, in order; settles after each. */
  advance(ms: number): Promise<void>;
  /** `advance` to an instant of the wall clock; one that has passed moves nothing. Stays where `wakesMax` wake-ups end. */
  advanceTo(atMs: number, wakesMax?: number): Promise<void>;
  /** Moves to the next sleeper, wakes it, and settles. False when nobody sleeps towards an instant. */
  wakeNext(): Promise<boolean>;
  /** The wall clock jumps (forward or back) and nobody wakes: what NTP or an operator does. */
  step(ms: number): void;
  /** Who is asleep. */
  readonly sleeping: number;
  /** The wall instant at which the next sleeper wakes; null when nobody sleeps. */
  readonly nextWakeAtMs: number | null;
}

interface Sleeper extends HeapItem {
  /** On the monotonic clock. */
  readonly wakeAtMs: number;
  readonly order: number;
  wake(): void;
}

/** Both clocks count from different zeros, so that mixing them up shows. */
const MONOTONIC_START_MS = 5_000_000;

/**
 * Time moves only when everything that could run has run. That holds as long as nothing waits for the world outside: a
 * file or a socket takes turns of the event loop that this clock does not wait for.
 */
export function virtualClock(startMs: number): VirtualClock {
  return new SleeperClock(startMs);
}

class SleeperClock implements VirtualClock {
  readonly #sleepers = new Heap<Sleeper>((a, b) =>
    a.wakeAtMs === b.wakeAtMs ? a.order < b.order : a.wakeAtMs < b.wakeAtMs,
  );
  #wallMs: number;
  #monotonicMs = MONOTONIC_START_MS;
  #order = 0;

  constructor(startMs: number) {
    this.#wallMs = startMs;
  }

  nowMs(): number {
    return Math.floor(this.#wallMs); // whole, as Date.now() is
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    if (durationMs <= 0 || signal?.aborted) return settle();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        if (sleeper.heapIndex >= 0) this.#sleepers.remove(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const wakeAtMs = this.#monotonicMs + durationMs;
      const sleeper: Sleeper = { wakeAtMs, order: (this.#order += 1), heapIndex: -1, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  async advance(ms: number, wakesMax = Infinity): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await settle();
    for (let wakes = 0; (this.#sleepers.peek()?.wakeAtMs ?? Infinity) <= untilMs; wakes += 1) {
      if (wakes >= wakesMax) return;
      await this.wakeNext();
    }
    this.#moveTo(untilMs);
    await settle();
  }

  advanceTo(atMs: number, wakesMax = Infinity): Promise<void> {
    return this.advance(Math.max(0, atMs - this.#wallMs), wakesMax);
  }

  async wakeNext(): Promise<boolean> {
    const sleeper = this.#sleepers.peek();
    if (!sleeper || sleeper.wakeAtMs === Infinity) return false;
    this.#moveTo(sleeper.wakeAtMs);
    sleeper.wake();
    await settle();
    return true;
  }

  step(ms: number): void {
    this.#wallMs += ms;
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  get nextWakeAtMs(): number | null {
    const sleeper = this.#sleepers.peek();
    return sleeper ? this.#wallMs + (sleeper.wakeAtMs - this.#monotonicMs) : null;
  }

  #moveTo(atMs: number): void {
    this.#wallMs += Math.max(0, atMs - this.#monotonicMs);
    this.#monotonicMs = Math.max(this.#monotonicMs, atMs);
  }
}

/** One turn of the event loop: every promise that could settle has settled. */
function settle(): Promise<void> {
  return turn();
}
