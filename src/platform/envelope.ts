import { parse } from 'secure-json-parse';

/** The top level of a reply: an object, nothing about it known yet. */
export type Envelope = Readonly<Record<string, unknown>>;

/**
 * Reads a reply's body; null when it is not a JSON object. Drops `__proto__`, and keeps whole numbers that a double
 * cannot hold (ids of 17 digits and more) as text instead of rounding them.
 */
export function parseEnvelope(body: string): Envelope | null {
  try {
    const value = parseSafely(body);
    const hasLargeNumber = LARGE_NUMBER.test(body);
    const exact = hasLargeNumber ? parseSafely(quoteLargeNumbers(body)) : value;
    return isEnvelope(exact) ? exact : null;
  } catch {
    return null;
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
 * without control characters, which must not reach a terminal.
 */
export function plainText(value: unknown): string {
  return typeof value === 'string'
    ? value
        .normalize('NFKC')
        .replaceAll('\\_', '_')
        .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
        .trim()
    : '';
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
