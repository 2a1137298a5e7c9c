import { didYouMean } from '../job/faults';
import { acceptedValues, type FieldRule, faultOf, parseValue } from './field-rule';
import { type FloatingDay, parseFloatingDay } from './floating-day';
import { hashOf } from './hash';

/** What a field names. */
export interface FieldValues {
  /** In rising order; Sunday is 0. */
  readonly values: readonly number[];
  readonly floating: readonly FloatingDay[];
  /** As it was written, with every `H` replaced by what it stands for. */
  readonly resolved: string;
}

/** A field, or what is wrong with it: `minute: expected …, got …`. */
export type ParsedField = FieldValues | { readonly fault: string };

/** Parses one field. `seed` is what `H` is stable for. */
export function parseField(text: string, rule: FieldRule, seed: string): ParsedField {
  const values = new Set<number>();
  const floating: FloatingDay[] = [];
  const resolved: string[] = [];
  for (const part of text.split(',')) {
    const day = parseFloatingDay(part, rule);
    if (day === null) {
      const parsed = parsePart(part, rule, seed);
      if ('fault' in parsed) return parsed;
      for (const value of parsed.values) values.add(rule.name === 'day of week' ? value % 7 : value);
      resolved.push(/^h/i.test(part) ? parsed.values.join(',') : part);
    } else if ('fault' in day) {
      return day;
    } else {
      floating.push(day);
      resolved.push(part);
    }
  }
  return { values: [...values].sort((a, b) => a - b), floating, resolved: resolved.join(',') };
}

type ParsedPart = { readonly values: readonly number[] } | { readonly fault: string };

function parsePart(part: string, rule: FieldRule, seed: string): ParsedPart {
  const [, body = '', step] = /^([^/]+)(?:\/(.*))?$/.exec(part) ?? [];
  const stepSize = step === undefined ? 1 : parseStep(step, rule);
  if (stepSize === null) return faultOf(rule, `a step of 1 to ${rule.max - rule.min}`, part);
  if (body === '*' || body === '?') return { values: spread(rule.min, rule.max, stepSize) };
  if (/^h(?:$|\()/i.test(body))
    return hashed(part, { body, stepSize: step === undefined ? null : stepSize, rule, seed });
  const range = parseRange(body, rule);
  if (range === null) return { fault: faultOf(rule, acceptedValues(rule), part).fault + nearWord(part, rule) };
  const [from, to] = range;
  if (from > to) return faultOf(rule, `a range that rises (write ${wrapped(from, to, rule)})`, part);
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

/**
 * `H`, `H(a-b)`, `H/n`, `H(a-b)/n`, as in Jenkins: the step starts at a hashed value below it
 * (https://www.jenkins.io/doc/book/pipeline/syntax/#cron-syntax).
 */
function hashed(part: string, { body, stepSize, rule, seed }: HashedPart): ParsedPart {
  const inner = /^h\((.*)\)$/i.exec(body)?.[1];
  const range = body.length === 1 ? [rule.min, rule.hashMax] : parseRange(inner ?? '', rule);
  if (range === null) return faultOf(rule, `H, H(a-b), H/n or H(a-b)/n with ${acceptedValues(rule)}`, part);
  const [from = 0, to = 0] = range;
  if (from > to) return faultOf(rule, 'a range that rises', part);
  const size = to - from + 1;
  const hash = hashOf(`${seed} ${rule.name}`);
  if (stepSize === null) return { values: [from + (hash % size)] };
  // One value to Jenkins, every value by what steps mean elsewhere.
  if (stepSize === 1) return faultOf(rule, `a step of at least 2 (write ${body} or *)`, part);
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
  return [from, rule.name === 'day of week' && to === 0 && from > 0 ? 7 : to];
}

function spread(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

/** A range over the end of the field as two that rise. */
function wrapped(from: number, to: number, rule: FieldRule): string {
  return `${from === rule.max ? from : `${from}-${rule.max}`},${to === rule.min ? to : `${rule.min}-${to}`}`;
}

/** `, did you mean "mon"?`; nothing when no word of the field is near. */
function nearWord(text: string, rule: FieldRule): string {
  if (!/^[a-z]{3,}$/i.test(text)) return '';
  const near = didYouMean(text.toLowerCase(), rule.words);
  return near.startsWith(',') ? near : '';
}
