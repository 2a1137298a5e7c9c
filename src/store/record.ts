import type { Database, Statement } from 'better-sqlite3';
import { codeOf, OffpeakError } from '../errors';
import { TABLE_NAME, type UpsertRow } from '../job/sink';
import type { Connection } from './connection';

/** What the upsert sink kept. A table that no page has reached yet is empty. */
export interface RecordReader {
  /** Names of the tables, in order. */
  tables(): Promise<string[]>;
  count(table: string): Promise<number>;
  /** Every key of a table, in order. */
  keys(table: string): Promise<string[]>;
}

/** A page's records on their way into a table. */
export interface RecordWrite {
  readonly table: string;
  readonly rows: readonly UpsertRow[];
  readonly job: string;
  readonly partition: string;
  readonly nowMs: number;
}

/** Rows that one statement takes: the cost of a row halves, beyond it gains no more. */
const ROWS_PER_STATEMENT = 25;

/** Key and data of each row in turn, then what they share. */
type Upsert = Statement<[string[], { job: string; partition: string; nowMs: number }]>;

/** A table's statements: for ROWS_PER_STATEMENT rows, and for one of those that remain. */
interface Upserts {
  readonly many: Upsert;
  readonly one: Upsert;
}

/** The upsert sink's tables. They carry the names that their users gave them. */
export class Records implements RecordReader {
  readonly #connection: Connection;
  readonly #upserts = new Map<string, Upserts>(); // one per table name in the job files

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  tables(): Promise<string[]> {
    return this.#connection.read(() => this.#names());
  }

  count(table: string): Promise<number> {
    return this.#connection.read(() => {
      if (!this.#names().includes(table)) return 0;
      const row = this.#connection.db.prepare<[], { n: number }>(`SELECT COUNT(*) AS n FROM "${table}"`).get();
      return row?.n ?? 0;
    });
  }

  keys(table: string): Promise<string[]> {
    return this.#connection.read(() => {
      if (!this.#names().includes(table)) return [];
      const rows = this.#connection.db.prepare<[], { key: string }>(`SELECT key FROM "${table}" ORDER BY key`).all();
      return rows.map((row) => row.key);
    });
  }

  /** Within a transaction. Makes the table if it is not there. */
  upsert(write: RecordWrite): void {
    const { table } = write;
    const known = this.#upserts.get(table) ?? this.#make(table);
    try {
      put(known, write);
    } catch (thrown) {
      if (codeOf(thrown) !== 'SQLITE_ERROR' || this.#names().includes(table)) throw thrown;
      // No such table: the transaction that made it was rolled back, or somebody dropped it. To look before each page
      // would cost as much as three of its records.
      put(this.#make(table), write);
    }
  }

  #names(): string[] {
    return recordTables(this.#connection.db);
  }

  #make(table: string): Upserts {
    if (!TABLE_NAME.test(table)) throw invalidName(table);
    const { db } = this.#connection;
    db.exec(`
      CREATE TABLE IF NOT EXISTS "${table}" (
        key           TEXT    NOT NULL PRIMARY KEY,
        data          TEXT    NOT NULL CHECK (json_valid(data)),
        job           TEXT    NOT NULL,
        partition     TEXT    NOT NULL,
        first_seen_ms INTEGER NOT NULL,
        updated_ms    INTEGER NOT NULL
      ) STRICT`);
    const upserts = { many: upsertOf(db, table, ROWS_PER_STATEMENT), one: upsertOf(db, table, 1) };
    this.#upserts.set(table, upserts);
    return upserts;
  }
}

/** All tables but those of Offpeak's own and of SQLite. */
export function recordTables(db: Database): string[] {
  const names = db.prepare<[], { name: string }>(`
    SELECT name FROM sqlite_schema
    WHERE type = 'table' AND name NOT GLOB 'offpeak_*' AND name NOT GLOB 'sqlite_*' ORDER BY name`);
  return names.all().map(({ name }) => name);
}

function put({ many, one }: Upserts, { rows, job, partition, nowMs }: RecordWrite): void {
  for (let at = 0; at < rows.length; ) {
    const statement = rows.length - at < ROWS_PER_STATEMENT ? one : many;
    const next = at + (statement === many ? ROWS_PER_STATEMENT : 1);
    const values = rows.slice(at, next).flatMap(({ key, data }) => [key, data]);
    statement.run(values, { job, partition, nowMs });
    at = next;
  }
}

function upsertOf(db: Database, table: string, rows: number): Upsert {
  const values = Array.from({ length: rows }, () => '(?, ?, :job, :partition, :nowMs, :nowMs)').join(', ');
  return db.prepare(`
    INSERT INTO "${table}" (key, data, job, partition, first_seen_ms, updated_ms)
    VALUES ${values}
    ON CONFLICT (key) DO UPDATE SET
      data = excluded.data, job = excluded.job, partition = excluded.partition, updated_ms = excluded.updated_ms`);
}

function invalidName(table: string): OffpeakError {
  return new OffpeakError(
    'JOB_INVALID',
    `upsert(${JSON.stringify(table)}): expected a table name of at most 48 lower-case letters, digits and "_"`,
    { hint: 'Begin it with a letter, and with neither "offpeak_" nor "sqlite_".' },
  );
}
