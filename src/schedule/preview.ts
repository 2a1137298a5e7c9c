import { DateTime } from 'luxon';
import { type Hours, isAnyTime, nextOpenMs } from './hours';
import { type Closure, closuresFrom, slotInBlackout } from './hours-closed';
import { localOf, place } from './local-time';
import { slotAfterMs, type Timetable } from './timetable';

/** One slot to come, as it is shown. */
export interface SlotPreview {
  readonly atMs: number;
  /** ISO 8601 in the zone, with its offset: `2026-03-08T03:00:00-04:00`. */
  readonly at: string;
  /** When a run of it may start. Only where there are hours; null where no opening is in sight, or a blackout skips it. */
  readonly startsAtMs?: number | null;
  readonly startsAt?: string | null;
  /** Why it does not start at once: one after the other, none when it does. Only where there are hours. */
  readonly closures?: readonly Closure[];
  /** True at the end of a gap in the clocks that skipped the time that the schedule names. */
  readonly isMovedByClocks: boolean;
}

export interface PreviewOptions {
  readonly timetable: Timetable;
  /** In which the instants are shown. */
  readonly timezone: string;
  readonly hours: Hours;
  readonly onBlackout: 'shift' | 'skip';
  readonly fromMs: number;
  readonly count: number;
}

/** The slots after an instant. */
export function previewSlots(options: PreviewOptions): SlotPreview[] {
  const { timetable, timezone, hours, fromMs, count } = options;
  const slots: SlotPreview[] = [];
  for (let atMs = fromMs; slots.length < count; ) {
    atMs = slotAfterMs(timetable, atMs);
    const shown = { atMs, at: isoOf(atMs, timezone), isMovedByClocks: isMovedByClocks(timetable, atMs) };
    slots.push(isAnyTime(hours) ? shown : { ...shown, ...startOf(options, atMs) });
  }
  return slots;
}

function startOf({ timezone, hours, onBlackout }: PreviewOptions, slotAtMs: number) {
  const skipped = onBlackout === 'skip' ? slotInBlackout(hours, slotAtMs) : null;
  const closures = skipped === null ? closuresFrom(hours, slotAtMs) : [skipped];
  const startsAtMs = skipped === null ? nextOpenMs(hours, slotAtMs) : Infinity;
  if (startsAtMs === Infinity) return { startsAtMs: null, startsAt: null, closures };
  return { startsAtMs, startsAt: isoOf(startsAtMs, timezone), closures };
}

/**
 * An ISO 8601 instant; without an offset it is a wall-clock time of the zone: the first of two, and of one that the clocks
 * skip the last instant before it. Null when it is neither.
 */
export function parseInstant(text: string, timezone: string): number | null {
  const [time, elsewhere] = ['UTC', 'UTC+1'].map((zone) => DateTime.fromISO(text, { zone }).toMillis());
  if (time === undefined || Number.isNaN(time)) return null;
  if (time === elsewhere) return time; // it has an offset
  const placed = place(timezone, time);
  return placed.kind === 'at' ? placed.atMs : placed.endAtMs - 1;
}

/** An instant for people: ISO 8601 with the zone's offset. */
export function isoOf(atMs: number, timezone: string): string {
  return DateTime.fromMillis(atMs, { zone: timezone }).toISO({ suppressMilliseconds: true }) ?? '';
}

/** True for a slot at the end of a gap in the clocks that skipped the time that the schedule names. */
export function isMovedByClocks(timetable: Timetable, atMs: number): boolean {
  if (timetable.kind === 'every') return false;
  const { cron, timezone } = timetable;
  const local = new Date(localOf(timezone, atMs));
  return !cron.hours.includes(local.getUTCHours()) || !cron.minutes.includes(local.getUTCMinutes());
}
