import { DateTime, IANAZone } from 'luxon';

/** When a platform's quota day turns over: at a wall-clock time in a zone, or every so many milliseconds of the epoch. */
export type DayRule = CivilDay | FixedDay;

export interface CivilDay {
  readonly kind: 'civil';
  /** `HH:mm`, wall-clock time of the reset. */
  readonly at: string;
  /** IANA zone. */
  readonly timezone: string;
}

/** Days of a fixed length, counted from the epoch: what the sandbox's compressed day uses. */
export interface FixedDay {
  readonly kind: 'fixed';
  readonly lengthMs: number;
}

/** One span of a counting window: `[startMs, endMs)`. The key is unique for its rule and sorts by time. */
export interface WindowSpan {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Three letters that are the name of a zone; every other abbreviation means different zones to different people. */
const SHORT_NAMES = ['UTC', 'UCT', 'GMT', 'EST', 'MST', 'HST', 'CET', 'EET', 'MET', 'WET', 'PRC', 'ROC', 'ROK'];

/** Whether it names one IANA zone. The runtime takes CST for Chicago, where it may be meant for Shanghai: it names none. */
export function isTimezone(name: string): boolean {
  if (/^[a-z]{3}$/i.test(name) && !SHORT_NAMES.includes(name.toUpperCase())) return false;
  return IANAZone.isValidZone(name);
}

/** Rules and units whose last window is remembered. A project has a handful. */
const REMEMBERED_MAX = 100;
/** Zone arithmetic takes a fifth of a millisecond, and mostly finds the window that it found before. */
const remembered = new Map<string, WindowSpan>();

/** The quota day or month that holds an instant. DST-safe: a civil day may have 23 or 25 hours. */
export function windowAt(rule: DayRule, unit: 'day' | 'month', nowMs: number): WindowSpan {
  if (rule.kind === 'fixed') return fixedWindow(unit === 'day' ? rule.lengthMs : rule.lengthMs * 30, nowMs);
  const key = `${unit} ${rule.at} ${rule.timezone}`;
  const last = remembered.get(key);
  if (last && last.startMs <= nowMs && nowMs < last.endMs) return last;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  const window = civilWindow(rule, unit, nowMs);
  remembered.set(key, window);
  return window;
}

function civilWindow(rule: CivilDay, unit: 'day' | 'month', nowMs: number): WindowSpan {
  const local = DateTime.fromMillis(nowMs, { zone: rule.timezone });
  const [hour = 0, minute = 0] = rule.at.split(':').map(Number);
  // A reset at 03:00 means that the day named 1 March runs from 1 March 03:00 to 2 March 03:00.
  const startOf = (at: DateTime): DateTime => at.startOf(unit).set({ hour, minute });
  let start = startOf(local);
  if (start.toMillis() > nowMs) start = startOf(local.minus({ [unit]: 1 }));
  const end = startOf(start.startOf(unit).plus({ [unit]: 1 }));
  return {
    key: start.toFormat(unit === 'day' ? 'yyyy-MM-dd' : 'yyyy-MM'),
    startMs: start.toMillis(),
    endMs: end.toMillis(),
  };
}

/** Windows of a fixed length on the clock, counted from the epoch plus an offset. */
export function fixedWindow(lengthMs: number, nowMs: number, offsetMs = 0): WindowSpan {
  const startMs = Math.floor((nowMs - offsetMs) / lengthMs) * lengthMs + offsetMs;
  return { key: DateTime.fromMillis(startMs, { zone: 'utc' }).toISO() ?? '', startMs, endMs: startMs + lengthMs };
}

/** The instant of the next reset of a platform's quota day. */
export function nextResetMs(rule: DayRule, nowMs: number): number {
  return windowAt(rule, 'day', nowMs).endMs;
}

/** An instant for people, in the zone in which the platform counts: `2026-03-02 00:00 Asia/Shanghai`. */
export function formatInstant(atMs: number, rule: DayRule): string {
  if (rule.kind === 'fixed') return DateTime.fromMillis(atMs, { zone: 'utc' }).toFormat('yyyy-MM-dd HH:mm:ss') + ' UTC';
  return `${DateTime.fromMillis(atMs, { zone: rule.timezone }).toFormat('yyyy-MM-dd HH:mm')} ${rule.timezone}`;
}
