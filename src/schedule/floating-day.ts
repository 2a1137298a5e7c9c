import { acceptedValues, FIELDS, type FieldRule, faultOf, parseValue } from './field-rule';

/** A day whose number depends on the month, in the notation of Quartz (https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html). */
export type FloatingDay =
  /** `L`, `L-3`: so many days before the last of the month. */
  | { readonly kind: 'last'; readonly daysBefore: number }
  /** `15W`, `LW`: the weekday (Monday to Friday) that is nearest to a day, in the same month. */
  | { readonly kind: 'weekday-near'; readonly day: number | 'last' }
  /** `5#3`: the third Friday. */
  | { readonly kind: 'nth'; readonly dayOfWeek: number; readonly nth: number }
  /** `5L`: the last Friday. */
  | { readonly kind: 'last-of'; readonly dayOfWeek: number };

/** All that tells the days of one month from those of another. */
export interface MonthShape {
  /** 28 to 31. */
  readonly days: number;
  /** Day of the week of its first; 0 is Sunday. */
  readonly firstDayOfWeek: number;
}

/** `L-30` is the first of a long month. */
const DAYS_BEFORE_LAST_MAX = 30;

/** Parses one part of a day field; null when it is none of these, a number for instance. */
export function parseFloatingDay(part: string, rule: FieldRule): FloatingDay | { readonly fault: string } | null {
  if (rule.name === 'day of month') return inMonth(part, rule);
  if (rule.name === 'day of week') return inWeek(part, rule);
  return null;
}

/** The number of the day in a month; null in a month that has none. */
export function dayIn(month: MonthShape, floating: FloatingDay): number | null {
  switch (floating.kind) {
    case 'last':
      return floating.daysBefore < month.days ? month.days - floating.daysBefore : null;
    case 'weekday-near':
      return weekdayNear(month, floating.day === 'last' ? month.days : floating.day);
    case 'nth': {
      const day = firstOf(month, floating.dayOfWeek) + (floating.nth - 1) * 7;
      return day <= month.days ? day : null;
    }
    case 'last-of': {
      const first = firstOf(month, floating.dayOfWeek);
      return first + Math.floor((month.days - first) / 7) * 7;
    }
  }
}

function inMonth(part: string, rule: FieldRule): ReturnType<typeof parseFloatingDay> {
  if (!/^(?:l|\d+w)/i.test(part)) return null;
  if (/^lw$/i.test(part)) return { kind: 'weekday-near', day: 'last' };
  const last = /^l(?:-(\d{1,2}))?$/i.exec(part);
  const daysBefore = Number(last?.[1] ?? 0);
  if (last && daysBefore <= DAYS_BEFORE_LAST_MAX) return { kind: 'last', daysBefore };
  const day = parseValue(/^(\d+)w$/i.exec(part)?.[1] ?? '', rule);
  if (day !== null) return { kind: 'weekday-near', day };
  return faultOf(rule, `L, L-1 to L-${DAYS_BEFORE_LAST_MAX}, 1W to 31W or LW`, part);
}

function inWeek(part: string, rule: FieldRule): ReturnType<typeof parseFloatingDay> {
  const [, name = '', mark, nth] = /^(.*?)(?:(l)|#(.*))$/i.exec(part) ?? [];
  if (mark === undefined && nth === undefined) return null;
  const value = parseValue(name, rule);
  const day = FIELDS.dayOfWeek.words[value === null ? -1 : value % 7] ?? 'fri';
  if (value !== null && mark !== undefined) return { kind: 'last-of', dayOfWeek: value % 7 };
  if (value !== null && /^[1-5]$/.test(nth ?? '')) return { kind: 'nth', dayOfWeek: value % 7, nth: Number(nth) };
  const days = acceptedValues(rule);
  return mark === undefined
    ? faultOf(rule, `a day, ${days}, then #1 to #5 (the third is ${day}#3)`, part)
    : faultOf(rule, `a day, ${days}, before the L (the last is ${day}L)`, part);
}

function weekdayNear(month: MonthShape, day: number): number | null {
  if (day > month.days) return null;
  const dayOfWeek = (month.firstDayOfWeek + day - 1) % 7;
  if (dayOfWeek === 6) return day === 1 ? 3 : day - 1;
  if (dayOfWeek === 0) return day === month.days ? day - 2 : day + 1;
  return day;
}

function firstOf(month: MonthShape, dayOfWeek: number): number {
  return 1 + ((dayOfWeek - month.firstDayOfWeek + 7) % 7);
}
