import type { Clock } from '../time/clock';

/** The right to schedule and write on a store: one process at a time, also after a stop that froze it (the fence decides). */
export interface Lease {
  /** Copied into every write; a write with a lower one than the store's is refused. */
  readonly fence: number;
  /**
   * How the holder before ended. After an unclean end its last calls may have left a moment ago, and the short windows
   * must start as if full.
   */
  readonly previous: 'none' | 'clean' | 'unclean';
  /** When the holder before let go of it, epoch ms; null when there was none, and when it did not end cleanly. */
  readonly previousEndedAtMs: number | null;
  /** The last sign of the holder before, by its own wall clock, epoch ms; null when there was none. */
  readonly previousSeenAtMs: number | null;
}

export interface LeaseHolder {
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly heartbeatAtMs: number;
  readonly expiresAtMs: number;
}

/** How often a holder renews, and how long the lease outlives the last renewal. */
export const LEASE_HEARTBEAT_MS = 5_000;
export const LEASE_TTL_MS = 20_000;

/** Port. */
export interface LeaseStore {
  /** Takes the lease when it is free, expired, or held by a process of this machine that is dead. */
  acquire(command: string, nowMs: number): Promise<Lease | LeaseHolder>;
  /** False when another process took the lease over: stop writing at once. */
  renew(fence: number, nowMs: number): Promise<boolean>;
  /** A clean end. */
  release(fence: number, nowMs: number): Promise<void>;
  /** Who holds it now; null when nobody does. */
  holder(nowMs: number): Promise<LeaseHolder | null>;
}

/**
 * The instant of the monotonic clock at which the holder before may have sent its last call: the short windows count as
 * full then. Its end after a clean stop, now when nobody knows, -Infinity without one.
 */
export function lastSentMs({ previous, previousEndedAtMs }: Lease, clock: Clock): number {
  if (previous === 'none') return -Infinity;
  // A wall clock that was set back since makes the end lie ahead: then it counts as now.
  const agoMs = previousEndedAtMs === null ? 0 : Math.max(0, clock.nowMs() - previousEndedAtMs);
  return clock.monotonicMs() - agoMs;
}

export function isLease(answer: Lease | LeaseHolder): answer is Lease {
  return 'fence' in answer;
}
