import type { Schedule } from '../job/definition';
import type { Timetable } from '../schedule/timetable';
import { formatDuration } from '../time/duration';

/** The times of a schedule as they are written. */
export function writtenText({ cron, every }: Schedule): string {
  return cron ?? `every ${every}`;
}

/** The same with nothing left open: `H` is resolved. */
export function resolvedText(timetable: Timetable): string {
  if (timetable.kind === 'cron') return timetable.cron.resolved;
  const { everyMs, phaseMs } = timetable;
  return `every ${formatDuration(everyMs)} of UTC, ${formatDuration(phaseMs)} into it`;
}
