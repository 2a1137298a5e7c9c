import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { nextOpenMs } from '../schedule/hours';
import type { HoursOf } from '../schedule/job-hours';

/** Decides when runs may start and resume. */
export interface Gate {
  /** The first instant from `atMs` on at which it may; Infinity while nobody knows one. */
  nextStartMs(job: Job, run: Pick<Run, 'kind'>, atMs: number): number;
}

/** By the hours of all jobs, of the platform and of the job itself. */
export function gateOf(hoursOf: HoursOf): Gate {
  return {
    nextStartMs: (job, run, atMs) => (keepsHours(run) ? nextOpenMs(hoursOf(job), atMs) : atMs),
  };
}

/** What somebody asked for keeps to none. */
export function keepsHours({ kind }: Pick<Run, 'kind'>): boolean {
  return kind !== 'manual';
}
