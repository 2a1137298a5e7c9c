import type { Database } from 'better-sqlite3';
import { recordTables } from './record';

/** What a store holds, for people. */
export interface StoreContents {
  readonly version: number;
  /** The newest instant that anything in it speaks of, epoch ms; null in a store that was never used. */
  readonly asOfMs: number | null;
  readonly jobs: number;
  readonly partitions: number;
  readonly runs: number;
  readonly calls: number;
  /** Rows in the tables of upsert sinks. */
  readonly records: number;
  /** What sinks keep with the cursor, of every partition that has some. */
  readonly sinkStates: readonly string[];
}

/** Reads tables that every version of the store has. */
export function readContents(db: Database): StoreContents {
  const number = (sql: string): number => Number(db.prepare(sql).pluck().get());
  const asOf: unknown = db
    .prepare(`
      SELECT MAX(at_ms) FROM (
        SELECT MAX(heartbeat_at_ms) AS at_ms FROM offpeak_lease UNION ALL
        SELECT MAX(updated_at_ms) FROM offpeak_checkpoint UNION ALL
        SELECT MAX(sent_at_ms + duration_ms) FROM offpeak_call)`)
    .pluck()
    .get();
  return {
    version: Number(db.pragma('user_version', { simple: true })),
    asOfMs: typeof asOf === 'number' ? asOf : null,
    jobs: number('SELECT COUNT(*) FROM offpeak_job'),
    partitions: number('SELECT COUNT(*) FROM offpeak_checkpoint'),
    runs: number('SELECT COUNT(*) FROM offpeak_run'),
    calls: number('SELECT COUNT(*) FROM offpeak_call'),
    records: recordTables(db).reduce((total, table) => total + number(`SELECT COUNT(*) FROM "${table}"`), 0),
    sinkStates: sinkStates(db),
  };
}

function sinkStates(db: Database): string[] {
  return db.prepare('SELECT sink_state FROM offpeak_checkpoint WHERE sink_state IS NOT NULL').pluck().all().map(String);
}
