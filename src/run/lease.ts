import { codeOf } from '../errors';
import { isLease, LEASE_HEARTBEAT_MS, LEASE_TTL_MS, type Lease, type LeaseHolder, type LeaseStore } from '../job/lease';
import type { Clock } from '../time/clock';

export interface LeaseParts {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  /** Ends the waiting and the renewing. */
  readonly signal: AbortSignal;
  /** Between two renewals. Default LEASE_HEARTBEAT_MS; Infinity where nobody else can open the store. */
  readonly heartbeatMs?: number | undefined;
}

/** Waits until the lease is ours. Null when the signal aborted first. `onStandBy` is told once who holds it. */
export async function standBy(
  parts: LeaseParts,
  command: string,
  onStandBy: (holder: LeaseHolder) => void,
): Promise<Lease | null> {
  const { leases, clock, signal } = parts;
  let told = false;
  while (!signal.aborted) {
    const answer = await leases.acquire(command, clock.nowMs());
    if (isLease(answer)) return answer;
    if (!told) onStandBy(answer);
    told = true;
    await clock.sleep(LEASE_HEARTBEAT_MS / 5, signal);
  }
  return null;
}

/**
 * Renews the lease until the signal aborts. Resolves with false as soon as another process has taken it, or when it could
 * not be renewed for as long as it lasts: a store that is busy for a moment is no reason to stop. `onRenewed` is called at
 * each beat. Rejects with STORE_MOVED: there is no store any more to wait for.
 */
export async function keepLease(
  { leases, clock, signal, heartbeatMs = LEASE_HEARTBEAT_MS }: LeaseParts,
  fence: number,
  onRenewed: () => Promise<void>,
): Promise<boolean> {
  let renewedAtMs = clock.monotonicMs();
  for (;;) {
    await clock.sleep(heartbeatMs, signal);
    if (signal.aborted) return true;
    const renewed = await leases.renew(fence, clock.nowMs()).catch(nullUnlessMoved);
    if (renewed === false) return false;
    if (renewed) {
      renewedAtMs = clock.monotonicMs();
      await onRenewed().catch(() => undefined); // a store that is busy for a moment: at the next beat
    } else if (clock.monotonicMs() - renewedAtMs >= LEASE_TTL_MS) return false;
  }
}

function nullUnlessMoved(thrown: unknown): null {
  if (codeOf(thrown) === 'STORE_MOVED') throw thrown;
  return null;
}
