import type { Statement } from 'better-sqlite3';
import type { RunPartition } from '../job/run';
import { SCOPE_NAMES, type Scope, type ScopeName } from '../job/scope';
import type { Hold } from '../limit/hold';
import type { LearnedFilter } from '../limit/learned';
import type { Order, OrderStore, UnparkAbout, UnparkFilter } from '../limit/order';
import type { Checkpoints } from './checkpoint';
import type { Connection } from './connection';
import type { SqliteHolds } from './hold';
import type { SqliteLearned } from './learned';
import type { SqliteLease } from './lease';
import type { RunPartitions } from './run-partition';

/** Orders kept while nobody takes them: what they changed in the store stays without them. */
export const ORDERS_MAX = 1_000;

interface OrderRow {
  readonly id: number;
  readonly kind: Order['kind'];
  readonly filter: string;
}

type JobsOf = UnparkAbout['jobs'];

export interface OrderTables {
  readonly lease: SqliteLease;
  readonly holds: SqliteHolds;
  readonly learned: SqliteLearned;
  readonly checkpoints: Checkpoints;
  readonly partitions: RunPartitions;
}

/** The table offpeak_order, and what an order changes in others at once. */
export class SqliteOrders implements OrderStore {
  readonly #connection: Connection;
  readonly #tables: OrderTables;
  readonly #add: Statement<[Omit<OrderRow, 'id'> & { nowMs: number }]>;
  readonly #prune: Statement<[{ beforeId: number | bigint }]>;
  readonly #take: Statement<[], OrderRow>;

  constructor(connection: Connection, tables: OrderTables) {
    this.#connection = connection;
    this.#tables = tables;
    const { db } = connection;
    this.#add = db.prepare('INSERT INTO offpeak_order (kind, filter, at_ms) VALUES (:kind, :filter, :nowMs)');
    this.#prune = db.prepare('DELETE FROM offpeak_order WHERE id <= :beforeId');
    this.#take = db.prepare('DELETE FROM offpeak_order RETURNING id, kind, filter');
  }

  unpark(filter: UnparkFilter, about: UnparkAbout): ReturnType<OrderStore['unpark']> {
    return this.#connection.write(() => {
      const done = this.#unpark(filter, about);
      this.#leave({ kind: 'unpark', filter }, about.nowMs);
      return done;
    });
  }

  redo(filter: UnparkFilter, about: UnparkAbout, fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#tables.lease.assertHeld(fence);
      this.#unpark(filter, about);
    });
  }

  forget(filter: LearnedFilter, nowMs: number): Promise<number> {
    return this.#connection.write(() => {
      const rows = this.#tables.learned.delete(filter);
      this.#leave({ kind: 'forget', filter }, nowMs);
      return rows;
    });
  }

  take(fence: number): Promise<Order[]> {
    return this.#connection.write(() => {
      this.#tables.lease.assertHeld(fence);
      const rows = this.#take.all(); // in no promised order
      return rows.sort((a, b) => a.id - b.id).map(fromRow);
    });
  }

  #unpark(filter: UnparkFilter, { jobs, nowMs }: UnparkAbout): { holds: number; partitions: number } {
    const { holds, partitions, checkpoints } = this.#tables;
    const parked = partitions.parked().filter((share) => isMeant(share, filter, jobs));
    const lifted = holds.current(nowMs).filter((hold) => isLifted(hold, { filter, jobs, parked }));
    for (const hold of lifted) holds.delete(hold);
    const due = parked.filter((share) => partitions.makeDue(share, nowMs));
    for (const { job, checkpoint } of due) checkpoints.makeDue({ job, partition: checkpoint, nowMs });
    return { holds: lifted.length, partitions: due.length };
  }

  #leave({ kind, filter }: Order, nowMs: number): void {
    const { lastInsertRowid } = this.#add.run({ kind, filter: JSON.stringify(filter), nowMs });
    this.#prune.run({ beforeId: Number(lastInsertRowid) - ORDERS_MAX });
  }
}

/** True for a parked partition that the filter names. */
function isMeant({ job, partition }: RunPartition, filter: UnparkFilter, jobs: JobsOf): boolean {
  if (filter.platform !== undefined && !jobs[filter.platform]?.includes(job)) return false;
  if (filter.job !== undefined && job !== filter.job) return false;
  if (filter.partition !== undefined && partition.key !== filter.partition) return false;
  return isWithin(partition.scope, filter.scope ?? {});
}

interface Meant {
  readonly filter: UnparkFilter;
  readonly jobs: JobsOf;
  /** What is to go on. */
  readonly parked: readonly RunPartition[];
}

/** True for a hold that the filter names; when it names a job or a partition, for one that stops these. */
function isLifted(hold: Hold, { filter, jobs, parked }: Meant): boolean {
  if (filter.platform !== undefined && hold.platform !== filter.platform) return false;
  if (!mayStop(hold.scope, filter.scope ?? {})) return false;
  if (filter.job === undefined && filter.partition === undefined) return true;
  return parked.some(
    ({ job, partition }) => jobs[hold.platform]?.includes(job) === true && mayStop(hold.scope, partition.scope),
  );
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

function fromRow({ kind, filter }: OrderRow): Order {
  return { kind, filter: JSON.parse(filter) as Order['filter'] };
}
