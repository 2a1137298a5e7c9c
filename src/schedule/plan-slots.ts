import type { Schedule } from '../job/definition';
import { closesAtMs, type Hours, nextOpenMs } from './hours';
import { slotInBlackout } from './hours-closed';
import type { PlanSlot, PlanSpan } from './plan-request';
import { parseTimetable, slotAfterMs } from './timetable';

/** A job without windows is moved at most so far from what its expression says: it was written for a reason. */
export const SLACK_WITHOUT_WINDOW_MS = 3_600_000;
/** Slots of one job that are planned: a week of one every five minutes. */
export const SLOTS_MAX = 2_016;
/** Nor is a job moved further than this within windows that stay open. */
const OPEN_MS_MAX = 3 * 86_400_000;

/** A job as far as its slots go. */
export interface SlotsOf {
  readonly name: string;
  readonly durationMs: number;
  readonly hours: Hours;
}

/**
 * The slots of a schedule within a span, with the time that each run has: from the slot, or the opening of its hours after
 * it, to their close or the next slot. `durationMs` is added where there is no window. A slot that a blackout skips has none.
 */
export function planSlots(schedule: Schedule, job: SlotsOf, span: PlanSpan): PlanSlot[] {
  const timetable = parseTimetable(schedule, job.name);
  const slots: PlanSlot[] = [];
  let slotAtMs = slotAfterMs(timetable, span.startMs - 1);
  while (slotAtMs < span.endMs && slots.length < SLOTS_MAX) {
    const nextAtMs = slotAfterMs(timetable, slotAtMs);
    const isSkipped = schedule.onBlackout === 'skip' && slotInBlackout(job.hours, slotAtMs) !== null;
    const earliestMs = isSkipped ? Infinity : nextOpenMs(job.hours, slotAtMs);
    // A slot that comes before its hours open has a next one that waits for the same opening.
    if (nextAtMs > earliestMs) {
      slots.push({ slotAtMs, earliestMs, latestEndMs: Math.min(latestEndMs(job, earliestMs), nextAtMs) });
    }
    slotAtMs = nextAtMs;
  }
  return slots;
}

function latestEndMs({ hours, durationMs }: SlotsOf, earliestMs: number): number {
  const hasWindows = hours.levels.some(({ windows }) => windows.length > 0);
  const movedMs = hasWindows ? OPEN_MS_MAX : SLACK_WITHOUT_WINDOW_MS + durationMs;
  return Math.min(closesAtMs(hours, earliestMs), earliestMs + movedMs);
}
