import pino from 'pino';
import { prettyFactory } from 'pino-pretty';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What happened is said by the message, with whom and how much by the fields. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log whose level can be changed while it is in use. */
export interface OpenLog extends Log {
  level: LogLevel;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** A JSON object a line, or lines for people. */
  readonly format: 'ndjson' | 'pretty' | 'pretty-color';
  /** Blanks the secrets that are known, see SecretVault. */
  readonly scrub: (text: string) => string;
  /** Standard error in the end: standard output is for data. */
  readonly destination: { write(text: string): unknown };
  readonly nowMs: () => number;
}

const TEXT_CHARS_MAX = 4_000;
const ENTRIES_MAX = 50;
const DEPTH_MAX = 5;
const CAUSES_MAX = 3;
const ERRORS_MAX = 5;
/** What all fields of a line may have together, roughly. */
const FIELDS_CHARS_MAX = 64_000;
/** What a value takes of that beside its text. */
const VALUE_CHARS = 8;

/**
 * Opens the log. Three layers keep secrets out (redaction by path leaks: it knows neither depth nor spelling): objects are
 * rebuilt from what is allowed, fields that are named like secrets are blanked, and known values are scrubbed from every
 * text and once more from the line.
 */
export function openLog({ level, format, scrub, destination, nowMs }: LogOptions): OpenLog {
  const pretty = format === 'ndjson' ? null : prettyFactory({ colorize: format === 'pretty-color', ...PRETTY });
  const stream = {
    write(line: string): void {
      const scrubbed = scrub(line);
      destination.write(pretty ? scrub(pretty(scrubbed)) : scrubbed);
    },
  };
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (printed: unknown) => printed }, // pino's own would take it apart again
    },
    stream,
  );
  const clean = (text: string): string => cleanText(scrub(text));
  return {
    get level() {
      return level;
    },
    set level(next) {
      level = next;
      logger.level = next;
    },
    debug: (fields, message) => logger.debug(printable(fields, clean), clean(message)),
    info: (fields, message) => logger.info(printable(fields, clean), clean(message)),
    warn: (fields, message) => logger.warn(printable(fields, clean), clean(message)),
    error: (fields, message) => logger.error(printable(fields, clean), clean(message)),
  };
}

const PRETTY = { ignore: 'pid', translateTime: 'SYS:yyyy-mm-dd HH:MM:ss', singleLine: true } as const;

