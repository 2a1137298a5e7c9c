import { OffpeakError } from '../errors';
import type { SinkRecord, UpsertRow, UpsertSink } from '../job/sink';
import { recordJson } from './record';

/**
 * The rows of a page's records, each with its key as text; of records with one key the last. Throws SINK_FAILED for a
 * record without a key: it could neither be found again nor told from others.
 */
export function upsertRows(sink: UpsertSink, records: readonly SinkRecord[]): UpsertRow[] {
  const rows = new Map<string, UpsertRow>();
  for (const [index, record] of records.entries()) {
    const where = `table ${sink.table}, record ${index} of the page`;
    const data = recordJson(record, where);
    const parts = sink.key.map((field) => keyPart(record, field, where));
    const [only] = parts;
    const key = parts.length === 1 && only !== undefined ? only : JSON.stringify(parts);
    rows.set(key, { key, data });
  }
  return [...rows.values()];
}

/** 42 and "42" are one key: platforms deliver an id as a number here and as text there. */
function keyPart(record: SinkRecord, field: string, where: string): string {
  const value = Object.hasOwn(record, field) ? record[field] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value !== 'number') throw noKey(where, field, kindOf(value));
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    // Two ids of 17 digits may have become one number: merging them would lose a record without a word.
    throw noKey(where, field, 'a number that lost digits on the way; have it delivered as text');
  }
  if (!Number.isFinite(value)) throw noKey(where, field, String(value));
  return String(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return value === '' ? 'an empty text' : `a value of type ${typeof value}`;
}

function noKey(where: string, field: string, got: string): OffpeakError {
  return new OffpeakError(
    'SINK_FAILED',
    `${where}: expected text or a number in the key field "${field}", got ${got}`,
    {
      hint: 'Name the field, or the fields, that every record has: upsert(table, { key }).',
    },
  );
}
