import { codeOf } from '../errors';
import { isLease, LEASE_HEARTBEAT_MS, LEASE_TTL_MS, type Lease, type LeaseHolder, type LeaseStore } from '../job/lease';
import type { Clock } from '../time/clock';
import type { HeldLease } from './held-lease';

export interface StandByParts {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface KeepParts {
  readonly lease: HeldLease;
  readonly clock: Clock;
  /** Ends the renewing. */
  readonly signal: AbortSignal;
  /** Between two renewals. Default LEASE_HEARTBEAT_MS; Infinity where nobody else can open the store. */
  readonly heartbeatMs?: number | undefined;
}

/**
 * Waits until the lease is ours. Null when the signal aborted first. `onStandBy` is told once who holds it. A store that is
 * busy has a holder that stands still in the middle of a write: that one is waited for, too.
 */
export async function standBy(
  parts: StandByParts,
  command: string,
  onStandBy: (holder: LeaseHolder) => void,
): Promise<Lease | null> {
  const { leases, clock, signal } = parts;
  let told = false;
  while (!signal.aborted) {
    const answer = await leases.acquire(command, clock.nowMs()).catch(nullWhenBusy);
    if (answer && isLease(answer)) return answer;
    if (answer && !told) onStandBy(answer);
    told ||= answer !== null;
    await clock.sleep(LEASE_HEARTBEAT_MS / 5, signal);
  }
  return null;
}

function nullWhenBusy(thrown: unknown): null {
  if (codeOf(thrown) === 'STORE_BUSY') return null;
  throw thrown;
}

/**
 * Renews the lease until the signal aborts. Resolves with false as soon as another process has taken it, or when it could
 * not be renewed for as long as it lasts: a store that is busy for a moment is no reason to stop. `onRenewed` is called at
 * each beat, but for those at which the last call is still under way: one that takes long holds up no renewal. Rejects with
 * STORE_MOVED: there is no store any more to wait for.
 */
export async function keepLease(
  { lease, clock, signal, heartbeatMs = LEASE_HEARTBEAT_MS }: KeepParts,
  onRenewed: () => Promise<void>,
): Promise<boolean> {
  let looking: Promise<void> | null = null;
  for (;;) {
    await clock.sleep(heartbeatMs, signal);
    if (signal.aborted) break;
    const renewed = await lease.renew().catch(nullUnlessMoved);
    if (renewed === false) return false;
    if (renewed) {
      looking ??= onRenewed()
        .catch(() => undefined) // a store that is busy for a moment: at the next beat
        .then(() => {
          looking = null;
        });
      await orAfter(looking, clock, heartbeatMs);
    } else if (lease.ageMs >= LEASE_TTL_MS) return false;
  }
  await looking;
  return true;
}

/** Until it is done, or for so long. */
async function orAfter(work: Promise<void>, clock: Clock, durationMs: number): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, clock.sleep(durationMs, done.signal)]);
  done.abort();
}

function nullUnlessMoved(thrown: unknown): null {
  if (codeOf(thrown) === 'STORE_MOVED') throw thrown;
  return null;
}
