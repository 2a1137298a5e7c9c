import type { Outcome } from './outcome';

/** What one attempt drew from one counter of the ledger. */
export interface Drawn {
  readonly platform: string;
  readonly budget: string;
  /** Canonical scope of the counter, see scopeKey(). */
  readonly scopeKey: string;
  readonly windowKey: string;
  /** In the budget's unit; 1 for calls. */
  readonly amount: number;
}

/** What became of a draw: the reservation of `amount` ends, and `spent` counts. They differ where a cost was estimated. */
export interface Spent extends Drawn {
  readonly spent: number;
}

/** A row of the call log: one time that a call was sent, or was about to be. No parameter, header or body is kept. */
export interface AttemptRecord {
  readonly platform: string;
  readonly api: string;
  /** Canonical scope of the call. */
  readonly scopeKey: string;
  /** Counts from 1 within the call. */
  readonly attempt: number;
  readonly sentAtMs: number;
  readonly durationMs: number;
  /** HTTP status; null when no reply came. */
  readonly status: number | null;
  readonly replyBytes: number;
  readonly outcome: Outcome['kind'];
  /** The refusal's code; null for ok. */
  readonly code: string | null;
  /** The refusal's reason, scrubbed of secrets and cut to REASON_CHARS_MAX; null for ok. */
  readonly reason: string | null;
}

/** Longest reason kept in the store. */
export const REASON_CHARS_MAX = 500;

/**
 * What a partition's attempts drew and said since the last commit: settled in the transaction of the next one.
 * `used` becomes spent for good; `unsent` provably never left this machine and is given back.
 */
export interface Settlement {
  readonly used: readonly Spent[];
  readonly unsent: readonly Drawn[];
  readonly attempts: readonly AttemptRecord[];
}
