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
  /** Places without a call, each with what wakes it. */
  readonly #idle: AbortController[] = [];
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
      if (idle) idle.abort(AWAKE);
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
    for (const idle of this.#idle.splice(0)) idle.abort(AWAKE);
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
        else if (!(await this.#next())) return;
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

  /** Waits for a call. False when none came. */
  async #next(): Promise<boolean> {
    const woken = new AbortController();
    this.#idle.push(woken);
    await this.#clock.sleep(PLACE_IDLE_MS, woken.signal);
    if (woken.signal.aborted) return true;
    this.#idle.splice(this.#idle.indexOf(woken), 1);
    return this.#waiting.length > 0;
  }
}
