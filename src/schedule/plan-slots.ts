import type { Schedule } from '../job/definition';
import type { PlanSlot, PlanSpan } from './plan-request';
import { parseTimetable, slotAfterMs } from './timetable';
import { closesAtMs, nextOpenMs } from './window';

/** A job without windows is moved at most so far from what its expression says: it was written for a reason. */
export const SLACK_WITHOUT_WINDOW_MS = 3_600_000;
/** Slots of one job that are planned: a week of one every five minutes. */
export const SLOTS_MAX = 2_016;

/**
 * The slots of a schedule within a span, with the time that each run has: from the slot, or the opening of the window after
 * it, to the close of the window or the next slot. `durationMs` is added where there is no window.
 */
export function planSlots(schedule: Schedule, job: { name: string; durationMs: number }, span: PlanSpan): PlanSlot[] {
  // An interval needs no zone; windows do, and are refused without one.
  const { timezone = 'UTC', windows = [] } = schedule;
  const timetable = parseTimetable(schedule, job.name);
  const slots: PlanSlot[] = [];
  let slotAtMs = slotAfterMs(timetable, span.startMs - 1);
  while (slotAtMs < span.endMs && slots.length < SLOTS_MAX) {
    const nextAtMs = slotAfterMs(timetable, slotAtMs);
    const earliestMs = nextOpenMs(windows, timezone, slotAtMs);
    const closesMs = closesAtMs(windows, timezone, earliestMs) ?? slotAtMs + SLACK_WITHOUT_WINDOW_MS + job.durationMs;
    // A slot that comes before its window opens has a next one that waits for the same opening.
    if (nextAtMs > earliestMs) slots.push({ slotAtMs, earliestMs, latestEndMs: Math.min(closesMs, nextAtMs) });
    slotAtMs = nextAtMs;
  }
  return slots;
}
