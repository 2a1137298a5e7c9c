import { OffpeakError } from '../errors';
import { type LocalMs, localOf, place } from './local-time';

/** Hours of the day, by the wall clock, in minutes of the day. Up to and past midnight when `openMinute >= closeMinute`. */
export interface Hours {
  /** 0 to 1439. */
  readonly openMinute: number;
  /** 1 to 1440; exclusive. */
  readonly closeMinute: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A window opens every day, but for one that a zone leaves out at the date line. */
const DAYS_AHEAD = 3;

/** Parses `01:00-06:00`, `22:00-06:00` or `00:00-24:00`. Throws JOB_INVALID. */
export function parseHours(text: string): Hours {
  const match = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/.exec(text);
  if (!match) throw new OffpeakError('JOB_INVALID', `expected "HH:mm-HH:mm", got ${JSON.stringify(text)}`);
  const openMinute = Number(match[1]) * 60 + Number(match[2]);
  const closeMinute = match[3] === undefined ? 1_440 : Number(match[3]) * 60 + Number(match[4]);
  if (openMinute === closeMinute) {
    throw new OffpeakError(
      'JOB_INVALID',
      `expected hours that end at another time than they start, got ${JSON.stringify(text)}`,
    );
  }
  return { openMinute, closeMinute: closeMinute === 0 ? 1_440 : closeMinute };
}

/** True inside one of the windows, and always when there are none. The windows are those of a checked job. */
export function isOpen(windows: readonly string[], timezone: string, nowMs: number): boolean {
  return nextOpenMs(windows, timezone, nowMs) === nowMs;
}

/** The first instant from now on at which a window is open: now itself inside one, or when there are none. */
export function nextOpenMs(windows: readonly string[], timezone: string, nowMs: number): number {
  if (windows.length === 0) return nowMs;
  const startsMs = spansFrom(windows, timezone, nowMs).map(({ startMs }) => Math.max(startMs, nowMs));
  return Math.min(...startsMs);
}

/** When the windows that are open at an instant close, one that opens as another closes included; null when there are none. */
export function closesAtMs(windows: readonly string[], timezone: string, openAtMs: number): number | null {
  if (windows.length === 0) return null;
  let closesMs = openAtMs;
  for (const { startMs, endMs } of spansFrom(windows, timezone, openAtMs).sort((a, b) => a.startMs - b.startMs)) {
    if (startMs <= closesMs) closesMs = Math.max(closesMs, endMs);
  }
  return closesMs;
}

/** The windows of the days around an instant that are not over by then. */
function spansFrom(windows: readonly string[], timezone: string, nowMs: number): { startMs: number; endMs: number }[] {
  const today = Math.floor(localOf(timezone, nowMs) / DAY_MS) * DAY_MS;
  return windows.flatMap((text) => {
    const hours = parseHours(text);
    // Yesterday's may still be open.
    const days = Array.from({ length: DAYS_AHEAD + 2 }, (_, index) => today + (index - 1) * DAY_MS);
    return days
      .map((day) => spanOf(hours, timezone, day))
      .filter(({ startMs, endMs }) => endMs > Math.max(startMs, nowMs));
  });
}

/** One day's window: the bounds are wall-clock times, and each is where a fixed-time slot would be. */
function spanOf(
  { openMinute, closeMinute }: Hours,
  timezone: string,
  day: LocalMs,
): { startMs: number; endMs: number } {
  const minutes = closeMinute > openMinute ? closeMinute - openMinute : closeMinute + 1_440 - openMinute;
  const open = place(timezone, day + openMinute * MINUTE_MS);
  const startMs = open.kind === 'at' ? open.atMs : open.endAtMs;
  if (open.kind === 'never') return { startMs, endMs: startMs }; // empty
  const close = place(timezone, day + (openMinute + minutes) * MINUTE_MS);
  const endMs = close.kind === 'at' ? close.atMs : close.endAtMs;
  // A gap of the clocks swallowed it whole: it is open for its length after the gap, or a nightly job would miss a day.
  return { startMs, endMs: endMs > startMs ? endMs : startMs + minutes * MINUTE_MS };
}
