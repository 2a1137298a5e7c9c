import type { Job } from '../../src/job/parse';
import { parseTimetable, slotAfterMs } from '../../src/schedule/timetable';

/** How many slots of a job lie after an instant and up to another, counted one by one. */
export function slotsBetween(job: Job, afterMs: number, untilMs: number): number {
  let count = 0;
  for (let slotAtMs = nextSlotMs(job, afterMs); slotAtMs <= untilMs; slotAtMs = nextSlotMs(job, slotAtMs)) count += 1;
  return count;
}

/** Infinity for a job that runs by hand only. */
export function nextSlotMs({ name, schedule }: Job, afterMs: number): number {
  return schedule ? slotAfterMs(parseTimetable(schedule, name), afterMs) : Infinity;
}
