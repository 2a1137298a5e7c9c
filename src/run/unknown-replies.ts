import { UNKNOWN_REPLIES_MAX, type UnknownReply, type UnknownReplyStore } from '../job/unknown-reply';
import type { Clock } from '../time/clock';

/** The store is written to at most this often, however many such replies come, ms. */
const WRITE_MS = 1_000;

export interface UnknownRepliesParts {
  readonly unknownReplies: UnknownReplyStore;
  readonly clock: Clock;
  readonly fence: number;
}

/** The replies of one platform that no rule knows, on their way to the store: counted here, kept together. */
export class UnknownReplies {
  readonly #parts: UnknownRepliesParts;
  /** By key; what is the same is one entry, and there are no more of them than the store keeps. */
  #waiting = new Map<string, UnknownReply>();
  #writeAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: UnknownRepliesParts) {
    this.#parts = parts;
  }

  /** Kept at once when nothing was written within the last second; else with the next that come, or by `flush`. */
  async see(reply: UnknownReply): Promise<void> {
    const key = JSON.stringify([reply.platform, reply.api, reply.code, reply.status]);
    const before = this.#waiting.get(key);
    this.#waiting.delete(key); // what was seen last stands last
    this.#waiting.set(key, before ? { ...before, times: before.times + 1, lastAtMs: reply.lastAtMs } : reply);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > UNKNOWN_REPLIES_MAX && oldest !== undefined) this.#waiting.delete(oldest);
    if (this.#parts.clock.monotonicMs() >= this.#writeAtMs) await this.flush();
  }

  /** Keeps what waits: at each beat, and when a run or the process ends. */
  async flush(): Promise<void> {
    if (this.#waiting.size === 0) return;
    const { unknownReplies, clock, fence } = this.#parts;
    const replies = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#writeAtMs = clock.monotonicMs() + WRITE_MS;
    await unknownReplies.keep(replies, fence);
  }
}
