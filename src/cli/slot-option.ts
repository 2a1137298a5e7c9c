import { OffpeakError } from '../errors';
import type { Job, JobSchedule } from '../job/parse';
import { parseInstant } from '../schedule/preview';
import { slotAfterMs, slotUpToMs, type Timetable } from '../schedule/timetable';
import { formatSlot } from './jobs';

/** The instant that `--slot` gives, without an offset in the job's zone. Throws USAGE. */
export function parseSlotOption(text: string, { timezone }: JobSchedule): number {
  const atMs = parseInstant(text, timezone);
  if (atMs !== null) return atMs;
  const expected = 'expected an ISO 8601 instant such as 2026-11-22T01:25';
  throw new OffpeakError('USAGE', `--slot: ${expected}, got ${JSON.stringify(text)}`);
}

/** Throws USAGE, with the next slot, where the job has none at an instant. */
export function assertSlot(
  atMs: number,
  { job, timetable, text }: { job: Job; timetable: Timetable; text: string },
): void {
  if (slotUpToMs(timetable, atMs) === atMs) return;
  const nextMs = slotAfterMs(timetable, atMs);
  throw new OffpeakError('USAGE', `--slot: ${job.name} has no slot then, got ${JSON.stringify(text)}`, {
    hint: `The next one after that is ${formatSlot(job, nextMs)}; \`offpeak next ${job.name}\` lists them.`,
  });
}
