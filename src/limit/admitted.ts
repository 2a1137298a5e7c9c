import type { Spent } from '../job/attempt';
import type { Costs } from '../job/cost';
import type { InstantRange } from '../time/wall-range';
import type { BlockRequest } from './ledger';
import type { SpentQuota } from './quota-counter';

/** The right to send one call now. */
export interface Permit {
  /** Stamps the moment at which the call really leaves: call it right before the attempt. */
  sent(): void;
  /** Too long ago to leave on it: the call must ask again. */
  readonly isStale: boolean;
  /** Instant of `sent()` on the monotonic clock; null before. */
  readonly sentAtMs: number | null;
  /** The platform answered. `ok` when it served the call. */
  heard(reply: { roundTripMs: number; ok: boolean }): void;
  /** What the call really cost, where its costs were estimated. */
  settle(costs: Costs): void;
  /** It provably never left this machine: its permits from the ledger are there for the next call. */
  unsent(): void;
  /** Blocks for the windows that the platform may have counted it in, by its own time, and it did not draw on. */
  missed(said: InstantRange): BlockRequest[];
  /** What it drew from the ledger, with its real cost. */
  spent(): Spent[];
  /** What a counter knew of this call when it let it go. */
  stateOf(counter: string): CallState;
  /** Gives back what is held while a call is in flight. Idempotent. */
  release(): void;
}

export interface CallState {
  /** How full the window was with this call, as a share of its limit; 0 where that is not known. */
  readonly fill: number;
  /** It left later than it was due, together with others, to make up for a stall. */
  readonly isLate: boolean;
}

/** How the request for a permit ended. */
export type Admitted =
  | { readonly kind: 'permit'; readonly permit: Permit }
  /** A quota is gone until an instant of the wall clock. */
  | ({ readonly kind: 'spent' } & SpentQuota)
  | { readonly kind: 'aborted' }
  /** The ledger could not be asked. */
  | { readonly kind: 'broken'; readonly thrown: unknown };
