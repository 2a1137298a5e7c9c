import type { Job } from '../job/parse';
import type { Scope } from '../job/scope';
import type { LearnedFilter } from './learned';

/**
 * What an operator asked for while another process may hold the store. Whoever holds it takes the orders at its next look;
 * where none does, the next process finds the store as it was left.
 */
export type Order =
  /** Quotas are back: go on with what is parked. */
  | { readonly kind: 'unpark'; readonly filter: UnparkFilter }
  /** Take back what was learned. */
  | { readonly kind: 'forget'; readonly filter: LearnedFilter };

/** What is to go on: everything on hold when left empty. */
export interface UnparkFilter {
  readonly platform?: string;
  /** Holds that stop a call of this scope, and partitions with these names in their scope. */
  readonly scope?: Scope;
  readonly job?: string;
  readonly partition?: string;
}

/** What neither holds nor parked partitions know of each other, and the instant. */
export interface UnparkAbout {
  /** The jobs of each platform by name: holds know no job, parked partitions no platform. */
  readonly jobs: Readonly<Record<string, readonly string[]>>;
  readonly nowMs: number;
}

export function jobsByPlatform(
  platforms: Iterable<string>,
  jobs: readonly Pick<Job, 'name' | 'platform'>[],
): UnparkAbout['jobs'] {
  const namesOn = (name: string): string[] => jobs.filter(({ platform }) => platform === name).map((job) => job.name);
  return Object.fromEntries(Array.from(platforms, (name) => [name, namesOn(name)]));
}

/** Port: orders. They need no lease; `liftAgain`, `makeDueAgain` and `take` do. */
export interface OrderStore {
  /**
   * Deletes the holds that the filter names, makes the parked partitions of unfinished runs due now (with their checkpoints),
   * and leaves the order for whoever holds the store. A million may be parked: it takes many short transactions, the order is
   * left with the last, and one that was cut off before is to be given again.
   */
  unpark(filter: UnparkFilter, about: UnparkAbout): Promise<{ holds: number; partitions: number }>;
  /** The holds of an `unpark` that was taken, once more: whoever holds the store may have written some of them since. */
  liftAgain(filter: UnparkFilter, about: UnparkAbout, fence: number): Promise<void>;
  /** And its partitions: until their holds were out of memory, too, they may have been put down again. */
  makeDueAgain(filter: UnparkFilter, about: UnparkAbout, fence: number): Promise<void>;
  /** Deletes what was learned of the counters that the filter names, and leaves the order. Returns how many rows. */
  forget(filter: LearnedFilter, nowMs: number): Promise<number>;
  /** The orders since the last call, oldest first; they are taken once. */
  take(fence: number): Promise<Order[]>;
}
