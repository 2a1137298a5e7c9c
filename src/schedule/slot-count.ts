import { dayFrom } from './calendar-days';
import type { Cron } from './cron';
import { type LocalMs, localOf } from './local-time';
import { slotAfterMs, type Timetable } from './timetable';
import { offsetMs } from './zone-offset';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** How many slots lie in `(afterMs, upToMs]`: day by day, as there may be thousands. */
export function countSlots(timetable: Timetable, afterMs: number, upToMs: number): number {
  if (timetable.kind === 'every') {
    const { everyMs, phaseMs } = timetable;
    const slotsUpTo = (atMs: number): number => Math.floor((atMs - phaseMs) / everyMs);
    return Math.max(0, slotsUpTo(upToMs) - slotsUpTo(afterMs));
  }
  const { cron, timezone } = timetable;
  let count = 0;
  for (let fromMs = afterMs; fromMs < upToMs; fromMs += DAY_MS) {
    const toMs = Math.min(fromMs + DAY_MS, upToMs);
    const isNearChange = offsetMs(timezone, fromMs - DAY_MS) !== offsetMs(timezone, toMs + DAY_MS);
    count += isNearChange
      ? countOneByOne(timetable, fromMs, toMs)
      : countOfDay(cron, localOf(timezone, fromMs), localOf(timezone, toMs));
  }
  return count;
}

/** Where the clocks change, only the slots themselves know. */
function countOneByOne(timetable: Timetable, afterMs: number, upToMs: number): number {
  let count = 0;
  for (let slotAtMs = slotAfterMs(timetable, afterMs); slotAtMs <= upToMs; ) {
    count += 1;
    slotAtMs = slotAfterMs(timetable, slotAtMs);
  }
  return count;
}

/** Of at most 24 hours by the wall clock: those of the one day up to an end, and of the other from a begin. */
function countOfDay(cron: Cron, after: LocalMs, upTo: LocalMs): number {
  const firstDay = Math.floor(after / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(upTo / DAY_MS) * DAY_MS;
  const last = timesUpTo(cron, lastDay, upTo - lastDay);
  const before = timesUpTo(cron, firstDay, after - firstDay);
  return firstDay === lastDay ? last - before : last + timesUpTo(cron, firstDay, DAY_MS) - before;
}

/** How many times of a day come up to one of them; none where the expression leaves the day out. */
function timesUpTo(cron: Cron, day: LocalMs, sinceMidnightMs: number): number {
  if (dayFrom(cron, day) !== day) return 0;
  const minuteOfDay = Math.floor(sinceMidnightMs / MINUTE_MS);
  const hour = Math.floor(minuteOfDay / 60);
  const hoursBefore = cron.hours.filter((value) => value < hour).length;
  const inHour = cron.hours.includes(hour) ? cron.minutes.filter((value) => value <= minuteOfDay % 60).length : 0;
  return hoursBefore * cron.minutes.length + inHour;
}
