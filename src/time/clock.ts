/** A reason to abort a sleep with: without one, each abort makes an exception with a stack, which costs more than the sleep. */
export const AWAKE = 'awake';

/** Where time comes from. Handed to whatever needs it, so that days can be simulated in seconds. */
export interface Clock {
  /** Wall clock, epoch milliseconds. May step. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start, fractional; never steps back. Short windows are measured on it. */
  monotonicMs(): number;
  /** Resolves after `durationMs` (0 or less: at the next turn) or as soon as `signal` aborts; never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
