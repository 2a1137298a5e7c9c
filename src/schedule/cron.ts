import { OffpeakError } from '../errors';
import { FIELDS, type FieldRule, parseField } from './field';

/** A cron expression with `H` resolved. Values rise; 0 is Sunday. */
export interface Cron {
  /** As it was written. */
  readonly expression: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
  /**
   * `fixed`: every slot belongs to its calendar day and happens exactly once, whatever the clocks do. `wildcard`
   * (minute or hour starts with `*` or `?`): slots follow real time.
   */
  readonly kind: 'fixed' | 'wildcard';
}

/** Spread by the job's name, as in Jenkins: all of them at midnight is what this tool is there to avoid. */
const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': 'H * * * *',
  '@daily': 'H H * * *',
  '@weekly': 'H H * * H',
  '@monthly': 'H H H * *',
};

const EXPRESSION_CHARS_MAX = 1_000;
/** February has a 29th, if only every fourth year. */
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Parses five fields (minute, hour, day of month, month, day of week) with lists, ranges, steps, names, `?` and `H`, or
 * a nickname. `H` stands for a value that is stable for the job's name. Throws JOB_INVALID that names every faulty field.
 */
export function parseCron(expression: string, jobName: string): Cron {
  const fields = (NICKNAMES[expression.trim().toLowerCase()] ?? expression).trim().split(/\s+/);
  if (fields.length !== 5 || expression.length > EXPRESSION_CHARS_MAX) throw notFiveFields(expression);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const faults: string[] = [];
  const valuesOf = (text: string, rule: FieldRule): readonly number[] => {
    const parsed = parseField(text, rule, jobName);
    if ('values' in parsed) return parsed.values;
    faults.push(parsed.fault);
    return [];
  };
  const cron: Cron = {
    expression,
    minutes: valuesOf(minute, FIELDS.minute),
    hours: valuesOf(hour, FIELDS.hour),
    daysOfMonth: valuesOf(dayOfMonth, FIELDS.dayOfMonth),
    months: valuesOf(month, FIELDS.month),
    daysOfWeek: valuesOf(dayOfWeek, FIELDS.dayOfWeek),
    kind: /^[*?]/.test(minute) || /^[*?]/.test(hour) ? 'wildcard' : 'fixed',
  };
  const fault = faults.length > 0 ? faults.join('; ') : dayFault(cron, expression);
  if (fault !== null) throw new OffpeakError('JOB_INVALID', fault);
  return cron;
}

function notFiveFields(expression: string): OffpeakError {
  const nicknames = Object.keys(NICKNAMES).join(', ');
  return new OffpeakError(
    'JOB_INVALID',
    `expected five fields or one of ${nicknames}, got ${JSON.stringify(expression)}`,
  );
}

function dayFault(cron: Cron, expression: string): string | null {
  const { daysOfMonth, daysOfWeek, months } = cron;
  if (daysOfMonth.length < 31 && daysOfWeek.length < 7) {
    // Vixie cron reads it as "or", others as "and".
    return `expected "*" for day of month or for day of week, because both together are read in two ways, got "${expression}"`;
  }
  const doesOccur = months.some((month) => daysOfMonth.some((day) => day <= (DAYS_IN_MONTH[month - 1] ?? 0)));
  return doesOccur ? null : `expected a day that occurs, got "${expression}"`;
}
