import { slotAfterMs, slotUpToMs } from '../../schedule/timetable';
import { type JobFacts, scheduledOf } from './facts';
import type { InstantText } from './instant-text';
import { findNext, type NextFinding, sayNext } from './next';
import { findNow, type NowFinding } from './now';
import { sayNow } from './now-text';
import { findSlot, type SlotFinding } from './slot';
import { saySlot } from './slot-text';
import { findStart, type StartFinding, sayStart } from './start';

/** What a finding answers: why not now, why at that time, what became of a slot, what comes. */
export type Topic = 'now' | 'start' | 'slot' | 'next';

/** A finding as it is shown: the facts, and the sentence that they make. */
export type Told = { readonly topic: Topic; readonly text: string } & (
  | NowFinding
  | StartFinding
  | SlotFinding
  | NextFinding
);

/** Everything about a job: why it is not running, why it starts when it does, its last slot, the next one. */
export function explainJob(facts: JobFacts, at: InstantText): Told[] {
  const scheduled = scheduledOf(facts);
  const now = findNow(facts).map((finding) => tellNow(finding, at));
  if (scheduled === null) return now;
  const { timetable } = scheduled;
  const lastSlotMs = slotUpToMs(timetable, facts.nowMs);
  return [
    ...now,
    ...findStart(facts, scheduled).map((finding) => tellStart(finding, at)),
    ...(lastSlotMs === null ? [] : findSlot(facts, scheduled, lastSlotMs).map((finding) => tellSlot(finding, at))),
    ...findNext(facts, scheduled, slotAfterMs(timetable, facts.nowMs)).map((finding) => tellNext(finding, at)),
  ];
}

/** What became of one slot of a job with a schedule, or what will; and why at that time. */
export function explainSlot(facts: JobFacts, slotAtMs: number, at: InstantText): Told[] {
  const scheduled = scheduledOf(facts);
  if (scheduled === null) return [];
  const told =
    slotAtMs > facts.nowMs
      ? findNext(facts, scheduled, slotAtMs).map((finding) => tellNext(finding, at))
      : findSlot(facts, scheduled, slotAtMs).map((finding) => tellSlot(finding, at));
  return [...told, ...findStart(facts, scheduled).map((finding) => tellStart(finding, at))];
}

export function tellNow(finding: NowFinding, at: InstantText): Told {
  return { topic: 'now', text: sayNow(finding, at), ...finding };
}

function tellStart(finding: StartFinding, at: InstantText): Told {
  return { topic: 'start', text: sayStart(finding, at), ...finding };
}

function tellSlot(finding: SlotFinding, at: InstantText): Told {
  return { topic: 'slot', text: saySlot(finding, at), ...finding };
}

function tellNext(finding: NextFinding, at: InstantText): Told {
  return { topic: 'next', text: sayNext(finding, at), ...finding };
}
