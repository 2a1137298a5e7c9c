import { OffpeakError } from '../errors';
import type { LocalMs } from './local-time';

/** Days of the calendar, by their midnights, both included. */
export interface DateRange {
  readonly first: LocalMs;
  readonly last: LocalMs;
}

const DAY_MS = 86_400_000;
/** A freeze that lasts longer is no blackout: the job has no schedule. */
const RANGE_DAYS_MAX = 366;

/** Parses `2026-11-11` or `2026-11-10/2026-11-12`. Throws JOB_INVALID. */
export function parseDateRange(text: string): DateRange {
  const [from = '', to = from, ...rest] = text.split('/');
  const [first, last] = [parseDate(from), parseDate(to)];
  if (first === null || last === null || rest.length > 0) {
    throw fault('"YYYY-MM-DD" or "YYYY-MM-DD/YYYY-MM-DD" with days that exist', text);
  }
  if (first > last) throw fault(`the first day before the last ("${to}/${from}")`, text);
  if (last - first >= RANGE_DAYS_MAX * DAY_MS) throw fault(`at most ${RANGE_DAYS_MAX} days`, text);
  return { first, last };
}

/** Null for anything that is no day of the calendar: 2026-02-30. */
function parseDate(text: string): LocalMs | null {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return null;
  const midnight = Date.UTC(year, month - 1, day);
  return new Date(midnight).toISOString().startsWith(text) ? midnight : null;
}

function fault(expected: string, got: string): OffpeakError {
  return new OffpeakError('JOB_INVALID', `expected ${expected}, got ${JSON.stringify(got)}`);
}
