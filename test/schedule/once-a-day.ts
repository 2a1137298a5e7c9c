import { IANAZone } from 'luxon';
import { parseCron } from '../../src/schedule/cron';
import { nextSlotMs, previousSlotMs } from '../../src/schedule/slot';

/** From one year to another, exclusive. */
export interface Years {
  readonly from: number;
  readonly to: number;
}

const DAY_MS = 86_400_000;
const JUMP_MS_MAX = 3 * 3_600_000;

/** What the clocks of a zone show, as if it were UTC. Asked of luxon: the code under test has a memory of its own. */
function shownMs(timezone: string, atMs: number): number {
  return atMs + Math.round(IANAZone.create(timezone).offset(atMs) * 60_000);
}

/**
 * Every way in which the slots of a fixed-time job are not one per local day. A day's slot is right at the instant from
 * which the clocks show its time or a later one, for the first time that day. Days that a zone leaves out, or whose time is
 * in a jump of three hours and more, have none.
 */
export function daysWithoutOneSlot(timezone: string, time: { hour: number; minute: number }, years: Years): string[] {
  const cron = parseCron(`${time.minute} ${time.hour} * * *`, 'job');
  const wrong: string[] = [];
  const timeOfDay = (time.hour * 60 + time.minute) * 60_000;
  // Every zone shows the time of the first day more than a day after this.
  let slotMs = Date.UTC(years.from, 0, 1) - 3 * DAY_MS;
  let expected = Math.floor((shownMs(timezone, slotMs) - timeOfDay) / DAY_MS + 1) * DAY_MS + timeOfDay;
  while (expected < Date.UTC(years.to, 0, 1)) {
    const beforeMs = slotMs;
    slotMs = nextSlotMs(cron, timezone, beforeMs);
    if (slotMs <= beforeMs) return [...wrong, `${timezone}: ${isoOf(slotMs)} does not come after ${isoOf(beforeMs)}`];
    if (previousSlotMs(cron, timezone, slotMs) !== slotMs)
      wrong.push(`${timezone}: ${isoOf(slotMs)} is not found backwards`);
    if (isPlainlyRight(timezone, expected, slotMs)) {
      expected += DAY_MS;
      continue;
    }
    while (shownMs(timezone, slotMs - 1) >= expected) {
      if (!isJumpedOver(timezone, expected, slotMs)) wrong.push(`${timezone}: no slot on ${isoOf(expected)}`);
      expected += DAY_MS;
    }
    if (!isFirstShown(timezone, expected, slotMs))
      wrong.push(`${timezone}: ${isoOf(slotMs)} is not ${isoOf(expected)}`);
    expected += DAY_MS;
  }
  return wrong;
}

/** True when the clocks show the time and did not change in the three hours before: what is so on most days. */
function isPlainlyRight(timezone: string, expected: number, atMs: number): boolean {
  if (shownMs(timezone, atMs) !== expected) return false;
  return shownMs(timezone, atMs - JUMP_MS_MAX) === expected - JUMP_MS_MAX;
}

/** True when the clocks show the time at the instant, or a later one over a gap, and did not in the three hours before. */
function isFirstShown(timezone: string, expected: number, atMs: number): boolean {
  if (shownMs(timezone, atMs) < expected || shownMs(timezone, atMs - 1) >= expected) return false;
  for (let backMs = 600_000; backMs <= JUMP_MS_MAX; backMs += 600_000) {
    if (shownMs(timezone, atMs - backMs) === expected) return false;
  }
  return true;
}

/** True when the clocks jumped by three hours or more over a time, somewhere in the two days before an instant. */
function isJumpedOver(timezone: string, expected: number, atMs: number): boolean {
  let [low, high] = [atMs - 2 * DAY_MS, atMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (shownMs(timezone, middle) < expected) low = middle;
    else high = middle;
  }
  return shownMs(timezone, high) - shownMs(timezone, low) >= JUMP_MS_MAX;
}

function isoOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16);
}
