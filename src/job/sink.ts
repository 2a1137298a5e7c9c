/** A record as a platform delivered it. */
export type SinkRecord = Readonly<Record<string, unknown>>;

/** Names that an upsert sink's table may have. */
export const TABLE_NAME = /^(?!offpeak_|sqlite_)[a-z][a-z0-9_]{0,47}$/;

export interface UpsertSink {
  readonly kind: 'upsert';
  readonly table: string;
  /** Fields that make a record's identity within the table. */
  readonly key: readonly string[];
}

export interface JsonlSink {
  readonly kind: 'jsonl';
  /** One file per partition: `<directory>/<job>/<partition>.jsonl`. Relative to the project directory. */
  readonly directory: string;
}

/**
 * Delivers a page itself. Called before the page is committed, and again with the same `idempotencyKey` when a crash
 * came in between: make the receiver ignore keys that it has seen.
 */
export type FunctionSink = (records: readonly SinkRecord[], page: DeliveredPage) => Promise<void> | void;

export type Sink = UpsertSink | JsonlSink | FunctionSink;

export interface DeliveredPage {
  readonly job: string;
  readonly partition: string;
  /** `job/partition/run/page`; the same for the same page after a crash. */
  readonly idempotencyKey: string;
}

/**
 * Keeps records in a table of Offpeak's own SQLite file, in the transaction of the cursor: a record is never there
 * twice and never missing. The table has the columns key, data (JSON), job, partition, first_seen_ms and updated_ms.
 * @param table lower-case letters, digits and `_`, a letter first, at most 48; made on first use. `offpeak_` is reserved.
 * @param options.key the field, or fields, that identify a record within the table.
 */
export function upsert(table: string, options: { key: string | readonly string[] }): UpsertSink {
  return { kind: 'upsert', table, key: typeof options.key === 'string' ? [options.key] : [...options.key] };
}

/**
 * Appends records to a file per partition, a JSON object a line. The file's length is committed with the cursor, and
 * what a crash left behind it is cut off: no line is there twice.
 */
export function jsonl(directory: string): JsonlSink {
  return { kind: 'jsonl', directory };
}

/** A page on its way into a sink. */
export interface SinkPage extends DeliveredPage {
  readonly records: readonly SinkRecord[];
  /** The name of its checkpoint, where it is not the partition's key: a file of a sink goes by it. */
  readonly checkpoint?: string;
  /** What the sink returned with the last committed page of this partition. */
  readonly state: string | null;
}

/** What remains to be committed with the cursor after a sink has done its own part. */
export interface SinkWrite {
  readonly upsert: { readonly table: string; readonly rows: readonly UpsertRow[] } | null;
  readonly state: string | null;
}

export interface UpsertRow {
  readonly key: string;
  /** The record as JSON text. */
  readonly data: string;
}

/** Port: the first half of delivering a page; the second half is the commit of what it returns. */
export type WriteSink = (sink: Sink, page: SinkPage) => Promise<SinkWrite>;
