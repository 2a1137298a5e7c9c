import { join } from 'node:path';
import type Database from 'better-sqlite3';
import Bottleneck from 'bottleneck';
import { type Agent, request } from 'undici';
import { Sqlite } from '../src/store/driver';
import type { Load } from './order-load';

interface OrderPage {
  readonly data: { readonly cursor: string; readonly orderList: readonly { readonly oid: number }[] };
}

/** The script that a user would write otherwise: Bottleneck in front, and a transaction a page for records and cursor. */
export async function runScript({ url, partitions, pagesEach, directory }: Load, agent: Agent): Promise<void> {
  const db = new Sqlite(join(directory, 'script.db'));
  const commit = openCommit(db);
  const limiter = new Bottleneck({ maxConcurrent: partitions });
  const sync = async (partition: string): Promise<void> => {
    for (let page = 1; page <= pagesEach; page += 1) {
      const reply = await limiter.schedule(() => fetchPage(`${url}/orders?cursor=${page}`, agent));
      commit(partition, reply);
    }
  };
  await Promise.all(Array.from({ length: partitions }, (_, n) => sync(String(n))));
  db.close();
}

async function fetchPage(url: string, dispatcher: Agent): Promise<OrderPage> {
  const reply = await request(url, { dispatcher });
  return (await reply.body.json()) as OrderPage;
}

function openCommit(db: Database.Database): (partition: string, page: OrderPage) => void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE orders (key TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT;
    CREATE TABLE cursors (partition TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;`);
  const order = db.prepare('INSERT INTO orders VALUES (?, ?) ON CONFLICT DO UPDATE SET data = excluded.data');
  const cursor = db.prepare('INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor');
  return db.transaction((partition: string, { data }: OrderPage) => {
    for (const record of data.orderList) order.run(String(record.oid), JSON.stringify(record));
    cursor.run(partition, data.cursor);
  });
}
