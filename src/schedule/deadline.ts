import { OffpeakError } from '../errors';
import type { Schedule } from '../job/definition';
import { type LocalMs, localOf, place } from './local-time';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A zone leaves out at most one day at the date line. */
const DAYS_AHEAD = 3;

/** The minute of the day of `HH:mm`. Throws JOB_INVALID. */
export function parseDeadline(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match) return Number(match[1]) * 60 + Number(match[2]);
  throw new OffpeakError('JOB_INVALID', `expected "HH:mm", such as "08:00", got ${JSON.stringify(text)}`);
}

/** When the run of a slot should have ended; null for a schedule without a deadline. */
export function deadlineOf({ deadline, timezone = 'UTC' }: Schedule, slotAtMs: number): number | null {
  return deadline === undefined ? null : deadlineAfterMs(deadline, timezone, slotAtMs);
}

/**
 * The first instant after a slot at which the clocks of the zone show the deadline: at the end of the gap on a day on which they
 * skip it, at the first of two on which they show it twice.
 */
export function deadlineAfterMs(deadline: string, timezone: string, slotAtMs: number): number {
  const minute = parseDeadline(deadline);
  const today: LocalMs = Math.floor(localOf(timezone, slotAtMs) / DAY_MS) * DAY_MS;
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    const placed = place(timezone, today + day * DAY_MS + minute * MINUTE_MS);
    const atMs = placed.kind === 'at' ? placed.atMs : placed.endAtMs;
    if (placed.kind !== 'never' && atMs > slotAtMs) return atMs;
  }
  throw new Error(`no ${deadline} in ${timezone} within ${DAYS_AHEAD} days of ${slotAtMs}`);
}
