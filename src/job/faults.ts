import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

/** What zod reports, in the parts that every version of it has: a project's own copy may be another one. */
export interface SchemaIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** One thing that is wrong: where (`schedule.cron`, empty for the whole value) and what was expected and got. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** More faults than this are counted, not listed. */
const FAULTS_LISTED_MAX = 25;
const GOT_CHARS_MAX = 60;

/** Says of every issue what was expected and what was got. */
export function faultsOf(issues: readonly SchemaIssue[], value: unknown): Fault[] {
  return issues.map((issue) => ({
    path: pathText(issue.path),
    message: messageFor(issue, valueAt(value, issue.path)),
  }));
}

/** A line per fault: `jobs/x.ts schedule.cron: expected five fields, got "0 25 * *"`. */
export function faultLines(where: string, faults: readonly Fault[]): string {
  const lines = faults
    .slice(0, FAULTS_LISTED_MAX)
    .map(({ path, message }) => (path === '' ? `${where}: ${message}` : `${where} ${path}: ${message}`));
  if (faults.length > FAULTS_LISTED_MAX) lines.push(`${where}: and ${faults.length - FAULTS_LISTED_MAX} more`);
  return lines.join('\n');
}

/** An object schema that refuses unknown keys and names the nearest known one. */
export function strictShape<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownKeys(issue.keys, Object.keys(shape)) : undefined),
  });
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const named = keys.map((key) => {
    const nearest = nearestWord(key, known);
    return `unknown key "${key}"${nearest === null ? '' : `, did you mean "${nearest}"?`}`;
  });
  const areAllNear = keys.every((key) => nearestWord(key, known) !== null);
  return `${named.join('; ')}${areAllNear ? '' : `; known: ${known.join(', ')}`}`;
}

/** `, did you mean "x"?` for a word that is near a known one; else the known words. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = nearestWord(word, known);
  return nearest === null ? `; known: ${known.join(', ')}` : `, did you mean "${nearest}"?`;
}

function nearestWord(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const nearest = closest(word, [...known]);
  const typosMax = Math.max(1, Math.floor(nearest.length / 3));
  return distance(word.toLowerCase(), nearest.toLowerCase()) <= typosMax ? nearest : null;
}

/** A value for an error message: short, and an object or function by its kind only. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > GOT_CHARS_MAX ? `${value.slice(0, GOT_CHARS_MAX)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return 'a symbol';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (Object.prototype.toString.call(value) === '[object Date]') return 'a Date';
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with the keys ${keys.slice(0, 8).join(', ')}`;
}

function messageFor(issue: SchemaIssue, value: unknown): string {
  if (issue.code === 'unrecognized_keys') return issue.message;
  if (issue.code === 'invalid_key') return invalidKey(issue as z.core.$ZodIssueInvalidKey);
  // A schema's own message may be complete.
  if (issue.message.includes(', got ')) return issue.message;
  const got = describeValue(value);
  // A message of the schema's own says it better than its code.
  if (issue.message.startsWith('expected ')) return `${issue.message}, got ${got}`;
  const expected = expectedBy(issue as z.core.$ZodIssue);
  return expected === null ? `${lowerFirst(issue.message)}, got ${got}` : `expected ${expected}, got ${got}`;
}

function invalidKey(issue: z.core.$ZodIssueInvalidKey): string {
  return `${issue.issues[0]?.message ?? issue.message}, got the name ${JSON.stringify(issue.path.at(-1))}`;
}

/** Null where the message alone says everything. */
function expectedBy(issue: z.core.$ZodIssue): string | null {
  if (issue.code === 'invalid_type') return issue.expected;
  if (issue.code === 'too_small') return `at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
  if (issue.code === 'too_big') return `at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value)).join(' or ');
  return null;
}

function unitOf(origin: string | undefined): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' in the list' : '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}

/** `windows[0]`, `platforms.kuaishou`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
