import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Sqlite } from '../../src/store/driver';
import type { Place } from './life';

/** Everything that a job left, in one order and without instants: two of these are equal byte for byte, or they differ. */
export interface Left {
  readonly records: readonly string[];
  readonly checkpoints: readonly string[];
  readonly partitions: readonly string[];
  readonly files: readonly string[];
}

const RECORDS = 'SELECT key, data, job, partition FROM "orders" ORDER BY key';
const CHECKPOINTS = `
  SELECT c.job, c.partition, c.cursor, c.bookmark, c.version, c.status, c.sink_state,
    (SELECT json_group_array(json_array(v.version, v.change, v.cursor, v.bookmark) ORDER BY v.version)
      FROM offpeak_checkpoint_version v WHERE v.job = c.job AND v.partition = c.partition) AS history
  FROM offpeak_checkpoint c ORDER BY c.job, c.partition`;
const PARTITIONS = `
  SELECT r.job, p.partition, p.state, p.pages, p.records FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id
  ORDER BY r.job, p.partition`;

export function exportOf({ directory }: Pick<Place, 'directory'>): Left {
  return reading(directory, (db) => {
    const rows = (sql: string): string[] =>
      db
        .prepare(sql)
        .all()
        .map((row) => JSON.stringify(row));
    return {
      records: rows(RECORDS),
      checkpoints: rows(CHECKPOINTS).map(byPlace),
      partitions: rows(PARTITIONS),
      files: filesIn(join(directory, 'lines', 'lines')),
    };
  });
}

/** In which parts two of them differ, each with the first pair of lines that is not equal. */
export function differences(left: Left, right: Left): string[] {
  const names = ['records', 'checkpoints', 'partitions', 'files'] as const;
  return names.flatMap((name) => {
    const [one, other] = [left[name], right[name]];
    const at = one.findIndex((line, index) => line !== other[index]);
    if (at === -1 && one.length === other.length) return [];
    return [`${name}: ${one.length} and ${other.length}, at ${at}: ${String(one[at])} and ${String(other[at])}`];
  });
}

/** Where the checkpoint of a partition of `orders` stands. */
export function checkpointOf({ directory }: Place, partition: string): { version: number; cursor: string | null } {
  const sql = "SELECT version, cursor FROM offpeak_checkpoint WHERE job = 'orders' AND partition = ?";
  return reading(directory, (db) => {
    const row = db.prepare<[string], { version: number; cursor: string | null }>(sql).get(partition);
    assert(row, `no checkpoint of ${partition}`);
    return row;
  });
}

/** The fence of the lease: it grows with every holder. */
export function fenceOf(directory: string): number {
  return reading(directory, (db) => Number(db.prepare('SELECT fence FROM offpeak_lease').pluck().get() ?? 0));
}

/** The sandbox's page tokens carry the instant at which they were issued: only the place that they stand for is compared. */
function byPlace(text: string): string {
  return text.replaceAll(/[\w-]{24,}/g, (token) => {
    const place = /^(\d+)\.\d+\.[0-9a-f]+$/.exec(Buffer.from(token, 'base64url').toString('latin1'))?.[1];
    return place === undefined ? token : `from ${place}`;
  });
}

/** Lines with the name of their file. What a killed process left of a first page was moved aside, for people to look at. */
function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.endsWith('.jsonl'));
  return names.sort().flatMap((name) =>
    readFileSync(join(directory, name), 'utf8')
      .split('\n')
      .map((line) => `${name} ${line}`),
  );
}

/** Looks at a store that other processes may have open. */
export function reading<Seen>(directory: string, look: (db: Database) => Seen): Seen {
  const db = new Sqlite(join(directory, 'data/offpeak.db'), { readonly: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}
