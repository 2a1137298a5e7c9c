/** So much longer than a question took it waits before the next: whoever watches must not hold up the work. */
const REST_PER_ANSWER = 20;

/** Asks something again and again, more seldom the longer the answers take; in between the last one holds. */
export class Seldom<Answer> {
  readonly #ask: () => Promise<Answer>;
  readonly #monotonicMs: () => number;
  #last: Answer;
  #askAtMs = -Infinity;

  constructor(ask: () => Promise<Answer>, first: Answer, monotonicMs: () => number) {
    this.#ask = ask;
    this.#last = first;
    this.#monotonicMs = monotonicMs;
  }

  /** What cannot be told now was the same before. */
  async answer(): Promise<Answer> {
    const askedAtMs = this.#monotonicMs();
    if (askedAtMs < this.#askAtMs) return this.#last;
    this.#last = await this.#ask().catch(() => this.#last);
    const nowMs = this.#monotonicMs();
    this.#askAtMs = nowMs + (nowMs - askedAtMs) * REST_PER_ANSWER;
    return this.#last;
  }
}
