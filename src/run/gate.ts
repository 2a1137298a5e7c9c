import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { nextOpenMs } from '../schedule/window';

/** Decides when runs may start and resume. */
export interface Gate {
  /** The first instant from `atMs` on at which it may; Infinity while nobody knows one. */
  nextStartMs(job: Job, run: Pick<Run, 'kind'>, atMs: number): number;
}

/** By the job's own hours. What somebody asked for keeps to none. */
export const hoursGate: Gate = {
  nextStartMs({ schedule }, { kind }, atMs) {
    if (kind === 'manual' || !schedule?.windows) return atMs;
    return nextOpenMs(schedule.windows, schedule.timezone, atMs);
  },
};
