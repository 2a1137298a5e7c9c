import { OffpeakError } from '../errors';
import { describeValue, faultLines, faultsOf, type SchemaIssue } from './faults';

/** A job's schema of its cursor: anything with zod's `safeParse`, so that a project's own copy of zod serves too. */
export interface CursorSchema {
  safeParse(value: unknown): {
    readonly success: boolean;
    readonly data?: unknown;
    readonly error?: CursorFault | undefined;
  };
}

interface CursorFault {
  readonly issues: readonly SchemaIssue[];
}

/** Whose cursor it is, for messages. */
export interface CursorOwner {
  readonly job: string;
  readonly partition: string;
}

/** A cursor is a position, not a store of what was seen: that belongs into a sink. */
export const CURSOR_BYTES_MAX = 65_536;
const DEPTH_MAX = 32;

/**
 * The JSON text of a cursor that a page yielded. What comes back from the text is what was yielded, and the schema takes
 * it: nothing turns into null or into a string on the way. A property that is `undefined` counts as left out.
 * Throws CURSOR_INVALID or CURSOR_TOO_LARGE.
 */
export function encodeCursor(schema: CursorSchema, value: unknown, owner: CursorOwner): string {
  checkSchema(schema, value, owner);
  checkJson(value, { path: 'cursor', depth: 0, owner });
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > CURSOR_BYTES_MAX) {
    throw new OffpeakError(
      'CURSOR_TOO_LARGE',
      `${nameOf(owner)}: expected a cursor of at most ${CURSOR_BYTES_MAX} bytes, got ${bytes}`,
      {
        hint: 'Keep a position in the cursor (a page token, an instant), and give what was seen to the sink.',
      },
    );
  }
  decodeCursor(schema, text, owner);
  return text;
}

/** The cursor that a JSON text holds, as the job's schema reads it. Throws CURSOR_INVALID. */
export function decodeCursor(schema: CursorSchema, text: string, owner: CursorOwner): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid(owner, `cursor: expected JSON text, got ${describeValue(text)}`, cause);
  }
  return checkSchema(schema, value, owner);
}

function checkSchema(schema: CursorSchema, value: unknown, owner: CursorOwner): unknown {
  const result = parseWith(schema, value, owner);
  if (result.success) return result.data;
  const faults = faultsOf(result.error?.issues ?? [], value).map(({ path, message }) => ({
    path: path === '' ? 'cursor' : path.startsWith('[') ? `cursor${path}` : `cursor.${path}`,
    message,
  }));
  throw new OffpeakError('CURSOR_INVALID', faultLines(nameOf(owner), faults), { hint: HINT, cause: result.error });
}

/** A refinement of the user's may throw, and an asynchronous one does. */
function parseWith(schema: CursorSchema, value: unknown, owner: CursorOwner): ReturnType<CursorSchema['safeParse']> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    throw invalid(owner, 'cursor: the schema threw; it must be synchronous and take any value', cause);
  }
}

const HINT =
  'Change the schema in the job file so that it takes what is stored, or set the cursor by hand: offpeak state.';

interface At {
  readonly path: string;
  readonly depth: number;
  readonly owner: CursorOwner;
}

/** Throws unless JSON gives the value back as it is. */
function checkJson(value: unknown, at: At): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (typeof value !== 'object' || !isPlain(value)) {
    throw invalid(at.owner, `${at.path}: expected a JSON value, got ${describeValue(value)}${remedy(value)}`);
  }
  if (at.depth >= DEPTH_MAX) throw invalid(at.owner, `${at.path}: expected at most ${DEPTH_MAX} levels, got more`);
  for (const [key, part] of Object.entries(value)) {
    if (part === undefined && !Array.isArray(value)) continue;
    // Schemas drop it, and copies take it for the prototype.
    if (key === '__proto__') throw invalid(at.owner, `${at.path}: expected no field named __proto__`);
    const path = Array.isArray(value) ? `${at.path}[${key}]` : `${at.path}.${key}`;
    checkJson(part, { path, depth: at.depth + 1, owner: at.owner });
  }
  if (Array.isArray(value) && Object.keys(value).length !== value.length) {
    throw invalid(at.owner, `${at.path}: expected a list without gaps`);
  }
}

/** Objects of another realm are plain too, so the prototype is compared by what it lacks. */
function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  if ('toJSON' in value && typeof value.toJSON === 'function') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function remedy(value: unknown): string {
  if (Object.prototype.toString.call(value) === '[object Date]') return '; keep epoch milliseconds: date.getTime()';
  return typeof value === 'bigint' ? '; keep its text' : '';
}

function nameOf(owner: CursorOwner): string {
  return `${owner.job}/${owner.partition}`;
}

function invalid(owner: CursorOwner, message: string, cause?: unknown): OffpeakError {
  return new OffpeakError('CURSOR_INVALID', `${nameOf(owner)} ${message}`, { hint: HINT, cause });
}
