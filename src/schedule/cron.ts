import { OffpeakError } from '../errors';
import { describeValue } from '../job/faults';
import { type CalendarDays, doesOccur, isEveryDay } from './calendar-days';
import { type FieldValues, parseField } from './field';
import { FIELDS, type FieldRule } from './field-rule';

/** A cron expression with `H` resolved. Values rise. */
export interface Cron extends CalendarDays {
  /** As it was written. */
  readonly expression: string;
  /** Its five fields, with every `H` and nickname replaced by what they stand for. */
  readonly resolved: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /**
   * `fixed`: every slot belongs to its calendar day and happens exactly once, whatever the clocks do. `wildcard`
   * (minute or hour starts with `*` or `?`): slots follow real time.
   */
  readonly kind: 'fixed' | 'wildcard';
}

/** How day of month and day of week are read together; undefined where at least one of them must be `*`. */
export type DayMatch = CalendarDays['dayMatch'] | undefined;

/**
 * Spread by the job's name, as in Jenkins: all of them at midnight is what this tool is there to avoid. There too
 * `@midnight` is some time before three (https://www.jenkins.io/doc/book/pipeline/syntax/#cron-syntax).
 */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': 'H * * * *',
  '@daily': 'H H * * *',
  '@midnight': 'H H(0-2) * * *',
  '@weekly': 'H H * * H',
  '@monthly': 'H H H * *',
  '@yearly': 'H H H H *',
  '@annually': 'H H H H *',
};

const EXPRESSION_CHARS_MAX = 1_000;

/**
 * Parses five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps, names, `?`, `H`, `L`,
 * `W` and `#`, or a nickname. `H` stands for a value that is stable for the job's name. Throws JOB_INVALID that names
 * every faulty field.
 */
export function parseCron(expression: string, jobName: string, dayMatch?: DayMatch): Cron {
  if (expression.length > EXPRESSION_CHARS_MAX) throw notFiveFields(expression, 0);
  const fields = (NICKNAMES[expression.trim().toLowerCase()] ?? expression).trim().split(/\s+/);
  if (fields.length !== 5) throw notFiveFields(expression, fields.length);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const faults: string[] = [];
  const resolved: string[] = [];
  const fieldOf = (text: string, rule: FieldRule): FieldValues => {
    const parsed = parseField(text, rule, jobName);
    if ('fault' in parsed) {
      faults.push(parsed.fault);
      return { values: [], floating: [], resolved: text };
    }
    resolved.push(parsed.resolved);
    return parsed;
  };
  const parsed = {
    minutes: fieldOf(minute, FIELDS.minute).values,
    hours: fieldOf(hour, FIELDS.hour).values,
    daysOfMonth: fieldOf(dayOfMonth, FIELDS.dayOfMonth),
    months: fieldOf(month, FIELDS.month).values,
    daysOfWeek: fieldOf(dayOfWeek, FIELDS.dayOfWeek),
  };
  const areBothNamed = !isEveryDay(parsed.daysOfMonth, 31) && !isEveryDay(parsed.daysOfWeek, 7);
  const cron: Cron = {
    expression,
    resolved: resolved.join(' '),
    ...parsed,
    // A field that names every day says nothing: `either` would make it every day.
    dayMatch: areBothNamed ? (dayMatch ?? 'both') : 'both',
    kind: /^[*?]/.test(minute) || /^[*?]/.test(hour) ? 'wildcard' : 'fixed',
  };
  if (faults.length === 0 && areBothNamed && dayMatch === undefined) faults.push(twoReadings(dayOfMonth, dayOfWeek));
  if (faults.length === 0 && !doesOccur(cron)) faults.push(neverComes(cron, fields));
  if (faults.length > 0) throw new OffpeakError('JOB_INVALID', faults.join('; '));
  return cron;
}

function notFiveFields(expression: string, count: number): OffpeakError {
  const nicknames = Object.keys(NICKNAMES).join(', ');
  const seconds = count === 6 ? ' (six fields: leave out the seconds)' : '';
  return new OffpeakError(
    'JOB_INVALID',
    `expected five fields or one of ${nicknames}, got ${describeValue(expression)}${seconds}`,
  );
}

/** Vixie cron takes a day that is in either, others one that is in both. */
function twoReadings(dayOfMonth: string, dayOfWeek: string): string {
  return (
    `day of month and day of week: expected "*" in one of them, or dayMatch: 'both' or 'either', because they are ` +
    `read in two ways, got "${dayOfMonth}" and "${dayOfWeek}"`
  );
}

function neverComes(cron: Cron, [, , dayOfMonth = '', month = '', dayOfWeek = '']: readonly string[]): string {
  const week = isEveryDay(cron.daysOfWeek, 7) ? '' : ` that is also "${dayOfWeek}"`;
  return `day of month: expected a day that month ${month} has${week} ("L" is the last), got "${dayOfMonth}"`;
}
