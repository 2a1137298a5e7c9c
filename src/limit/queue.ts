import Bottleneck from 'bottleneck';
import { AWAKE, type Clock } from '../time/clock';
import type { CallQueue, OpenQueue } from './call-queue';

/** How long a place waits for its next call before it is given up, ms: calls that are paced find one that is warm. */
const PLACE_IDLE_MS = 100;

/**
 * A Bottleneck per platform, behind the admission: it keeps the places in flight, their order by priority, and a clean stop.
 * It gets neither a reservoir nor `minTime`: at 100 calls a second a server refused 43 and 4 of 1,500, and a call that
 * waits here would hold capacity of its budgets.
 */
export const openQueue: OpenQueue = (platform, callsInFlightMax, clock) =>
  new PlaceQueue(new Bottleneck({ id: platform, maxConcurrent: callsInFlightMax }), { callsInFlightMax, clock });

interface IdlePlace {
  readonly sinceMs: number;
  /** There is a call for it, or it is given up. */
  readonly wake: (what: 'call' | 'end') => void;
}

interface Task {
  readonly priority: number;
  readonly run: () => Promise<void>;
  readonly drop: () => void;
}

/**
 * A Bottleneck job is a place in flight, not a call: it serves one call after the other for as long as they come. Each job
 * costs Bottleneck two timer turns under a lock, some 400 jobs a second: a call that finds a place at work costs none.
 */
class PlaceQueue implements CallQueue {
  readonly #limiter: Bottleneck;
  readonly #callsInFlightMax: number;
  readonly #clock: Clock;
  readonly #waiting: Task[] = [];
  /** Places without a call, the longest idle first. */
  readonly #idle: IdlePlace[] = [];
  /** Aborts what waits until idle places are given up. */
  #sweep: AbortController | null = null;
  /** Asked of Bottleneck, not begun yet. */
  #coming = 0;
  #places = 0;
  #running = 0;
  #isStopped = false;

  constructor(limiter: Bottleneck, { callsInFlightMax, clock }: { callsInFlightMax: number; clock: Clock }) {
    this.#limiter = limiter;
    this.#callsInFlightMax = callsInFlightMax;
    this.#clock = clock;
  }

  run<Result>(task: () => Promise<Result>, priority: number): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const drop = (): void => reject(new Error('the queue was stopped'));
      if (this.#isStopped) return drop();
      this.#line({ priority, run: () => task().then(resolve, reject), drop });
      const idle = this.#idle.pop();
      if (idle) idle.wake('call');
      else if (this.#places + this.#coming < this.#callsInFlightMax && this.#coming < this.#waiting.length) {
        this.#open(priority);
      }
    });
  }

  depth(): number {
    return this.#waiting.length + this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { drop } of this.#waiting.splice(0)) drop();
    this.#sweep?.abort(AWAKE);
    for (const idle of this.#idle.splice(0)) idle.wake('end');
    await this.#limiter.stop({ dropWaitingJobs: true });
  }

  /** Behind all that go before it. Few wait here: the admission lets no more through than there are places. */
  #line(task: Task): void {
    const before = this.#waiting.findLastIndex(({ priority }) => priority <= task.priority);
    this.#waiting.splice(before + 1, 0, task);
  }

  #open(priority: number): void {
    this.#coming += 1;
    // A job that a stop drops has no call left to serve.
    this.#limiter.schedule({ priority }, () => this.#serve()).catch(() => undefined);
  }

  /** The life of a place. */
  async #serve(): Promise<void> {
    this.#coming -= 1;
    this.#places += 1;
    try {
      while (!this.#isStopped) {
        const task = this.#waiting.shift();
        if (task) await this.#work(task);
        else if ((await this.#next()) === 'end' && this.#waiting.length === 0) return;
      }
    } finally {
      this.#places -= 1;
    }
  }

  async #work({ run }: Task): Promise<void> {
    this.#running += 1;
    await run();
    this.#running -= 1;
  }

  /** Waits for a call, for PLACE_IDLE_MS. */
  #next(): Promise<'call' | 'end'> {
    return new Promise((wake) => {
      this.#idle.push({ sinceMs: this.#clock.monotonicMs(), wake });
      if (!this.#sweep) void this.#giveUpIdle();
    });
  }

  /** One timer for all places: one each would cost more than the rest of the queue. */
  async #giveUpIdle(): Promise<void> {
    const sweep = new AbortController();
    this.#sweep = sweep;
    for (let first = this.#idle[0]; first; first = this.#idle[0]) {
      const endsAtMs = first.sinceMs + PLACE_IDLE_MS;
      await this.#clock.sleep(endsAtMs - this.#clock.monotonicMs(), sweep.signal);
      if (sweep.signal.aborted) return;
      while (this.#idle[0] && this.#idle[0].sinceMs + PLACE_IDLE_MS <= this.#clock.monotonicMs()) {
        this.#idle.shift()?.wake('end');
      }
    }
    this.#sweep = null;
  }
}
