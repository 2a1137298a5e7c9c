import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { nextOpenMs } from '../schedule/window';

/** The first instant from `atMs` on at which a run may start or resume. What somebody asked for keeps to no hours. */
export function nextStartMs({ schedule }: Job, { kind }: Pick<Run, 'kind'>, atMs: number): number {
  if (kind === 'manual' || !schedule?.windows) return atMs;
  return nextOpenMs(schedule.windows, schedule.timezone, atMs);
}
