import type { AttemptRecord, Drawn, Settlement } from '../job/attempt';

/** What a partition's attempts drew and said since its last commit. */
export class Tally {
  #used: Drawn[] = [];
  #unsent: Drawn[] = [];
  #attempts: AttemptRecord[] = [];

  add({ drawn, sent, attempt }: { drawn: readonly Drawn[]; sent: 'sent' | 'unsent'; attempt: AttemptRecord }): void {
    (sent === 'sent' ? this.#used : this.#unsent).push(...drawn);
    this.#attempts.push(attempt);
  }

  /** Gives back draws whose attempt was never made. */
  giveBack(drawn: readonly Drawn[]): void {
    this.#unsent.push(...drawn);
  }

  /** Everything so far, which starts anew. Hand it back with restore() when the commit fails. */
  take(): Settlement {
    const settlement = { used: this.#used, unsent: this.#unsent, attempts: this.#attempts };
    this.#used = [];
    this.#unsent = [];
    this.#attempts = [];
    return settlement;
  }

  restore({ used, unsent, attempts }: Settlement): void {
    this.#used.unshift(...used);
    this.#unsent.unshift(...unsent);
    this.#attempts.unshift(...attempts);
  }
}
