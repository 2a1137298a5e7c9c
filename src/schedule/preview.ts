import { DateTime } from 'luxon';
import { localOf, place } from './local-time';
import { slotAfterMs, type Timetable } from './timetable';
import { nextOpenMs } from './window';

/** One slot to come, as it is shown. */
export interface SlotPreview {
  readonly atMs: number;
  /** ISO 8601 in the zone, with its offset: `2026-03-08T03:00:00-04:00`. */
  readonly at: string;
  /** When a run of it may start: later than the slot when no window is open then. Only where there are windows. */
  readonly startsAtMs?: number;
  readonly startsAt?: string;
  /** True at the end of a gap in the clocks that skipped the time that the schedule names. */
  readonly isMovedByClocks: boolean;
}

export interface PreviewOptions {
  readonly timetable: Timetable;
  /** In which the instants are shown; that of the windows, too. */
  readonly timezone: string;
  readonly windows: readonly string[];
  readonly fromMs: number;
  readonly count: number;
}

/** The slots after an instant. */
export function previewSlots({ timetable, timezone, windows, fromMs, count }: PreviewOptions): SlotPreview[] {
  const slots: SlotPreview[] = [];
  for (let atMs = fromMs; slots.length < count; ) {
    atMs = slotAfterMs(timetable, atMs);
    const shown = { atMs, at: isoOf(atMs, timezone), isMovedByClocks: isMovedByClocks(timetable, atMs) };
    if (windows.length === 0) {
      slots.push(shown);
    } else {
      const startsAtMs = nextOpenMs(windows, timezone, atMs);
      slots.push({ ...shown, startsAtMs, startsAt: isoOf(startsAtMs, timezone) });
    }
  }
  return slots;
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

function isMovedByClocks(timetable: Timetable, atMs: number): boolean {
  if (timetable.kind === 'every') return false;
  const { cron, timezone } = timetable;
  const local = new Date(localOf(timezone, atMs));
  return !cron.hours.includes(local.getUTCHours()) || !cron.minutes.includes(local.getUTCMinutes());
}
