import { z } from 'zod';
import { parseJson } from './json';

/** The top level of a reply: an object, nothing about it known yet. */
export type Envelope = Readonly<Record<string, unknown>>;

/** Reads a reply's body; null when it is not a JSON object. */
export function parseEnvelope(body: string): Envelope | null {
  const value = parseJson(body);
  return isEnvelope(value) ? value : null;
}

export function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object within a reply, as it came: unlike z.record it copies nothing, and costs a tenth of it. */
export const anyObject = z.custom<Envelope>(isEnvelope, 'expected an object');

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
