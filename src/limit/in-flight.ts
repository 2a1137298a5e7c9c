import type { CallFate, Counter, Taken } from './counter';

/** Calls at once. */
export class InFlight implements Counter {
  readonly spacingMs = 0;
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  earliestMs(): number {
    return this.#taken < this.#limit ? -Infinity : Infinity;
  }

  take(): Taken {
    this.#taken += 1;
    return { ended: () => (this.#taken -= 1) };
  }

  isIdle(): boolean {
    return this.#taken === 0;
  }
}

/** Calls at once at which a ramp has done its work. */
const RAMP_CALLS_MAX = 64;

/** After a reset: one call as a probe, then twice as many at once for each that is served. */
export class Ramp implements Counter {
  readonly spacingMs = 0;
  #limit = 1;
  #taken = 0;

  earliestMs(): number {
    return this.isIdle() || this.#taken < this.#limit ? -Infinity : Infinity;
  }

  take(): Taken {
    this.#taken += 1;
    return { ended: (fate) => this.#end(fate) };
  }

  /** True once it holds nobody back any more. */
  isIdle(): boolean {
    return this.#limit >= RAMP_CALLS_MAX;
  }

  #end(fate: CallFate): void {
    this.#taken -= 1;
    if (!this.isIdle()) this.#limit = fate === 'good' ? this.#limit * 2 : Math.max(1, this.#limit / 2);
  }
}

/** Nothing leaves before an instant. */
export class Pause implements Counter {
  readonly spacingMs = 0;
  #untilMs = -Infinity;

  /** A shorter pause never cuts a longer one. */
  extend(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, untilMs);
  }

  lift(): void {
    this.#untilMs = -Infinity;
  }

  earliestMs(): number {
    return this.#untilMs;
  }

  take(): Taken {
    return {};
  }

  isIdle(nowMs: number): boolean {
    return this.#untilMs <= nowMs;
  }
}
