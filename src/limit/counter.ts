import type { InstantRange } from '../time/wall-range';
import type { BlockRequest } from './ledger';

/** What the admission asks of one counter of a budget. All instants are of the monotonic clock. */
export interface Counter {
  /**
   * The earliest instant at which so much more may leave if nothing else does before: the past when it may leave now,
   * Infinity when only an event can tell (a call that ends, a block of permits that comes).
   */
  earliestMs(amount: number, nowMs: number): number;
  /** Since when it was due, where that is earlier than the earliest: what is made up for after a stall is spread. */
  dueMs?(amount: number, nowMs: number): number;
  /** Takes it. */
  take(amount: number, moment: Moment): Taken;
  /** How long one unit takes at the counter's full rate, ms; 0 where it has none. */
  readonly spacingMs: number;
  /** True when forgetting the counter changes nothing. */
  isIdle(nowMs: number): boolean;
}

export interface Moment {
  readonly nowMs: number;
  /** When it could have left, had this process not been late. */
  readonly dueMs: number;
  /** Since when the call has waited. */
  readonly askedAtMs: number;
}

/** What one call holds of a counter. Each method may be left out where there is nothing to do. */
export interface Taken {
  /** How full the window was with this call, as a share of its limit. */
  readonly fill?: number;
  /** It left later than it was due, together with others, to make up for a stall. */
  readonly isLate?: boolean;
  /** The call leaves now. */
  sent?(nowMs: number): void;
  /** Its real cost, where an estimate was taken. */
  settle?(spent: number): void;
  /** It never left this machine. Called before `ended`. */
  unsent?(): void;
  /** Blocks for what the platform may have counted the call in, by its own time, and it did not draw on. */
  missed?(said: InstantRange): readonly BlockRequest[];
  /** It is over. Called once. */
  ended?(end: CallFate): void;
}

/** `good` when the platform served it; anything else says nothing for the limits. */
export type CallFate = 'good' | 'other';
