import type { SeedReport } from './campaign';

const LINE_MS = 10_000;

export interface ProgressOptions {
  /** How many there are. */
  readonly seeds: number;
  readonly print: (line: string) => void;
}

/** How far a campaign is: a line every so often, and one for each seed that fails. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #beganAtMs = performance.now();
  #printedAtMs = performance.now();
  #lived = 0;
  #failed = 0;
  #days = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  add({ seed, failure, isDetermined, days }: SeedReport): void {
    const { print, seeds } = this.#options;
    this.#lived += 1;
    this.#days += days;
    if (failure || !isDetermined) this.#failed += 1;
    if (failure) print(`seed ${seed}: ${failure.violation.invariant} ${failure.violation.what}`);
    if (!isDetermined) print(`seed ${seed}: its two lives differ`);
    const nowMs = performance.now();
    if (nowMs - this.#printedAtMs < LINE_MS) return;
    this.#printedAtMs = nowMs;
    const seconds = Math.round((nowMs - this.#beganAtMs) / 1_000);
    print(`${this.#lived} of ${seeds} seeds, ${this.#days} days, ${this.#failed} failed, ${seconds} s`);
  }
}
