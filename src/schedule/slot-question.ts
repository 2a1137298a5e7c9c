import type { UnfinishedRun } from '../job/run';
import type { SlotSkip } from '../job/slot';
import type { SlotPolicy } from './slot-policy';
import type { Timetable } from './timetable';

/** What is known when the slots of a job are decided that came since. */
export interface SlotQuestion {
  readonly timetable: Timetable;
  readonly policy: SlotPolicy;
  /** The newest slot that was decided before. */
  readonly decidedUntilMs: number;
  readonly nowMs: number;
  /** Runs of the job that are not over. */
  readonly unfinished: readonly UnfinishedRun[];
  /** Why an operator left a slot out; null when nobody did. */
  readonly skippedBy: (slotAtMs: number) => SlotReason | null;
  /** Why the job was paused at an instant; null when it was not. */
  readonly pausedBy: (atMs: number) => SlotReason | null;
  /** Why a slot is left out that no run may start at; null when it is not, or only shifted. */
  readonly blackoutOf: (slotAtMs: number) => SlotReason | null;
  /** The planned start of a slot, not before it. */
  readonly startOf: (slotAtMs: number) => number;
  /** The first run that makes up for a slot is planned as one of a slot at this instant, not before now. */
  readonly catchUpFromMs: number;
}

/** What leaves slots out by itself. */
export type LeavingOut = Pick<SlotQuestion, 'policy' | 'skippedBy' | 'pausedBy' | 'blackoutOf'>;

export interface SlotReason {
  readonly reason: string;
}

/** The runs that are in the way of a new one. */
export interface Busy {
  /** The first of them; null when there is none. */
  readonly run: UnfinishedRun | null;
  readonly parked: UnfinishedRun | null;
  /** How many have not started. */
  readonly waiting: number;
  /** Those that `cancel` ends: what somebody asked for is not among them. */
  readonly cancelable: readonly number[];
}

/** One that makes up for a slot and is planned for later is in nobody's way. */
export function busyWith({ unfinished, nowMs }: SlotQuestion): Busy {
  const inTheWay = unfinished.filter(
    ({ kind, startedAtMs, startAtMs }) => kind !== 'catch-up' || startedAtMs !== null || (startAtMs ?? nowMs) <= nowMs,
  );
  return {
    run: inTheWay[0] ?? null,
    parked: inTheWay.find(({ state }) => state === 'parked') ?? null,
    waiting: inTheWay.filter(({ startedAtMs }) => startedAtMs === null).length,
    cancelable: inTheWay.filter(({ kind }) => kind === 'schedule' || kind === 'catch-up').map(({ id }) => id),
  };
}

/** Why a slot is left out whatever else is the case; null when it is not. */
export function leftOut(question: LeavingOut, slotAtMs: number): SlotSkip | null {
  const asked = question.skippedBy(slotAtMs);
  if (asked) return skipped(slotAtMs, { because: 'operator', reason: asked.reason });
  const paused = question.policy.catchUp.includePaused ? null : question.pausedBy(slotAtMs);
  if (paused) return skipped(slotAtMs, { because: 'paused', reason: paused.reason });
  const blackout = question.blackoutOf(slotAtMs);
  return blackout ? skipped(slotAtMs, { because: 'blackout', reason: blackout.reason }) : null;
}

/** The run that goes on in the place of new slots; null when there is none, or they end it. */
export function coalescesInto({ policy }: SlotQuestion, { parked }: Busy): UnfinishedRun | null {
  return policy.overlap === 'cancel' ? null : parked;
}

export function coalesced(slotAtMs: number, run: UnfinishedRun, slots = 1): SlotSkip {
  const skip = skipped(slotAtMs, { because: 'coalesced', reason: `run ${run.id} is parked and goes on in its place` });
  return { ...skip, intoRunId: run.id, slots };
}

export function skipped(slotAtMs: number, why: Pick<SlotSkip, 'because' | 'reason'>): SlotSkip {
  return { kind: 'skip', slotAtMs, ...why, intoRunId: null, slots: 1 };
}
