import { dayIn, type FloatingDay, type MonthShape } from './floating-day';
import type { LocalMs } from './local-time';

/** The days that an expression names. */
export interface CalendarDays {
  /** Values rise; January is 1. */
  readonly months: readonly number[];
  readonly daysOfMonth: DayField;
  readonly daysOfWeek: DayField;
  /** Whether a day must be in both fields, or in either; `both` where one of them names every day. */
  readonly dayMatch: 'both' | 'either';
}

export interface DayField {
  /** Values rise; Sunday is 0. */
  readonly values: readonly number[];
  readonly floating: readonly FloatingDay[];
}

const DAY_MS = 86_400_000;
/**
 * A 29 February on a given day of the week comes after 40 years at the latest, over a century's year that is no leap
 * year (2072 to 2112 for a Monday).
 */
export const YEARS_BETWEEN_MAX = 41;

/** The first day named from a day on, as its midnight; null when there is none for as long as there can be none. */
export function dayFrom(days: CalendarDays, from: LocalMs): LocalMs | null {
  const date = new Date(from);
  let [year, month, firstDay] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  for (let count = 0; count <= YEARS_BETWEEN_MAX * 12; count += 1) {
    if (days.months.includes(month)) {
      const first = Date.UTC(year, month - 1, 1);
      const shape = { days: lengthOf(year, month), firstDayOfWeek: dayOfWeekOf(first) };
      const found = dayInMonth(days, shape, firstDay);
      if (found !== null) return first + (found - 1) * DAY_MS;
    }
    firstDay = 1;
    month = month === 12 ? 1 : month + 1;
    if (month === 1) year += 1;
  }
  return null;
}

/** True when a day is named in some year. Every month begins on every day of the week in some year, of either length. */
export function doesOccur(days: CalendarDays): boolean {
  return days.months.some((month) =>
    [2023, 2024].some((year) =>
      [0, 1, 2, 3, 4, 5, 6].some(
        (firstDayOfWeek) => dayInMonth(days, { days: lengthOf(year, month), firstDayOfWeek }, 1) !== null,
      ),
    ),
  );
}

/** True when a field names every day there is. */
export function isEveryDay({ values }: DayField, count: 7 | 31): boolean {
  return values.length === count;
}

function dayInMonth(days: CalendarDays, shape: MonthShape, from: number): number | null {
  const ofMonth = maskOf(days.daysOfMonth, shape);
  let ofWeek = maskOf({ values: [], floating: days.daysOfWeek.floating }, shape);
  for (let day = from; day <= shape.days; day += 1) {
    if (days.daysOfWeek.values.includes((shape.firstDayOfWeek + day - 1) % 7)) ofWeek |= 1 << day;
  }
  const named = days.dayMatch === 'both' ? ofMonth & ofWeek : ofMonth | ofWeek;
  for (let day = from; day <= shape.days; day += 1) {
    if ((named & (1 << day)) !== 0) return day;
  }
  return null;
}

/** Bit n is day n. */
function maskOf({ values, floating }: DayField, shape: MonthShape): number {
  let mask = 0;
  for (const day of values) mask |= 1 << day;
  for (const floatingDay of floating) {
    const day = dayIn(shape, floatingDay);
    if (day !== null) mask |= 1 << day;
  }
  return mask;
}

function lengthOf(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** 1 January 1970 was a Thursday. */
function dayOfWeekOf(midnight: LocalMs): number {
  return (((midnight / DAY_MS + 4) % 7) + 7) % 7;
}
