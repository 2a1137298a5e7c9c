import type { Job } from '../job/parse';
import type { HoldStore } from '../limit/hold';
import { jobsByPlatform, type OrderStore } from '../limit/order';
import type { Clock } from '../time/clock';
import type { Gateway } from './gateway';

/** Who waits for parked partitions, told when an operator has made some of them due. */
export class Unparks {
  readonly #listeners = new Set<() => void>();

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export interface OrderParts {
  readonly orders: OrderStore;
  readonly holds: HoldStore;
  /** By platform. */
  readonly gateways: ReadonlyMap<string, Gateway>;
  readonly unparks: Unparks;
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly fence: number;
}

/** Does what operators asked for since the last look. The store has changed already: this is for what is in memory. */
export async function takeOrders(parts: OrderParts): Promise<void> {
  const { orders, holds, gateways, unparks, jobs, clock, fence } = parts;
  const taken = await orders.take(fence);
  if (taken.length === 0) return;
  const unparked = taken.flatMap(({ kind, filter }) => (kind === 'unpark' ? [filter] : []));
  const about = { jobs: jobsByPlatform(gateways.keys(), jobs), nowMs: clock.nowMs() };
  for (const filter of unparked) await orders.liftAgain(filter, about, fence);
  const current = await holds.list(clock.nowMs());
  for (const { kind, filter } of taken) {
    for (const [name, gateway] of gateways) {
      if ((filter.platform ?? name) !== name) continue;
      if (kind === 'unpark') gateway.unpark(current);
      else gateway.forget(filter);
    }
  }
  // Now that no hold in memory puts them down any more.
  for (const filter of unparked) await orders.makeDueAgain(filter, about, fence);
  if (unparked.length > 0) unparks.tell();
}
