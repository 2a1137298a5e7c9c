import { messageOf } from '../errors';
import { BackfillWatch } from '../run/backfills';
import type { DiskWatch } from '../run/disk-watch';
import type { Gateway } from '../run/gateway';
import { HeldLease } from '../run/held-lease';
import { keepLease } from '../run/lease';
import { takeOrders, type Unparks } from '../run/orders';
import type { Pauses } from '../run/pauses';
import type { EngineOptions } from './engine-options';
import { logPauses, tellDisk } from './engine-watches';

interface BeatParts {
  readonly fence: number;
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly unparks: Unparks;
  readonly pauses: Pauses;
  readonly disk: DiskWatch;
}

/** What is done at each beat. */
export function beatsOf(options: EngineOptions, parts: BeatParts): () => Promise<void> {
  const backfills = new BackfillWatch(options.store.backfills);
  return () => atBeat(options, { ...parts, backfills });
}

async function atBeat(
  options: EngineOptions,
  { fence, gateways, unparks, pauses, disk, backfills }: BeatParts & { readonly backfills: BackfillWatch },
): Promise<void> {
  const { project, store, clock } = options;
  const { orders, holds } = store;
  if (tellDisk(options, disk)) unparks.tell();
  if ((await pauses.refresh()) === 'changed') {
    logPauses(options, pauses);
    unparks.tell();
  }
  if ((await backfills.refresh()) === 'changed') unparks.tell();
  // A token endpoint that is slow must not hold up the lease.
  for (const gateway of gateways.values()) void gateway.finishRenewals();
  await Promise.all([...gateways.values()].map((gateway) => gateway.keepUnknown()));
  await takeOrders({ orders, holds, gateways, unparks, jobs: project.jobs, clock, fence });
}

/** A simulation that never renews it has the store for itself. */
export function heldBy({ store, clock, rhythm }: EngineOptions, fence: number): HeldLease {
  const ttlMs = rhythm?.heartbeatMs === Infinity ? Infinity : undefined;
  return new HeldLease({ leases: store.lease, clock, fence, ttlMs });
}

/** Renews the lease, and takes orders at each beat. Returns how to end that; a lost lease stops everything. */
export function holdOn({ clock, log, stop, rhythm }: EngineOptions, lease: HeldLease, look: () => Promise<void>) {
  const ended = new AbortController();
  const parts = { lease, clock, signal: ended.signal, heartbeatMs: rhythm?.heartbeatMs };
  const kept = keepLease(parts, look).then(
    (ours) => {
      if (ours) return;
      log.error({ fence: lease.fence }, 'the lease was lost: another process writes to the store now');
      stop.request('the lease was lost');
    },
    (thrown: unknown) => {
      log.error({ err: thrown }, messageOf(thrown));
      stop.request('the store is lost');
    },
  );
  return (): Promise<void> => {
    ended.abort();
    return kept;
  };
}
