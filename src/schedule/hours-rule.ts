import { OffpeakError } from '../errors';
import type { BlackoutDefinition, WindowDefinition } from '../job/hours-definition';
import { type DateRange, parseDateRange } from './date-range';
import { type LocalMs, localOf, place } from './local-time';
import { type Span, union } from './spans';
import { type DaysOfWeek, dayOfWeek, parseWeekdays } from './weekdays';

/** What hours are: in which runs may start, in which they may not, or which the plan avoids. */
export type HoursKind = 'window' | 'blackout' | 'peak';

/** Hours of the day, on the days that it names. */
export interface HoursRule {
  readonly kind: HoursKind;
  /** Minute of the day, 0 to 1439. */
  readonly openMinute: number;
  /** 1 to 1440. */
  readonly lengthMinutes: number;
  /** Null for every day of the week. */
  readonly days: DaysOfWeek | null;
  /** Null for every date. */
  readonly dates: readonly DateRange[] | null;
  /** As it is written, in one line: `mon-fri 01:00-06:00`. */
  readonly text: string;
  /** Of a blackout; null for what needs none. */
  readonly reason: string | null;
}

type ClockHours = Pick<HoursRule, 'openMinute' | 'lengthMinutes'>;

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAY_MS = DAY_MINUTES * MINUTE_MS;
const ALL_DAY: ClockHours = { openMinute: 0, lengthMinutes: DAY_MINUTES };
/** Yesterday's hours may still last, and at the date line the day before that is yesterday. */
const DAYS_BACK = 2;

/** Parses `01:00-06:00`, past midnight `22:00-06:00`, up to it `18:00-24:00`. Throws JOB_INVALID. */
export function parseClockHours(text: string): ClockHours {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (!match) throw new OffpeakError('JOB_INVALID', `expected "HH:mm-HH:mm", got ${JSON.stringify(text)}`);
  const openMinute = Number(match[1]) * 60 + Number(match[2]);
  const closeMinute = match[3] === undefined ? DAY_MINUTES : Number(match[3]) * 60 + Number(match[4]);
  if (openMinute === closeMinute) {
    const got = `got ${JSON.stringify(text)} (all day is "00:00-24:00")`;
    throw new OffpeakError('JOB_INVALID', `expected hours that end at another time than they start, ${got}`);
  }
  return { openMinute, lengthMinutes: (closeMinute - openMinute + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES };
}

/** A window or a peak in its parts: days, where it names some, and hours. */
export function windowParts(definition: WindowDefinition): { hours: string; days?: string | readonly string[] } {
  if (typeof definition !== 'string') return definition;
  const [, days, hours] = /^(\S+) (\S+)$/.exec(definition) ?? [];
  return days === undefined || hours === undefined ? { hours: definition } : { days, hours };
}

/** Throws JOB_INVALID. */
export function parseWindow(definition: WindowDefinition, kind: 'window' | 'peak'): HoursRule {
  const { hours, days } = windowParts(definition);
  return {
    kind,
    ...parseClockHours(hours),
    days: days === undefined ? null : parseWeekdays(days),
    dates: null,
    text: windowText(definition),
    reason: null,
  };
}

/** Throws JOB_INVALID. */
export function parseBlackout({ hours, days, dates, reason }: BlackoutDefinition): HoursRule {
  return {
    kind: 'blackout',
    ...(hours === undefined ? ALL_DAY : parseClockHours(hours)),
    days: days === undefined ? null : parseWeekdays(days),
    dates: dates === undefined ? null : dates.map(parseDateRange),
    text: [dates?.join(','), days === undefined ? undefined : [days].flat().join(','), hours].filter(Boolean).join(' '),
    reason,
  };
}

/** A window as people read it: `mon-fri 01:00-06:00`. */
export function windowText(definition: WindowDefinition): string {
  const { hours, days } = windowParts(definition);
  return days === undefined ? hours : `${[days].flat().join(',')} ${hours}`;
}

/** When the rules hold within a span, by the clocks of a zone: apart, and rising. */
export function ruleSpans(rules: readonly HoursRule[], timezone: string, within: Span): Span[] {
  const first = midnightOf(localOf(timezone, within.startMs)) - DAYS_BACK * DAY_MS;
  const last = midnightOf(localOf(timezone, within.endMs));
  const spans: Span[] = [];
  for (let day = first; day <= last; day += DAY_MS) {
    for (const rule of rules) {
      if (!isOn(rule, day)) continue;
      const { startMs, endMs } = spanOf(rule, timezone, day);
      spans.push({ startMs: Math.max(startMs, within.startMs), endMs: Math.min(endMs, within.endMs) });
    }
  }
  return union(spans);
}

function isOn({ days, dates }: HoursRule, day: LocalMs): boolean {
  if (days !== null && !days.has(dayOfWeek(day))) return false;
  return dates === null || dates.some(({ first, last }) => first <= day && day <= last);
}

/** The hours that begin on one day: the bounds are wall-clock times, and each is where a fixed-time slot would be. */
function spanOf({ kind, openMinute, lengthMinutes }: HoursRule, timezone: string, day: LocalMs): Span {
  const open = place(timezone, day + openMinute * MINUTE_MS);
  const startMs = open.kind === 'at' ? open.atMs : open.endAtMs;
  if (open.kind === 'never') return { startMs, endMs: startMs }; // empty
  const close = place(timezone, day + (openMinute + lengthMinutes) * MINUTE_MS);
  const endMs = close.kind === 'at' ? close.atMs : close.endAtMs;
  // A window that a gap of the clocks swallows is open for its length after the gap, or a nightly job would miss a day.
  if (endMs <= startMs && kind === 'window') return { startMs, endMs: startMs + lengthMinutes * MINUTE_MS };
  return { startMs, endMs };
}

function midnightOf(local: LocalMs): LocalMs {
  return Math.floor(local / DAY_MS) * DAY_MS;
}
