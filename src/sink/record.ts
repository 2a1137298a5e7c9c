import { messageOf, OffpeakError } from '../errors';

/** A record as a line of JSON. Records are what platforms delivered, so anything may come. Throws SINK_FAILED. */
export function recordJson(record: unknown, where: string): string {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    const got = record === null ? 'null' : Array.isArray(record) ? 'a list' : typeof record;
    throw new OffpeakError('SINK_FAILED', `${where}: expected an object, got ${got}`);
  }
  try {
    // An object whose toJSON gives nothing has no text.
    const text = JSON.stringify(record) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw new OffpeakError('SINK_FAILED', `${where}: expected what JSON can hold: ${messageOf(cause)}`, { cause });
  }
  throw new OffpeakError('SINK_FAILED', `${where}: expected what JSON can hold, got an object that leaves itself out`);
}
