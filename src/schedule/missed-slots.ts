import type { SlotDecision, SlotOpening, SlotSkip } from '../job/slot';
import { formatDuration } from '../time/duration';
import { countSlots } from './slot-count';
import { QUEUED_RUNS_MAX } from './slot-policy';
import { type Busy, coalesced, coalescesInto, leftOut, type SlotQuestion, skipped } from './slot-question';
import { slotUpToMs } from './timetable';

/** Slots that are looked at one by one; what lies before them is counted. */
const SLOTS_WALKED_MAX = 200;

interface Missed {
  readonly busy: Busy;
  /** What was decided of slots that were not missed. */
  readonly onTime: readonly SlotDecision[];
  /** Later slots were not missed. */
  readonly missedUntilMs: number;
}

/** Walks back from the newest missed slot, as far as the job makes up for them; the rest is one row. */
export function decideMissed(question: SlotQuestion, missed: Missed): SlotDecision[] {
  const { timetable, policy, decidedUntilMs, nowMs } = question;
  let slotAtMs = slotUpToMs(timetable, missed.missedUntilMs);
  if (slotAtMs === null || slotAtMs <= decidedUntilMs) return [];
  const into = coalescesInto(question, missed.busy);
  if (into) return [coalesced(slotAtMs, into, countSlots(timetable, decidedUntilMs, slotAtMs))];
  const room = roomFor(question, missed);
  const slots: number[] = [];
  const skips: SlotSkip[] = [];
  for (let walked = 0; walked < SLOTS_WALKED_MAX && slots.length < room.runs; walked += 1) {
    if (slotAtMs === null || slotAtMs <= decidedUntilMs || slotAtMs < nowMs - policy.catchUp.windowMs) break;
    const left = leftOut(question, slotAtMs);
    if (left) addTo(skips, left);
    else slots.unshift(slotAtMs);
    slotAtMs = slotUpToMs(timetable, slotAtMs - 1);
  }
  if (slotAtMs !== null && slotAtMs > decidedUntilMs) {
    const isOld = slotAtMs < nowMs - policy.catchUp.windowMs;
    skips.push({
      ...skipped(slotAtMs, isOld ? tooOld(question) : room.otherwise),
      slots: countSlots(timetable, decidedUntilMs, slotAtMs),
    });
  }
  return [...skips, ...openingsOf(question, missed, slots)];
}

interface Room {
  /** How many may be made up for. */
  readonly runs: number;
  /** What becomes of the others. */
  readonly otherwise: Pick<SlotSkip, 'because' | 'reason'>;
}

/** The job's own policy, within what a run that is not over leaves. */
function roomFor(question: SlotQuestion, { busy, onTime }: Missed): Room {
  const { overlap } = question.policy;
  const wanted = roomByPolicy(question, onTime);
  if (busy.run === null || overlap === 'cancel') return wanted;
  const waiting = busy.waiting + onTime.filter(({ kind }) => kind === 'open').length;
  const left = overlap === 'skip' ? 0 : Math.max(0, (overlap === 'queue-one' ? 1 : QUEUED_RUNS_MAX) - waiting);
  if (left >= wanted.runs) return wanted;
  return { runs: left, otherwise: { because: 'overlap', reason: `run ${busy.run.id} was not over` } };
}

function roomByPolicy({ policy: { catchUp } }: SlotQuestion, onTime: readonly SlotDecision[]): Room {
  const missed = (runs: number, reason: string): Room => ({ runs, otherwise: { because: 'missed', reason } });
  switch (catchUp.policy) {
    case 'skip':
      return missed(0, 'the job makes up for no missed slot');
    case 'latest':
      return missed(onTime.some(({ kind }) => kind === 'open') ? 0 : 1, 'a newer slot has a run');
    case 'all':
      return missed(catchUp.max, `${catchUp.max} newer ones are made up for`);
  }
}

function tooOld({ policy: { catchUp } }: SlotQuestion): Room['otherwise'] {
  if (catchUp.policy === 'skip') return { because: 'missed', reason: 'the job makes up for no missed slot' };
  return { because: 'missed', reason: `it came more than ${formatDuration(catchUp.windowMs)} before` };
}

/** The oldest slot first, one spacing after the other, and after a run that starts now. */
function openingsOf(question: SlotQuestion, { busy, onTime }: Missed, slots: readonly number[]): SlotOpening[] {
  const { policy, startOf, catchUpFromMs, nowMs } = question;
  const { spacingMs } = policy.catchUp;
  const isTaken = onTime.some(({ kind }) => kind === 'open');
  return slots.map((slotAtMs, at) => {
    const startAtMs = startOf(catchUpFromMs + (isTaken ? at + 1 : at) * spacingMs);
    const cancels = policy.overlap === 'cancel' && !isTaken && at === 0 ? busy.cancelable : [];
    return {
      kind: 'open',
      as: 'catch-up',
      slotAtMs,
      startAtMs: startAtMs > nowMs && cancels.length === 0 ? startAtMs : null,
      cancels,
    };
  });
}

/** What is left out for the same reason is one row, that of the newest. */
function addTo(skips: SlotSkip[], skip: SlotSkip): void {
  const last = skips.at(-1);
  const isSame = last?.because === skip.because && last.reason === skip.reason;
  if (isSame) skips.splice(-1, 1, { ...last, slots: last.slots + 1 });
  else skips.push(skip);
}
