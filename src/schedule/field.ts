import { hashOf } from './hash';

/** One of the five fields of a cron expression: its bounds, and the words that stand for numbers. */
export interface FieldRule {
  readonly name: 'minute' | 'hour' | 'day of month' | 'month' | 'day of week';
  readonly min: number;
  readonly max: number;
  /** The highest value that `H` takes: the 29th is not in every month. */
  readonly hashMax: number;
  /** Words for min, min + 1, and so on. */
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

export const FIELDS = {
  minute: { name: 'minute', min: 0, max: 59, hashMax: 59, words: [] },
  hour: { name: 'hour', min: 0, max: 23, hashMax: 23, words: [] },
  dayOfMonth: { name: 'day of month', min: 1, max: 31, hashMax: 28, words: [] },
  month: { name: 'month', min: 1, max: 12, hashMax: 12, words: MONTHS },
  // 7 is Sunday too.
  dayOfWeek: { name: 'day of week', min: 0, max: 7, hashMax: 6, words: DAYS },
} as const satisfies Record<string, FieldRule>;

/** The values of a field in rising order, or what is wrong with it: `minute: expected …, got …`. */
export type FieldValues = { readonly values: readonly number[] } | { readonly fault: string };

/** Parses one field. `seed` is what `H` is stable for. */
export function parseField(text: string, rule: FieldRule, seed: string): FieldValues {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const parsed = parsePart(part, rule, seed);
    if ('fault' in parsed) return parsed;
    for (const value of parsed.values) values.add(rule === FIELDS.dayOfWeek && value === 7 ? 0 : value);
  }
  return { values: [...values].sort((a, b) => a - b) };
}

function parsePart(part: string, rule: FieldRule, seed: string): FieldValues {
  const [, body = '', step] = /^([^/]+)(?:\/(.*))?$/.exec(part) ?? [];
  const stepSize = step === undefined ? 1 : parseStep(step, rule);
  if (stepSize === null) return faultOf(rule, `a step of 1 to ${rule.max - rule.min}`, part);
  if (body === '*' || body === '?') return { values: spread(rule.min, rule.max, stepSize) };
  if (/^h(?:$|\()/i.test(body))
    return hashed(part, { body, stepSize: step === undefined ? null : stepSize, rule, seed });
  const range = parseRange(body, rule);
  if (range === null) return faultOf(rule, accepted(rule), part);
  const [from, to] = range;
  if (from > to) return faultOf(rule, `a range that rises (write ${from}-${rule.max},${rule.min}-${to})`, part);
  if (step !== undefined && !body.includes('-'))
    return faultOf(rule, `a range before the step (write ${from}-${rule.max}/${step})`, part);
  return { values: spread(from, to, stepSize) };
}

interface HashedPart {
  readonly body: string;
  readonly stepSize: number | null;
  readonly rule: FieldRule;
  readonly seed: string;
}

/** `H`, `H(a-b)`, `H/n`, `H(a-b)/n`, as in Jenkins: the step starts at a hashed value below it. */
function hashed(part: string, { body, stepSize, rule, seed }: HashedPart): FieldValues {
  const inner = /^h\((.*)\)$/i.exec(body)?.[1];
  const range = body.length === 1 ? [rule.min, rule.hashMax] : parseRange(inner ?? '', rule);
  if (range === null) return faultOf(rule, `H, H(a-b), H/n or H(a-b)/n with ${accepted(rule)}`, part);
  const [from = 0, to = 0] = range;
  if (from > to) return faultOf(rule, 'a range that rises', part);
  const size = to - from + 1;
  const hash = hashOf(`${seed} ${rule.name}`);
  if (stepSize === null) return { values: [from + (hash % size)] };
  if (stepSize > size) return faultOf(rule, `a step of at most ${size}`, part);
  return { values: spread(from + (hash % stepSize), to, stepSize) };
}

function parseStep(text: string, rule: FieldRule): number | null {
  const step = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return step >= 1 && step <= rule.max - rule.min ? step : null;
}

/** Both ends; a single value is both. Null when it is neither. */
function parseRange(text: string, rule: FieldRule): [number, number] | null {
  const [first = '', last, ...rest] = text.split('-');
  const from = parseValue(first, rule);
  if (rest.length > 0 || from === null) return null;
  if (last === undefined) return [from, from];
  const to = parseValue(last, rule);
  if (to === null) return null;
  // A week may end on Sunday: fri-sun.
  return [from, rule === FIELDS.dayOfWeek && to === 0 && from > 0 ? 7 : to];
}

function parseValue(text: string, rule: FieldRule): number | null {
  const word = rule.words.indexOf(text.toLowerCase());
  if (word >= 0) return rule.min + word;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= rule.min && value <= rule.max ? value : null;
}

function spread(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

function accepted(rule: FieldRule): string {
  const words = rule.words.length === 0 ? '' : ` or ${rule.words[0] ?? ''}-${rule.words.at(-1) ?? ''}`;
  return `${rule.min}-${rule.max}${words}`;
}

function faultOf(rule: FieldRule, expected: string, got: string): { fault: string } {
  return { fault: `${rule.name}: expected ${expected}, got "${got}"` };
}
