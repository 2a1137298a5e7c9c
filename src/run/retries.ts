/** How often one call may be tried before its partition fails, or is handed back. */
export const RETRY_LIMITS = {
  /** Passing failures (5xx, resets, time-outs). */
  failuresMax: 6,
  /** Refusals as too fast; each waits as long as the platform said. */
  pausesMax: 120,
  /** Renewals of the access token. */
  renewalsMax: 1,
} as const;

const BACKOFF_MS_FIRST = 500;
const BACKOFF_MS_MAX = 30_000;

/** Exponential with jitter: half of the step is fixed, half by chance, so that neighbours do not come back together. */
export function backoffMs(failures: number, chance: number): number {
  const stepMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_FIRST * 2 ** (failures - 1));
  return stepMs / 2 + (stepMs / 2) * chance;
}

/** What one call has been through. */
export class Retries {
  #attempts = 0;
  #failures = 0;
  #pauses = 0;
  #renewals = 0;

  /** Counts from 1. */
  nextAttempt(): number {
    return ++this.#attempts;
  }
  countFailure(): number {
    return ++this.#failures;
  }
  countPause(): number {
    return ++this.#pauses;
  }
  countRenewal(): number {
    return ++this.#renewals;
  }
}
