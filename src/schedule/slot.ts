import { OffpeakError } from '../errors';
import { dayFrom, YEARS_BETWEEN_MAX } from './calendar-days';
import type { Cron } from './cron';
import { GAP_MS_MAX, type LocalMs, localOf, place } from './local-time';
import { changeMs, offsetMs } from './zone-offset';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** How far ahead a change of the clocks is looked for: longer than what any change repeats. */
const PROBE_MS = 6 * HOUR_MS;

/**
 * The first slot after an instant. By the rule of Debian's cron (cron.8): a fixed-time job has each of its slots exactly
 * once a local day, at the end of a gap in the clocks when they skip it and at the first of two when they repeat it; a
 * wildcard job follows real time, but a day that a gap swallows whole is made up for at the gap's end.
 */
export function nextSlotMs(cron: Cron, timezone: string, afterMs: number): number {
  return cron.kind === 'fixed' ? nextFixed(cron, timezone, afterMs) : nextWildcard(cron, timezone, afterMs);
}

/** The last slot that is not after an instant; null when there was none in 41 years. */
export function previousSlotMs(cron: Cron, timezone: string, atOrBeforeMs: number): number | null {
  const next = (afterMs: number): number => nextSlotMs(cron, timezone, afterMs);
  let spanMs = HOUR_MS;
  let slotMs = next(atOrBeforeMs - spanMs);
  while (slotMs > atOrBeforeMs) {
    if (spanMs > YEARS_BETWEEN_MAX * 366 * DAY_MS) return null;
    spanMs *= 4;
    slotMs = next(atOrBeforeMs - spanMs);
  }
  // Halves what lies between a slot and the instant, until no other slot does.
  let endMs = atOrBeforeMs;
  for (let followingMs = next(slotMs); followingMs <= atOrBeforeMs; followingMs = next(slotMs)) {
    slotMs = followingMs;
    const middleMs = Math.floor((slotMs + endMs) / 2);
    const fromMiddleMs = next(middleMs);
    if (fromMiddleMs <= atOrBeforeMs) slotMs = fromMiddleMs;
    else endMs = middleMs;
  }
  return slotMs;
}

function nextFixed(cron: Cron, timezone: string, afterMs: number): number {
  let local = localOf(timezone, afterMs);
  for (;;) {
    local = nextLocal(cron, local);
    const placed = place(timezone, local);
    if (placed.kind === 'never') continue;
    const atMs = placed.kind === 'at' ? placed.atMs : placed.endAtMs;
    // In the second of two equal hours its slots are over already.
    if (atMs > afterMs) return atMs;
  }
}

/** Goes from one change of the clocks to the next, and in between by the calendar alone. */
function nextWildcard(cron: Cron, timezone: string, afterMs: number): number {
  let fromMs = afterMs;
  let local = localOf(timezone, afterMs);
  for (;;) {
    const candidate = nextLocal(cron, local);
    const found = meet(timezone, fromMs, candidate);
    if (found.kind === 'slot') return found.atMs;
    if (swallowsDay(cron, timezone, found.atMs)) return found.atMs;
    fromMs = found.atMs;
    // The instant of the change may itself be a slot.
    local = localOf(timezone, fromMs) - 1;
  }
}

/** What comes first after an instant: the slot of a wall-clock time, or a change that makes it another one. */
function meet(timezone: string, fromMs: number, local: LocalMs): { kind: 'slot' | 'change'; atMs: number } {
  const offset = offsetMs(timezone, fromMs);
  const atMs = local - offset;
  const probeMs = Math.min(atMs, fromMs + PROBE_MS);
  if (offsetMs(timezone, probeMs) !== offset) return { kind: 'change', atMs: changeMs(timezone, fromMs, probeMs) };
  if (probeMs === atMs) return { kind: 'slot', atMs };
  const placed = place(timezone, local);
  return placed.kind === 'at' ? { kind: 'slot', atMs: placed.atMs } : { kind: 'change', atMs: placed.endAtMs };
}

/** True when the clocks skip all the slots of a local day at a change. */
function swallowsDay(cron: Cron, timezone: string, changeAtMs: number): boolean {
  const gapStart = changeAtMs + offsetMs(timezone, changeAtMs - 1);
  const gapEnd = changeAtMs + offsetMs(timezone, changeAtMs);
  if (gapEnd <= gapStart || gapEnd - gapStart >= GAP_MS_MAX) return false;
  const days = new Set([dayOf(gapStart), dayOf(gapEnd - 1)]);
  return [...days].some((day) => {
    const first = nextLocal(cron, day - 1);
    if (dayOf(first) !== day || first < gapStart) return false;
    return dayOf(nextLocal(cron, gapEnd - 1)) !== day;
  });
}

/** The first wall-clock time after another one that the expression names, whether or not the clocks show it. */
function nextLocal(cron: Cron, after: LocalMs): LocalMs {
  const start = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
  const today = dayOf(start);
  const first = dayFrom(cron, today);
  if (first === today) {
    const minute = minuteFrom(cron, (start - today) / MINUTE_MS);
    if (minute !== null) return today + minute * MINUTE_MS;
  }
  const day = first === today ? dayFrom(cron, today + DAY_MS) : first;
  const minute = minuteFrom(cron, 0);
  if (day !== null && minute !== null) return day + minute * MINUTE_MS;
  throw new OffpeakError('JOB_INVALID', `schedule "${cron.expression}" never comes`);
}

/** The first minute of the day from a minute on that the expression names; null when there is none. */
function minuteFrom(cron: Cron, minute: number): number | null {
  const hour = Math.floor(minute / 60);
  const inHour = cron.hours.includes(hour) ? cron.minutes.find((value) => value >= minute % 60) : undefined;
  if (inHour !== undefined) return hour * 60 + inHour;
  const laterHour = cron.hours.find((value) => value > hour);
  return laterHour === undefined ? null : laterHour * 60 + (cron.minutes[0] ?? 0);
}

function dayOf(local: LocalMs): LocalMs {
  return Math.floor(local / DAY_MS) * DAY_MS;
}
