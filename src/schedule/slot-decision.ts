import type { DecidedSlots, SlotDecision, SlotOpening } from '../job/slot';
import { decideMissed } from './missed-slots';
import { QUEUED_RUNS_MAX } from './slot-policy';
import { type Busy, busyWith, coalesced, coalescesInto, leftOut, type SlotQuestion, skipped } from './slot-question';
import { slotAfterMs, slotUpToMs } from './timetable';

/** A slot that is seen later was missed: a heartbeat comes every minute, and half a one is for a machine that is busy. */
export const SLOT_LATE_MS_MAX = 90_000;

/**
 * Decides over every slot that came since: each of them once, alone or with others. Null when none did, and while a pause
 * lasts whose slots count as missed after it.
 */
export function decideSlots(question: SlotQuestion): Omit<DecidedSlots, 'job'> | null {
  const { timetable, policy, decidedUntilMs, nowMs } = question;
  const newestMs = slotUpToMs(timetable, nowMs);
  if (newestMs === null || newestMs <= decidedUntilMs) return null;
  if (policy.catchUp.includePaused && question.pausedBy(nowMs)) return null;
  const busy = busyWith(question);
  const onTime = decideOnTime(question, busy);
  const missedUntilMs = nowMs - SLOT_LATE_MS_MAX - 1;
  return {
    decisions: [...decideMissed(question, { busy, onTime, missedUntilMs }), ...onTime],
    decidedUntilMs: newestMs,
  };
}

/** There are one or two of them: slots are whole minutes. */
function decideOnTime(question: SlotQuestion, busy: Busy): SlotDecision[] {
  const { timetable, decidedUntilMs, nowMs } = question;
  const decisions: SlotDecision[] = [];
  let slotAtMs = slotAfterMs(timetable, Math.max(decidedUntilMs, nowMs - SLOT_LATE_MS_MAX - 1));
  while (slotAtMs <= nowMs) {
    const nextMs = slotAfterMs(timetable, slotAtMs);
    const isNewest = nextMs > nowMs;
    const opened = decisions.filter(({ kind }) => kind === 'open').length;
    decisions.push(decideOne(question, { slotAtMs, busy, opened, isNewest }));
    slotAtMs = nextMs;
  }
  return decisions;
}

interface NewSlot {
  readonly slotAtMs: number;
  readonly busy: Busy;
  /** Of its job, in the same moment: they wait too. */
  readonly opened: number;
  readonly isNewest: boolean;
}

function decideOne(question: SlotQuestion, { slotAtMs, busy, opened, isNewest }: NewSlot): SlotDecision {
  const left = leftOut(question, slotAtMs);
  if (left) return left;
  const into = coalescesInto(question, busy);
  if (into) return coalesced(slotAtMs, into);
  const { overlap } = question.policy;
  const waiting = busy.waiting + opened;
  const isFree = busy.run === null && opened === 0;
  const open: SlotOpening = {
    kind: 'open',
    as: 'schedule',
    slotAtMs,
    startAtMs: plannedStart(question, slotAtMs),
    cancels: [],
  };
  // The plan fills the time up to the next slot: a run that takes longer than most has until the next start to end.
  const hasTime = busy.run?.state === 'running' && waiting === 0 && open.startAtMs !== null;
  const overlapping = (reason: string): SlotDecision => skipped(slotAtMs, { because: 'overlap', reason });
  switch (overlap) {
    case 'skip':
      return isFree || hasTime ? open : overlapping(`${nameOf(busy)} was not over`);
    case 'queue-one':
      return isFree || waiting === 0 ? open : overlapping('a run of its job was waiting already');
    case 'queue-all':
      return waiting < QUEUED_RUNS_MAX ? open : overlapping(`${QUEUED_RUNS_MAX} runs of its job were waiting`);
    case 'cancel':
      return isNewest ? replacing(open, busy) : overlapping('a newer slot of its job came');
  }
}

/** Where runs end for it, it takes their place at once, whatever its planned start: nobody would run in between. */
function replacing(open: SlotOpening, { cancelable }: Busy): SlotOpening {
  return cancelable.length === 0 ? open : { ...open, startAtMs: null, cancels: cancelable };
}

function plannedStart({ startOf }: SlotQuestion, slotAtMs: number): number | null {
  const startAtMs = startOf(slotAtMs);
  return startAtMs > slotAtMs ? startAtMs : null;
}

function nameOf({ run }: Busy): string {
  return run ? `run ${run.id}` : 'the run before';
}
