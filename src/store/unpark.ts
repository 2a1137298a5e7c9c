import type { RunPartition } from '../job/run';
import { SCOPE_NAMES, type Scope, type ScopeName } from '../job/scope';
import type { Hold } from '../limit/hold';
import type { UnparkAbout, UnparkFilter } from '../limit/order';
import type { Checkpoints } from './checkpoint';
import type { Connection } from './connection';
import type { SqliteHolds } from './hold';
import type { SqliteLease } from './lease';
import type { Runs } from './run';
import type { RunPartitions } from './run-partition';
import { StoppingHolds } from './stopping-holds';

/** Rows of one transaction, some 10 ms: a million may be parked, and whoever runs must get to its lease and its pages. */
const AT_ONCE = 1_000;

export interface UnparkTables {
  readonly lease: SqliteLease;
  readonly holds: SqliteHolds;
  readonly runs: Runs;
  readonly partitions: RunPartitions;
  readonly checkpoints: Checkpoints;
}

export interface Unpark {
  readonly filter: UnparkFilter;
  readonly about: UnparkAbout;
  /** Of the holder of the lease; null for an operator, who needs none. */
  readonly fence: number | null;
}

/** What an `unpark` changes in the store, in many short transactions: cut off in the middle it is made once more. */
export class Unparking {
  readonly #connection: Connection;
  readonly #tables: UnparkTables;

  constructor(connection: Connection, tables: UnparkTables) {
    this.#connection = connection;
    this.#tables = tables;
  }

  /** Deletes the holds that are named; with a job or a partition, those that stop what is parked of it. How many. */
  async lift(unpark: Unpark): Promise<number> {
    const holds = await this.#namedHolds(unpark);
    for (let at = 0; at < holds.length; at += AT_ONCE)
      await this.#write(unpark, () => {
        for (const hold of holds.slice(at, at + AT_ONCE)) this.#tables.holds.delete(hold);
      });
    return holds.length;
  }

  /** What is parked and named may go on now, with its checkpoint. How many could not before. */
  async makeDue(unpark: Unpark): Promise<number> {
    const { nowMs } = unpark.about;
    let count = 0;
    for await (const meant of this.#parked(unpark, nowMs))
      await this.#write(unpark, () => {
        for (const share of meant) if (this.#makeDue(share, nowMs)) count += 1;
      });
    return count;
  }

  #makeDue(share: RunPartition, nowMs: number): boolean {
    if (!this.#tables.partitions.makeDue(share, nowMs)) return false;
    this.#tables.checkpoints.makeDue({ job: share.job, partition: share.checkpoint, nowMs });
    return true;
  }

  async #namedHolds(unpark: Unpark): Promise<readonly Hold[]> {
    const { filter, about } = unpark;
    const current = await this.#connection.read(() => this.#tables.holds.current(about.nowMs));
    const named = current.filter((hold) => isNamed(hold, filter));
    if (filter.job === undefined && filter.partition === undefined) return named;
    const stopping = new StoppingHolds(named, about.jobs);
    for await (const meant of this.#parked(unpark, -1)) for (const share of meant) stopping.see(share);
    return stopping.found;
  }

  /** What is parked beyond an instant and is named, a part at a time. */
  async *#parked({ filter, about }: Unpark, afterMs: number): AsyncGenerator<readonly RunPartition[]> {
    for (const run of await this.#connection.read(() => this.#tables.runs.notEnded())) {
      if (!isOfJob(run.job, filter, about.jobs)) continue;
      for await (const part of this.#parkedOf(run.id, filter.partition, afterMs))
        yield part.filter(({ partition }) => isWithin(partition.scope, filter.scope ?? {}));
    }
  }

  async *#parkedOf(runId: number, key: string | undefined, afterMs: number): AsyncGenerator<readonly RunPartition[]> {
    const { partitions } = this.#tables;
    if (key !== undefined) {
      yield await this.#connection.read(() => partitions.parkedNamed(runId, key));
      return;
    }
    let after = { parkedUntilMs: afterMs, key: '' };
    for (;;) {
      const place = { runId, untilMs: Number.MAX_SAFE_INTEGER, after, limit: AT_ONCE };
      const part = await this.#connection.read(() => partitions.parkedOf(place));
      yield part;
      const last = part.at(-1);
      if (!last || part.length < AT_ONCE) return;
      after = { parkedUntilMs: last.parkedUntilMs ?? afterMs, key: last.partition.key };
    }
  }

  #write({ fence }: Unpark, work: () => void): Promise<void> {
    return this.#connection.write(() => {
      if (fence !== null) this.#tables.lease.assertHeld(fence);
      work();
    });
  }
}

function isOfJob(job: string, filter: UnparkFilter, jobs: UnparkAbout['jobs']): boolean {
  if (filter.platform !== undefined && !jobs[filter.platform]?.includes(job)) return false;
  return filter.job === undefined || filter.job === job;
}

function isNamed({ platform, scope }: Hold, filter: UnparkFilter): boolean {
  return (filter.platform === undefined || filter.platform === platform) && mayStop(scope, filter.scope ?? {});
}

/** Names that platforms add to the scope of a partition: it need not have them itself. */
const ADDED_NAMES: readonly ScopeName[] = ['app', 'api', 'org', 'ip'];

/** True when the calls of a partition can have these names. */
function isWithin(partition: Scope, scope: Scope): boolean {
  return SCOPE_NAMES.every((name) => {
    if (scope[name] === undefined || scope[name] === partition[name]) return true;
    return partition[name] === undefined && ADDED_NAMES.includes(name);
  });
}

/**
 * True when a hold can stop calls of these names. A name that only one of them has does not part them: the platform adds
 * names to a partition's own, and the hold of a whole app stops each of its users.
 */
function mayStop(hold: Scope, scope: Scope): boolean {
  return SCOPE_NAMES.every(
    (name) => hold[name] === undefined || scope[name] === undefined || hold[name] === scope[name],
  );
}
