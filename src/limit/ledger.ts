import type { Drawn } from '../job/attempt';
import type { Draw } from './budget';

/** A draw on one window of a counter in the ledger. */
export interface LedgerDraw {
  readonly draw: Draw;
  readonly window: { readonly key: string; readonly startMs: number; readonly endMs: number };
  readonly amount: number;
}

export type Reservation =
  | { readonly kind: 'reserved'; readonly drawn: readonly Drawn[] }
  /** A window has not enough left. Nothing was taken from any. */
  | { readonly kind: 'spent'; readonly draw: LedgerDraw };

/** What a counter holds in one window. */
export interface LedgerUsage {
  readonly platform: string;
  readonly budget: string;
  readonly scopeKey: string;
  readonly windowKey: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly limit: number;
  /** Settled draws. */
  readonly used: number;
  /** Draws of attempts that are under way. They count as used until they are given back. */
  readonly reserved: number;
}

/** What a counter still allows in its window; calls under way count as used. */
export function leftOf({ limit, used, reserved }: LedgerUsage): number {
  return Math.max(0, limit - used - reserved);
}

/**
 * Port: the durable count of what was drawn from every budget with a quota window (a day, a month). A draw is durable
 * before the attempt, so no crash can overspend.
 */
export interface Ledger {
  /** Takes from all windows or from none. Throws FENCED when the lease of the fence is lost. */
  reserve(request: {
    platform: string;
    draws: readonly LedgerDraw[];
    fence: number;
    nowMs: number;
  }): Promise<Reservation>;
  /** Settles draws outside of a page commit: calls that no partition made, such as a dry probe. */
  settle(settlement: { used: readonly Drawn[]; unsent: readonly Drawn[]; fence: number }): Promise<void>;
  /** The counters whose window is open at an instant, of one platform or of all. */
  usage(nowMs: number, platform?: string): Promise<LedgerUsage[]>;
}
