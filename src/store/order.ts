import type { Statement } from 'better-sqlite3';
import type { LearnedFilter } from '../limit/learned';
import type { Order, OrderStore, UnparkAbout, UnparkFilter } from '../limit/order';
import type { Connection } from './connection';
import type { SqliteLearned } from './learned';
import { Unparking, type UnparkTables } from './unpark';

/** Orders kept while nobody takes them: what they changed in the store stays without them. */
export const ORDERS_MAX = 1_000;

interface OrderRow {
  readonly id: number;
  readonly kind: Order['kind'];
  readonly filter: string;
}

export interface OrderTables extends UnparkTables {
  readonly learned: SqliteLearned;
}

/** The table offpeak_order, and what an order changes in others at once. */
export class SqliteOrders implements OrderStore {
  readonly #connection: Connection;
  readonly #tables: OrderTables;
  readonly #unparking: Unparking;
  readonly #add: Statement<[Omit<OrderRow, 'id'> & { nowMs: number }]>;
  readonly #prune: Statement<[{ beforeId: number | bigint }]>;
  readonly #take: Statement<[], OrderRow>;

  constructor(connection: Connection, tables: OrderTables) {
    this.#connection = connection;
    this.#tables = tables;
    this.#unparking = new Unparking(connection, tables);
    const { db } = connection;
    this.#add = db.prepare('INSERT INTO offpeak_order (kind, filter, at_ms) VALUES (:kind, :filter, :nowMs)');
    this.#prune = db.prepare('DELETE FROM offpeak_order WHERE id <= :beforeId');
    this.#take = db.prepare('DELETE FROM offpeak_order RETURNING id, kind, filter');
  }

  async unpark(filter: UnparkFilter, about: UnparkAbout): ReturnType<OrderStore['unpark']> {
    const unpark = { filter, about, fence: null };
    const holds = await this.#unparking.lift(unpark);
    const partitions = await this.#unparking.makeDue(unpark);
    await this.#connection.write(() => this.#leave({ kind: 'unpark', filter }, about.nowMs));
    return { holds, partitions };
  }

  async liftAgain(filter: UnparkFilter, about: UnparkAbout, fence: number): Promise<void> {
    await this.#unparking.lift({ filter, about, fence });
  }

  async makeDueAgain(filter: UnparkFilter, about: UnparkAbout, fence: number): Promise<void> {
    await this.#unparking.makeDue({ filter, about, fence });
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

  #leave({ kind, filter }: Order, nowMs: number): void {
    const { lastInsertRowid } = this.#add.run({ kind, filter: JSON.stringify(filter), nowMs });
    this.#prune.run({ beforeId: Number(lastInsertRowid) - ORDERS_MAX });
  }
}

function fromRow({ kind, filter }: OrderRow): Order {
  return { kind, filter: JSON.parse(filter) as Order['filter'] };
}
