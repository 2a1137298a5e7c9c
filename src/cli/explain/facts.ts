import type { LeaseHolder } from '../../job/lease';
import { heldUntilMs, type OperatorPause, pauseAt, pauseReason, type RecordedPause } from '../../job/operator-pause';
import type { Job, JobSchedule } from '../../job/parse';
import { goesOnAtMs, type Run, type StuckGroup, type UnfinishedRun } from '../../job/run';
import { type SkipAhead, skipReason } from '../../job/skip-ahead';
import type { DiskSpace } from '../../limit/disk';
import type { Hold } from '../../limit/hold';
import type { LedgerUsage } from '../../limit/ledger';
import { gateOf, skippedBlackouts } from '../../run/gate';
import type { Demand } from '../../schedule/demand';
import { type Hours, nextOpenMs } from '../../schedule/hours';
import { plannedStartMs } from '../../schedule/plan-slots';
import type { AppliedOffset } from '../../schedule/plan-store';
import { parseSlotPolicy } from '../../schedule/slot-policy';
import type { LeavingOut } from '../../schedule/slot-question';
import { parseTimetable, type Timetable } from '../../schedule/timetable';
import type { JobShare } from '../quota-share';

/** All that is known of one job when it is asked why it runs when it does, or why it does not. */
export interface JobFacts {
  readonly job: Job;
  readonly nowMs: number;
  readonly hours: Hours;
  /** Who schedules on the store; null when nobody does. */
  readonly holder: LeaseHolder | null;
  /** What its platform lacks to make any call; null when nothing. */
  readonly secretFault: string | null;
  /** What the disk of the store has, where that is too little to call a platform; null where it is enough. */
  readonly diskShort: DiskSpace | null;
  /** What operators have paused now. */
  readonly lasting: readonly OperatorPause[];
  /** The same with what they had paused, newest first. */
  readonly pauses: readonly RecordedPause[];
  /** Of the job's slots, also of those that came. */
  readonly skips: readonly SkipAhead[];
  /** The run whose turn it is among those that are not over. */
  readonly run: Run | null;
  /** Every run of it that is not over, in the order of their turns. */
  readonly unfinished: readonly UnfinishedRun[];
  /** The largest groups of partitions of `run` that are parked or failed. */
  readonly stuck: readonly StuckGroup[];
  /** Jobs whose runs are under way. */
  readonly underWay: readonly string[];
  /** Of the config. */
  readonly jobsInFlight: number;
  /** Those of its platform that stop calls of its partitions. */
  readonly holds: readonly Hold[];
  /** Counters of its platform that have nothing left and on which its partitions draw. */
  readonly spent: readonly SpentWindow[];
  /** Null where its platform's quota is not shared. */
  readonly share: JobShare | null;
  /** Null when the plan in force does not know it. */
  readonly plan: PlanOf | null;
  /** What a run is expected to take; null without a schedule. */
  readonly demand: Demand | null;
  /** Its runs and skipped slots, newest slot first. */
  readonly rows: readonly Run[];
  /** The newest slot that was decided; null when it was never scheduled. */
  readonly decidedUntilMs: number | null;
}

export interface SpentWindow extends Pick<LedgerUsage, 'budget' | 'scopeKey' | 'limit'> {
  /** When it starts anew; null for a rolling span, which never does as a whole. */
  readonly resetsAtMs: number | null;
}

export interface PlanOf extends AppliedOffset {
  readonly plannedAtMs: number;
  /** True when job files or limits have changed since. */
  readonly isStale: boolean;
}

/** A job with a schedule, and what is derived of it. */
export interface Scheduled {
  readonly schedule: JobSchedule;
  readonly timetable: Timetable;
  readonly rules: LeavingOut;
}

/** Null for a job that runs by hand only. */
export function scheduledOf({ job, hours, skips, pauses }: JobFacts): Scheduled | null {
  const { schedule, name } = job;
  if (!schedule) return null;
  const blackoutOf = skippedBlackouts(() => hours);
  const rules: LeavingOut = {
    policy: parseSlotPolicy(schedule),
    skippedBy(slotAtMs) {
      const skip = skips.find((each) => each.slotAtMs === slotAtMs);
      return skip ? { reason: skipReason(skip) } : null;
    },
    pausedBy(atMs) {
      const pause = pauseAt(pauses, job, atMs);
      return pause && { reason: pauseReason(pause) };
    },
    blackoutOf: (slotAtMs) => blackoutOf(job, slotAtMs),
  };
  return { schedule, timetable: parseTimetable(schedule, name), rules };
}

/** When the run of a slot is to start. */
export interface SlotStart {
  readonly slotAtMs: number;
  /** When its hours let it: the slot itself, later, or Infinity. */
  readonly opensAtMs: number;
  /** By the plan; Infinity with the opening. */
  readonly startAtMs: number;
}

/** By the hours and the plan in force, as the daemon does it. */
export function startOfSlot({ job, hours, plan }: JobFacts, scheduled: Scheduled, slotAtMs: number): SlotStart {
  const opensAtMs = nextOpenMs(hours, slotAtMs);
  if (plan === null) return { slotAtMs, opensAtMs, startAtMs: opensAtMs };
  const { offsetMs, durationMs } = plan;
  const { schedule, timetable } = scheduled;
  const plannedMs = plannedStartMs(schedule, { name: job.name, durationMs, offsetMs, timetable, hours }, slotAtMs);
  return { slotAtMs, opensAtMs, startAtMs: nextOpenMs(hours, plannedMs) };
}

/** When the run that is not over may go on: after its park or planned start, the pauses and the closed hours. */
export interface GoesOn {
  /** After its park or its planned start alone. */
  readonly dueAtMs: number;
  /** Also after the pauses; Infinity while one has no end. */
  readonly heldUntilMs: number;
  /** Also inside its hours. */
  readonly atMs: number;
}

/** Null when nothing waits. */
export function goesOn({ job, run, hours, lasting, nowMs }: JobFacts): GoesOn | null {
  if (run === null || run.state === 'running') return null;
  const dueAtMs = Math.max(nowMs, goesOnAtMs(run));
  const heldMs = heldUntilMs(lasting, job, dueAtMs);
  const atMs = heldMs === Infinity ? Infinity : gateOf(() => hours).nextStartMs(job, run, heldMs);
  return { dueAtMs, heldUntilMs: heldMs, atMs };
}
