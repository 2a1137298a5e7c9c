import { OffpeakError } from '../errors';
import type { Schedule } from '../job/definition';
import { parseDuration } from '../time/duration';
import { type Cron, parseCron } from './cron';
import { hashOf } from './hash';
import { nextSlotMs, previousSlotMs } from './slot';

/** When the slots of a job are: by a cron expression in a zone, or so many minutes apart in real time. */
export type Timetable = CronTimetable | IntervalTimetable;

export interface CronTimetable {
  readonly kind: 'cron';
  readonly cron: Cron;
  readonly timezone: string;
}

/** Slots at `phaseMs + n * everyMs` of the epoch, whatever the clocks do. */
export interface IntervalTimetable {
  readonly kind: 'every';
  readonly everyMs: number;
  /** 0 to `everyMs - 1`. */
  readonly phaseMs: number;
}

const MINUTE_MS = 60_000;
const EVERY_MS_MAX = 366 * 86_400_000;

/** Reads the times of a schedule; `H` is stable for the job's name. Throws JOB_INVALID. */
export function parseTimetable(schedule: Schedule, jobName: string): Timetable {
  if (schedule.every === undefined) {
    const cron = parseCron(schedule.cron, jobName, schedule.dayMatch);
    return { kind: 'cron', cron, timezone: schedule.timezone };
  }
  const everyMs = parseEvery(schedule.every);
  return { kind: 'every', everyMs, phaseMs: parsePhase(schedule.phase ?? '0m', everyMs, jobName) };
}

/** The first slot after an instant. */
export function slotAfterMs(timetable: Timetable, afterMs: number): number {
  if (timetable.kind === 'cron') return nextSlotMs(timetable.cron, timetable.timezone, afterMs);
  const { everyMs, phaseMs } = timetable;
  return (Math.floor((afterMs - phaseMs) / everyMs) + 1) * everyMs + phaseMs;
}

/** The last slot that is not after an instant; null when there was none in 41 years. */
export function slotUpToMs(timetable: Timetable, atMs: number): number | null {
  if (timetable.kind === 'cron') return previousSlotMs(timetable.cron, timetable.timezone, atMs);
  const { everyMs, phaseMs } = timetable;
  return Math.floor((atMs - phaseMs) / everyMs) * everyMs + phaseMs;
}

/** An interval of whole minutes, `6h`. Throws JOB_INVALID. */
export function parseEvery(text: string): number {
  const everyMs = parseDuration(text);
  if (everyMs !== null && everyMs % MINUTE_MS === 0 && everyMs > 0 && everyMs <= EVERY_MS_MAX) return everyMs;
  throw new OffpeakError(
    'JOB_INVALID',
    `expected whole minutes from "1m" to "366d", such as "6h", got ${JSON.stringify(text)}`,
  );
}

/** Where in the interval its slots lie: whole minutes below it, or `H` for some that are stable for the job's name. */
export function parsePhase(text: string, everyMs: number, jobName: string): number {
  if (/^h$/i.test(text)) return (hashOf(`${jobName} phase`) % (everyMs / MINUTE_MS)) * MINUTE_MS;
  const phaseMs = parseDuration(text);
  if (phaseMs !== null && phaseMs % MINUTE_MS === 0 && phaseMs < everyMs) return phaseMs;
  throw new OffpeakError(
    'JOB_INVALID',
    `expected "H" or whole minutes below the interval, such as "10m", got ${JSON.stringify(text)}`,
  );
}
