import { parse } from 'secure-json-parse';

/** The top level of a reply: an object, nothing about it known yet. */
export type Envelope = Readonly<Record<string, unknown>>;

/**
 * Reads a reply's body; null when it is not a JSON object. Drops `__proto__`, and keeps whole numbers that a double
 * cannot hold (ids of 17 digits and more) as text instead of rounding them.
 */
export function parseEnvelope(body: string): Envelope | null {
  const value = parseJson(body);
  return isEnvelope(value) ? value : null;
}

/** The same for any JSON; undefined when it is none. */
export function parseJson(body: string): unknown {
  try {
    const value = parseSafely(body);
    return LARGE_NUMBER.test(body) ? parseSafely(quoteLargeNumbers(body)) : value;
  } catch {
    return undefined;
  }
}

export function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A code that platforms send as text or as number, as text; empty when it is neither. */
export function codeText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
}

/**
 * A message in one line, with full-width forms and Markdown's `\_` made plain, so that drift in them does not matter, and
 * without control characters, which must not reach a terminal. Of a long one, its beginning and its end.
 */
export function plainText(value: unknown): string {
  return typeof value === 'string'
    ? endsOf(value)
        .normalize('NFKC')
        .replaceAll('\\_', '_')
        .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
        .trim()
    : '';
}

/** In characters. The time that patterns take may grow with the square of what they are tried on. */
const BEGINNING_CHARS = 3_072;
const END_CHARS = 1_024;

function endsOf(text: string): string {
  if (text.length <= BEGINNING_CHARS + END_CHARS) return text;
  return `${text.slice(0, BEGINNING_CHARS)} … ${text.slice(-END_CHARS)}`;
}

function parseSafely(text: string): unknown {
  return parse(text, null, { protoAction: 'remove', constructorAction: 'remove' }) as unknown;
}

/** 16 digits may exceed 2^53. */
const LARGE_NUMBER = /\d{16}/;
const TEXT_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Only for text that was parsed before: relies on it being valid JSON. */
function quoteLargeNumbers(json: string): string {
  return json.replace(TEXT_OR_NUMBER, (token) =>
    /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}
