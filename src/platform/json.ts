import { parse } from 'secure-json-parse';

/** Levels of lists and objects in each other: what is deeper overflows the stack of whoever writes it out again. */
export const JSON_DEPTH_MAX = 200;

/** Lists, objects and names of fields in one reply: some bytes of each become hundreds in memory. */
export const JSON_PARTS_MAX = 2_000_000;

/**
 * Reads the JSON of a reply; undefined when it is none, or beyond the bounds above. Drops `__proto__`. Numbers that a double
 * cannot hold are kept as text instead of being rounded: whole ones and decimals beyond 2^53 (ids of 17 digits and more), and
 * 1e400, which would become Infinity.
 */
export function parseJson(body: string): unknown {
  try {
    // Each part takes a character: only a longer text can have too many, and has to be looked at before it takes memory.
    if (body.length > JSON_PARTS_MAX) return parseScanned(body);
    const value = parseSafely(body);
    return isOrdinary(value, JSON_DEPTH_MAX) ? value : parseScanned(body);
  } catch {
    return undefined;
  }
}

/** Nearly every reply: neither too deep nor with a number that may have lost digits. A tenth of what the scan costs. */
function isOrdinary(value: unknown, levelsLeft: number): boolean {
  if (typeof value === 'number') return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  if (levelsLeft === 0) return false;
  if (Array.isArray(value)) {
    for (const part of value) if (!isOrdinary(part, levelsLeft - 1)) return false;
    return true;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  // Fresh from JSON.parse they inherit nothing that counts, and to list them first would take as long as to read them.
  for (const name in fields) if (!isOrdinary(fields[name], levelsLeft - 1)) return false;
  return true;
}

function parseScanned(body: string): unknown {
  const { isBounded, large } = scan(body);
  if (!isBounded) return undefined;
  const value = parseSafely(body);
  // Only text that is JSON as it stands: with quotes around a number, some that is not would become so.
  return large.length > 0 ? parseSafely(quoted(body, large)) : value;
}

function parseSafely(text: string): unknown {
  return parse(text, null, { protoAction: 'remove', constructorAction: 'remove' }) as unknown;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Scan {
  readonly isBounded: boolean;
  /** Where numbers stand that a double cannot hold. */
  readonly large: readonly Span[];
}

/** Looks once over text that may be JSON, jumping over strings. */
function scan(text: string): Scan {
  const large: Span[] = [];
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at);
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
      parts += 1;
    } else if (char === COLON) {
      parts += 1;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      depth -= 1;
    } else if (isDigit(char)) {
      const end = endOfNumber(text, at);
      if (end - at >= SHORTEST_LARGE && isLarge(text.slice(at, end))) large.push({ start: startOf(text, at), end });
      at = end - 1;
    }
    if (depth > JSON_DEPTH_MAX || parts > JSON_PARTS_MAX) return { isBounded: false, large };
  }
  return { isBounded: true, large };
}

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;

/** `1e309`. */
const SHORTEST_LARGE = 5;

/** The index of the quote that ends the string; the text's length where none does. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes -= 1;
    if ((end - escapes) % 2 === 0) return end;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start;
  for (; end < text.length; end += 1) {
    const char = text.charCodeAt(end);
    const isPart = isDigit(char) || char === DOT || char === PLUS || char === MINUS || (char | 0x20) === 0x65;
    if (!isPart) break;
  }
  return end;
}

function isDigit(char: number): boolean {
  return char >= 0x30 && char <= 0x39;
}

/** With the sign in front. */
function startOf(text: string, at: number): number {
  return text.charCodeAt(at - 1) === MINUS ? at - 1 : at;
}

/** Whoever writes an exponent means a rounded number: only what exceeds all doubles is lost then. */
function isLarge(token: string): boolean {
  const value = Number(token);
  return /e/i.test(token) ? value === Infinity : value > Number.MAX_SAFE_INTEGER;
}

function quoted(text: string, spans: readonly Span[]): string {
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end } of spans) {
    pieces.push(text.slice(done, start), '"', text.slice(start, end), '"');
    done = end;
  }
  return pieces.join('') + text.slice(done);
}
