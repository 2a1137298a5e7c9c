import { join } from 'node:path';
import { Sqlite } from '../src/store/driver';

const PER_COMMIT = 1_000;

/**
 * How long the same rows take without Offpeak: one prepared statement on a table with the same key, no checks, no totals, in
 * commits of the same size that are as durable.
 */
export function plainInsertsMs(directory: string, rows: number): number {
  const db = new Sqlite(join(directory, 'plain.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    CREATE TABLE plain (run_id INTEGER, partition TEXT, position INTEGER, scope TEXT, state TEXT,
      PRIMARY KEY (run_id, partition)) WITHOUT ROWID;
    CREATE INDEX plain_position ON plain (run_id, state, position)`);
  const add = db.prepare("INSERT INTO plain VALUES (1, ?, ?, ?, 'waiting')");
  const addAll = db.transaction((from: number, to: number) => {
    for (let n = from; n < to; n += 1) add.run(`shop-${n}`, n, JSON.stringify({ user: `shop-${n}` }));
  });
  const startMs = performance.now();
  for (let from = 0; from < rows; from += PER_COMMIT) addAll(from, Math.min(rows, from + PER_COMMIT));
  const tookMs = performance.now() - startMs;
  db.close();
  return tookMs;
}
