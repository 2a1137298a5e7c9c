import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { nextOpenMs } from '../schedule/hours';
import { describeClosure, slotInBlackout } from '../schedule/hours-closed';
import type { HoursOf } from '../schedule/job-hours';
import type { SlotReason } from '../schedule/slot-question';

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

/** Why a blackout leaves a slot out, of jobs that do not shift theirs; null when none does. */
export function skippedBlackouts(hoursOf: HoursOf): (job: Job, slotAtMs: number) => SlotReason | null {
  return (job, slotAtMs) => {
    const closure = job.schedule?.onBlackout === 'skip' ? slotInBlackout(hoursOf(job), slotAtMs) : null;
    return closure && { reason: describeClosure(closure) };
  };
}
