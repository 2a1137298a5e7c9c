import type { Drawn, Spent } from '../job/attempt';
import type { Draw } from './budget';

/** One window of a counter in the ledger. */
export interface LedgerWindow {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  /**
   * Of a rolling span, which is counted in slices: this window is the slice of now, and every slice of the counter that
   * ends after `countsFromMs` counts against the limit too. Left out where the window counts alone.
   */
  readonly countsFromMs?: number;
}

/** Permits wanted from one window of a counter. */
export interface BlockRequest {
  readonly draw: Draw;
  readonly window: LedgerWindow;
  /** At least so many, in the budget's unit. */
  readonly needed: number;
  /** At most so many: more than needed when calls follow fast, so that one commit serves many. */
  readonly wanted: number;
}

export type Reservation =
  /** In the order of the request; `drawn.amount` is what was granted. */
  | { readonly kind: 'reserved'; readonly blocks: readonly Block[] }
  /** A window has not as much left as is needed. Nothing was taken from any. */
  | { readonly kind: 'spent'; readonly request: BlockRequest; readonly freeAtMs: number };

/** Permits that were taken from one window. */
export interface Block {
  readonly drawn: Drawn;
  /** What the window allows beyond this block. */
  readonly left: number;
}

/** A block takes at most this share of what a window has left: near its end permits are taken one by one. */
const BLOCK_SHARE_MAX = 1 / 20;

/** How much of a window a block gets: 0 when it has not as much left as is needed. A crash loses at most one block. */
export function grantOf({ needed, wanted }: BlockRequest, left: number): number {
  if (left < needed) return 0;
  return Math.min(left, Math.max(needed, Math.min(wanted, Math.floor(left * BLOCK_SHARE_MAX))));
}

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
  /** In blocks: attempts that are under way, and permits at hand for the next ones. Used, until they are given back. */
  readonly reserved: number;
  /** Settled draws by job, those of its backfills under `NAME (backfill)`; calls that no job made are in none. */
  readonly byJob: Readonly<Record<string, number>>;
}

/** What a counter still allows in its window; permits in blocks count as used. */
export function leftOf({ limit, used, reserved }: LedgerUsage): number {
  return Math.max(0, limit - used - reserved);
}

/**
 * Port: the durable count of what was drawn from every budget with a window of more than a minute. Permits are durable
 * before the attempt, so no crash can overspend.
 */
export interface Ledger {
  /** Takes a block from every window or from none. Throws FENCED when the lease of the fence is lost. */
  reserve(request: {
    platform: string;
    blocks: readonly BlockRequest[];
    fence: number;
    nowMs: number;
  }): Promise<Reservation>;
  /** Settles draws outside of a page commit: what no partition drew, and blocks that are given back. */
  settle(settlement: { used: readonly Spent[]; unsent: readonly Drawn[]; fence: number }): Promise<void>;
  /**
   * The counters whose window is open at an instant, of one platform and budget or of all. A rolling span is one row: its slices
   * together, from the oldest that still counts.
   */
  usage(nowMs: number, platform?: string, budget?: string): Promise<LedgerUsage[]>;
}
