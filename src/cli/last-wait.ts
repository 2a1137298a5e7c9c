/** Shorter waits are the usual pace. */
const SHOWN_MS_MIN = 5_000;

export interface Waited {
  /** Infinity when only an event can tell. */
  readonly waitMs: number;
  /** The budget, or `pause`, `probe`, `places in flight`. */
  readonly because: string;
}

/** The newest wait of a call that is worth a word. */
export class LastWait {
  #wait: Waited | null = null;
  #untilMs = -Infinity;

  see(wait: Waited, nowMs: number): void {
    this.#wait = wait;
    this.#untilMs = nowMs + wait.waitMs;
  }

  /** A call was sent: one that only an event could let go has gone. */
  seeAttempt(): void {
    if (this.#wait?.waitMs === Infinity) this.#wait = null;
  }

  /** `waits 12 s for api-qps`, by what is left of it; empty when there is nothing to say. */
  text(nowMs: number): string {
    if (!this.#wait || this.#wait.waitMs < SHOWN_MS_MIN || nowMs >= this.#untilMs) return '';
    const { because } = this.#wait;
    return this.#untilMs === Infinity
      ? `waits for ${because}`
      : `waits ${Math.ceil((this.#untilMs - nowMs) / 1_000)} s for ${because}`;
  }
}
