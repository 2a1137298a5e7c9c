import { OffpeakError } from '../errors';
import type { Schedule } from '../job/definition';
import { parseDuration } from '../time/duration';
import { deadlineOf } from './deadline';
import { closesAtMs, type Hours, nextOpenMs, peakSpans } from './hours';
import { slotInBlackout } from './hours-closed';
import { localOf } from './local-time';
import type { PlanSlot, PlanSpan } from './plan-request';
import { parseTimetable, slotAfterMs, slotUpToMs, type Timetable } from './timetable';

/** A job without windows is moved at most so far from what its expression says: it was written for a reason. */
export const SLACK_WITHOUT_WINDOW_MS = 3_600_000;
/** Slots of one job that are planned: a week of one every five minutes. */
export const SLOTS_MAX = 2_016;
/** Nor is a job moved further than this within windows that stay open. */
const OPEN_MS_MAX = 3 * 86_400_000;
/** The busiest minutes of an hour: Yida asks to start at ten past (https://docs.aliwork.com/docs/yida_support/lbtl0t/wae8oddztfq167ly). */
export const HOUR_START_MS = 600_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The part of a job that says when it may run. */
export interface SlotJob {
  readonly name: string;
  /** Of one run; added where there is no window. */
  readonly durationMs: number;
  readonly hours: Hours;
  /** 0 for Monday: how much of the demand its slots have, as a share; all when left out. */
  readonly shareOn?: (weekday: number) => number;
}

/** An offset that is pinned: whole minutes below a day. Throws JOB_INVALID. */
export function parseOffset(text: string): number {
  const offsetMs = parseDuration(text);
  if (offsetMs !== null && offsetMs % MINUTE_MS === 0 && offsetMs < DAY_MS) return offsetMs;
  throw new OffpeakError(
    'JOB_INVALID',
    `expected whole minutes below a day, such as "17m", got ${JSON.stringify(text)}`,
  );
}

/** The slots of a schedule within a span, with the time that each run has. A slot that a blackout skips has none. */
export function planSlots(schedule: Schedule, job: SlotJob, span: PlanSpan): PlanSlot[] {
  const timetable = parseTimetable(schedule, job.name);
  const slots: PlanSlot[] = [];
  let slotAtMs = slotAfterMs(timetable, span.startMs - 1);
  while (slotAtMs < span.endMs && slots.length < SLOTS_MAX) {
    const nextAtMs = slotAfterMs(timetable, slotAtMs);
    const slot = slotTime(schedule, job, { slotAtMs, nextAtMs });
    // A slot that comes before its hours open has a next one that waits for the same opening.
    if (slot && nextAtMs > slot.earliestMs) slots.push(slot);
    slotAtMs = nextAtMs;
  }
  return slots;
}

/**
 * The time that the run of one slot has: from the slot, or the opening of its hours after it, to their close, the deadline or
 * the next slot. Without a window that is `durationMs` and an hour, or the pinned offset. Null where it has none: a blackout
 * skips it, or its hours do not open.
 */
export function slotTime(
  schedule: Schedule,
  job: SlotJob,
  { slotAtMs, nextAtMs }: { slotAtMs: number; nextAtMs: number },
): PlanSlot | null {
  if (schedule.onBlackout === 'skip' && slotInBlackout(job.hours, slotAtMs) !== null) return null;
  const earliestMs = nextOpenMs(job.hours, slotAtMs);
  if (earliestMs === Infinity) return null;
  // An interval needs no zone; windows and deadlines do, and are refused without one.
  const { timezone = 'UTC', avoidHourStart = true } = schedule;
  const deadlineMs = deadlineOf(schedule, slotAtMs) ?? Infinity;
  const latestEndMs = Math.min(closeOf(schedule, job, earliestMs), nextAtMs, deadlineMs);
  const starts = { startMs: earliestMs, endMs: latestEndMs - job.durationMs };
  const avoid = [...(avoidHourStart ? hourStarts(timezone, starts) : []), ...peakStarts(job, starts)];
  return {
    slotAtMs,
    earliestMs,
    latestEndMs,
    ...(avoid.length > 0 && { avoid }),
    ...(job.shareOn && { share: job.shareOn(weekdayOf(timezone, slotAtMs)) }),
  };
}

/** When a slot's run starts by the plan: as much later as its offset says, and never so late that it does not fit any more. */
export function plannedStartMs(
  schedule: Schedule,
  job: SlotJob & { readonly offsetMs: number; readonly timetable: Timetable },
  slotAtMs: number,
): number {
  const sharedMs = lastSharing(job, slotAtMs);
  const slot = slotTime(schedule, job, { slotAtMs: sharedMs, nextAtMs: slotAfterMs(job.timetable, sharedMs) });
  if (!slot) return slotAtMs;
  const { earliestMs, latestEndMs } = slot;
  const minutes = Math.max(1, Math.ceil(job.durationMs / MINUTE_MS));
  const latestStartMs = Math.floor(latestEndMs / MINUTE_MS - minutes) * MINUTE_MS;
  return Math.max(earliestMs, Math.min(earliestMs + job.offsetMs, latestStartMs));
}

/** Slots that wait for one opening have the run of the first, which starts as the plan has it for the last. */
function lastSharing({ hours, timetable }: SlotJob & { readonly timetable: Timetable }, slotAtMs: number): number {
  const openMs = nextOpenMs(hours, slotAtMs);
  if (openMs === slotAtMs || openMs === Infinity) return slotAtMs;
  return Math.max(slotAtMs, slotUpToMs(timetable, openMs) ?? slotAtMs);
}

/** Null where the plan chooses. */
export function pinnedOffsetMs({ offset }: Schedule): number | null {
  return offset === undefined ? null : parseOffset(offset);
}

/** 0 for Monday. */
export function weekdayOf(timezone: string, atMs: number): number {
  // The epoch was a Thursday.
  return (Math.floor(localOf(timezone, atMs) / DAY_MS) + 3) % 7;
}

function closeOf(schedule: Schedule, { hours, durationMs }: SlotJob, earliestMs: number): number {
  const hasWindows = hours.levels.some(({ windows }) => windows.length > 0);
  const slackMs = Math.max(SLACK_WITHOUT_WINDOW_MS, pinnedOffsetMs(schedule) ?? 0);
  return Math.min(closesAtMs(hours, earliestMs), earliestMs + (hasWindows ? OPEN_MS_MAX : slackMs + durationMs));
}

/** Starts of runs that would be under way in a peak. */
function peakStarts({ hours, durationMs }: SlotJob, { startMs, endMs }: PlanSpan): PlanSpan[] {
  const peaks = peakSpans(hours, { startMs, endMs: Math.max(startMs, endMs) + durationMs });
  return peaks.map((peak) => ({ startMs: peak.startMs - durationMs, endMs: peak.endMs }));
}

/** The first minutes of each hour that lie in a span, by the clocks of the zone: some are half an hour off. */
function hourStarts(timezone: string, { startMs, endMs }: PlanSpan): PlanSpan[] {
  const spans: PlanSpan[] = [];
  for (let atMs = startMs; atMs <= endMs; ) {
    const intoHourMs = localOf(timezone, atMs) % HOUR_MS;
    if (intoHourMs < HOUR_START_MS) spans.push({ startMs: atMs, endMs: atMs + HOUR_START_MS - intoHourMs });
    atMs += HOUR_MS - intoHourMs;
  }
  return spans;
}