/** Controls (C0, C1), line separators and the marks that turn the direction of text: they forge lines on a terminal. */
export const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const QUERY = /(\bhttps?:\/\/[^\s?#"'<>]*)[?#][^\s"'<>]*/gi;
const USER_INFO = /(\bhttps?:\/\/)[^\s/@"'<>]+@/gi;

/** One line of text without what a query carries. */
function cleanText(text: string): string {
  const oneLine = text.replace(/\r?\n\s*/g, ' | ').replace(CONTROLS, '');
  const plain = oneLine.replace(USER_INFO, '$1').replace(QUERY, '$1?…');
  return plain.length > TEXT_CHARS_MAX ? `${plain.slice(0, TEXT_CHARS_MAX)}…` : plain;
}

type Clean = (text: string) => string;

function printable(fields: LogFields, clean: Clean): Record<string, unknown> {
  const left = { chars: FIELDS_CHARS_MAX };
  const counting = (text: string): string => {
    const cleaned = clean(text);
    left.chars -= cleaned.length;
    return cleaned;
  };
  return printableObject(fields, { clean: counting, depth: 0, left });
}

interface Place {
  readonly clean: Clean;
  readonly depth: number;
  /** Of the whole line. */
  readonly left: { chars: number };
}

function printableObject(fields: object, place: Place): Record<string, unknown> {
  const inside = { ...place, depth: place.depth + 1 };
  const keys = Object.keys(fields).slice(0, ENTRIES_MAX);
  return Object.fromEntries(
    keys.map((key) => [
      nameOf(place.clean(key), place.depth),
      readable(() => printableField(key, (fields as LogFields)[key], inside)),
    ]),
  );
}

/** What job code throws may throw itself when it is looked at (getters, proxies): the line is written all the same. */
function readable(print: () => unknown): unknown {
  try {
    return print();
  } catch {
    return '[unreadable]';
  }
}

/** The logger's own names stay its own. */
function nameOf(key: string, depth: number): string {
  return depth === 0 && /^(?:level|time|pid|msg)$/.test(key) ? `${key}_` : key;
}

const SECRET_NAME =
  /token|secret|passwo?r?d|cookie|authorization|credential|signature|^sign$|(?:api|access|private|app)[_-]?key$/i;
const RAW_NAME = /^(?:headers|body|config|params|query|options)$/i;
/** What may be said of a request or a reply. */
const EXCHANGE_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['req', ['method', 'host', 'path', 'api', 'attempt']],
  ['request', ['method', 'host', 'path', 'api', 'attempt']],
  ['res', ['status', 'ms', 'bytes', 'code']],
  ['response', ['status', 'ms', 'bytes', 'code']],
  ['reply', ['status', 'ms', 'bytes', 'code']],
]);

function printableField(key: string, value: unknown, place: Place): unknown {
  const isBare = typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined;
  if (isBare) return value;
  if (SECRET_NAME.test(key)) return '[redacted]';
  if (RAW_NAME.test(key) && typeof value === 'object') return '[omitted]';
  const allowed = EXCHANGE_FIELDS.get(key);
  if (allowed && typeof value === 'object') return printableObject(pick(value, allowed), place);
  return printableValue(value, place);
}

function printableValue(value: unknown, place: Place): unknown {
  place.left.chars -= VALUE_CHARS;
  if (typeof value === 'string') return place.left.chars > 0 ? place.clean(value) : '[more]';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object') return `[${typeof value}]`;
  if (place.left.chars <= 0) return '[more]';
  if (isError(value)) return printableError(value, place.clean, CAUSES_MAX);
  if (place.depth >= DEPTH_MAX) return '[deeper]';
  if (Array.isArray(value)) {
    return value
      .slice(0, ENTRIES_MAX)
      .map((part: unknown) => printableValue(part, { ...place, depth: place.depth + 1 }));
  }
  return isPlain(value) ? printableObject(value, place) : place.clean(textOf(value));
}

/** Nothing else of an error: those of HTTP clients carry the whole request. */
function printableError(error: ErrorLike, clean: Clean, causesLeft: number): Record<string, unknown> {
  const { message, code, hint, cause, errors } = error;
  return {
    ...(typeof code === 'string' ? { code: clean(code) } : {}),
    message: typeof message === 'string' ? clean(message) : '[no text]',
    ...(typeof hint === 'string' ? { hint: clean(hint) } : {}),
    // Errors for the operator say where; of the others, which are bugs, the stack does.
    ...(error.name !== 'OffpeakError' && typeof error.stack === 'string' ? { stack: clean(error.stack) } : {}),
    ...(isError(cause) && causesLeft > 0 ? { cause: printableError(cause, clean, causesLeft - 1) } : {}),
    ...(Array.isArray(errors) && causesLeft > 0 ? { errors: printableErrors(errors, clean) } : {}),
  };
}

/** Of a connection that was tried at several addresses only these say why it failed. */
function printableErrors(errors: readonly unknown[], clean: Clean): unknown[] {
  return errors
    .slice(0, ERRORS_MAX)
    .map((each) => (isError(each) ? printableError(each, clean, 0) : `[${typeof each}]`));
}

interface ErrorLike {
  readonly name: unknown;
  readonly message: unknown;
  readonly stack?: unknown;
  readonly code?: unknown;
  readonly hint?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Also of another realm, as job files throw them. */
function isError(value: unknown): value is ErrorLike {
  return Object.prototype.toString.call(value) === '[object Error]' || value instanceof Error;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Dates and secret references say what they are; of other classes only the name is told. */
function textOf(value: object): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[no date]' : value.toISOString();
  if (Symbol.for('offpeak.secret') in value) return (value as { toString(): string }).toString();
  const { constructor }: { constructor?: unknown } = value;
  return `[${typeof constructor === 'function' ? constructor.name : 'object'}]`;
}

function pick(value: object | null, names: readonly string[]): object {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([name]) => names.includes(name)));
}
