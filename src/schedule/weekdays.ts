import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import type { LocalMs } from './local-time';

const NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MS = 86_400_000;

/** Days of the week; Sunday is 0. */
export type DaysOfWeek = ReadonlySet<number>;

/** Parses `mon`, `mon-fri`, `sat-mon`, and lists of them, with commas or as a list. Throws JOB_INVALID. */
export function parseWeekdays(definition: string | readonly string[]): DaysOfWeek {
  const parts = typeof definition === 'string' ? definition.split(',') : definition;
  return new Set(parts.flatMap(parsePart));
}

/** 1 January 1970 was a Thursday. */
export function dayOfWeek(midnight: LocalMs): number {
  return (((midnight / DAY_MS + 4) % 7) + 7) % 7;
}

function parsePart(part: string): number[] {
  const [first = '', last = first, ...rest] = part.split('-');
  if (rest.length > 0) throw fault(part, first);
  const [from, to] = [first, last].map((name) => {
    const day = NAMES.indexOf(name);
    if (day < 0) throw fault(part, name);
    return day;
  }) as [number, number];
  // The week is round: sat-mon is three days.
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, index) => (from + index) % 7);
}

function fault(part: string, name: string): OffpeakError {
  // Nobody who writes "Monday" or "montag" means another day.
  const meant = NAMES.find((known) => known === name.slice(0, 3).toLowerCase());
  const near = meant === undefined ? didYouMean(name, NAMES) : `, did you mean "${meant}"?`;
  return new OffpeakError(
    'JOB_INVALID',
    `expected weekdays such as "mon", "mon-fri" or "sat,sun", got ${JSON.stringify(part)}${near}`,
  );
}
