import { localOf } from '../../schedule/local-time';
import type { PlanSpan } from '../../schedule/plan-request';
import { windowAt } from '../../time/window';

const MINUTE_MS = 60_000;
/** Every zone's offset is a multiple of it. */
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAYS_MAX = 40;
/** Within it a weekday names one day. */
const WEEKDAY_MS = 6 * 24 * HOUR_MS;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A full hour by the wall clock: one that the clocks skip is missing, one that they repeat is there twice. */
export interface FullHour {
  readonly atMs: number;
  /** 0 to 23. */
  readonly hour: number;
}

/** The days of a zone that a span touches, whole: 23 or 25 hours where the clocks change. */
export function daysOf({ startMs, endMs }: PlanSpan, timezone: string): PlanSpan[] {
  const days: PlanSpan[] = [];
  for (let atMs = startMs; atMs < endMs && days.length < DAYS_MAX; atMs = days.at(-1)?.endMs ?? endMs) {
    const day = windowAt({ kind: 'civil', at: '00:00', timezone }, 'day', atMs);
    days.push({ startMs: day.startMs, endMs: day.endMs });
  }
  return days;
}

export function fullHoursOf({ startMs, endMs }: PlanSpan, timezone: string): FullHour[] {
  const hours: FullHour[] = [];
  for (let atMs = Math.ceil(startMs / QUARTER_MS) * QUARTER_MS; atMs < endMs; atMs += QUARTER_MS) {
    const local = localOf(timezone, atMs);
    if (local % HOUR_MS === 0) hours.push({ atMs, hour: new Date(local).getUTCHours() });
  }
  return hours;
}

/** `02:17` */
export function clockAt(atMs: number, timezone: string): string {
  return new Date(localOf(timezone, atMs)).toISOString().slice(11, 16);
}

/** `Mon 03-02` */
export function dayAt(atMs: number, timezone: string): string {
  const local = new Date(localOf(timezone, atMs));
  return `${WEEKDAYS[local.getUTCDay()]} ${local.toISOString().slice(5, 10)}`;
}

/** `2026-03-02` */
export function dateAt(atMs: number, timezone: string): string {
  return new Date(localOf(timezone, atMs)).toISOString().slice(0, 10);
}

/** `2026-03-02 02:17` */
export function momentAt(atMs: number, timezone: string): string {
  return `${dateAt(atMs, timezone)} ${clockAt(atMs, timezone)}`;
}

/** The time alone on the day of another instant, else with its day: `02:17`, `Tue 02:17` or `Tue 03-10 02:17`. */
export function clockBeside(atMs: number, besideMs: number, timezone: string): string {
  const clock = clockAt(atMs, timezone);
  if (dateAt(atMs, timezone) === dateAt(besideMs, timezone)) return clock;
  const day = dayAt(atMs, timezone);
  return `${Math.abs(atMs - besideMs) < WEEKDAY_MS ? day.slice(0, 3) : day} ${clock}`;
}
