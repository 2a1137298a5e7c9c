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

/** A number or a word of the field; null when it is neither. */
export function parseValue(text: string, rule: FieldRule): number | null {
  const word = rule.words.indexOf(text.toLowerCase());
  if (word >= 0) return rule.min + word;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= rule.min && value <= rule.max ? value : null;
}

/** What a single value may be, for messages. */
export function acceptedValues(rule: FieldRule): string {
  const words = rule.words.length === 0 ? '' : ` or ${rule.words[0] ?? ''}-${rule.words.at(-1) ?? ''}`;
  return `${rule.min}-${rule.max}${words}`;
}

/** `minute: expected …, got "60"`. */
export function faultOf(rule: FieldRule, expected: string, got: string): { fault: string } {
  return { fault: `${rule.name}: expected ${expected}, got "${got}"` };
}
