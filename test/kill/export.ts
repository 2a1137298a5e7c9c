import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sqlite } from '../../src/store/driver';
import type { Place } from './life';

/** Everything that a job left, in one order and without instants: two of these are equal byte for byte, or they differ. */
export interface Left {
  readonly records: readonly string[];
  readonly checkpoints: readonly string[];
  readonly partitions: readonly string[];
  /** By name. */
  readonly files: Readonly<Record<string, string>>;
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

export async function exportOf({ directory }: Pick<Place, 'directory'>): Promise<Left> {
  const db = new Sqlite(storePath(directory), { readonly: true });
  const rows = (sql: string): string[] => db.prepare(sql).all().map((row) => JSON.stringify(row));
  try {
    return {
      records: rows(RECORDS),
      checkpoints: rows(CHECKPOINTS).map(byPlace),
      partitions: rows(PARTITIONS),
      files: await filesIn(join(directory, 'lines', 'lines')),
    };
  } finally {
    db.close();
  }
}

/** The sandbox's page tokens carry the instant at which they were issued: only the place that they stand for is compared. */
function byPlace(text: string): string {
  return text.replaceAll(/[\w-]{24,}/g, (token) => {
    const place = /^(\d+)\.\d+\.[0-9a-f]+$/.exec(Buffer.from(token, 'base64url').toString('latin1'))?.[1];
    return place === undefined ? token : `from ${place}`;
  });
}

async function filesIn(directory: string): Promise<Record<string, string>> {
  const names = await readdir(directory).catch(() => []);
  const texts = names.sort().map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}

export function storePath(directory: string): string {
  return join(directory, 'data/offpeak.db');
}

