import type { AttemptRecord, Settlement, Spent } from '../job/attempt';

/** What a partition's attempts drew and said since its last commit. */
export class Tally {
  #used: Spent[] = [];
  #attempts: AttemptRecord[] = [];

  /** The draws of an attempt that was sent. */
  spend(spent: readonly Spent[]): void {
    this.#used.push(...spent);
  }

  add(attempt: AttemptRecord): void {
    this.#attempts.push(attempt);
  }

  /** Everything so far, which starts anew. Hand it back with restore() when the commit fails. */
  take(): Settlement {
    const settlement = { used: this.#used, unsent: [], attempts: this.#attempts };
    this.#used = [];
    this.#attempts = [];
    return settlement;
  }

  restore({ used, attempts }: Settlement): void {
    this.#used.unshift(...used);
    this.#attempts.unshift(...attempts);
  }
}
