import type { SkipCause } from '../../job/slot';
import { type Demand, describeBasis } from '../../schedule/demand';
import { type Closure, closuresFrom, describeClosure } from '../../schedule/hours-closed';
import { isMovedByClocks } from '../../schedule/preview';
import { leftOut } from '../../schedule/slot-question';
import { slotAfterMs } from '../../schedule/timetable';
import { formatDuration } from '../../time/duration';
import { count } from '../print';
import { goesOn, type JobFacts, type Scheduled, type SlotStart, startOfSlot } from './facts';
import type { InstantText } from './instant-text';

/** What becomes of the slots to come, and what a run is expected to take. */
export type NextFinding =
  /** The first of so many slots that pass for the same reason. */
  | {
      readonly kind: 'will-pass';
      readonly slotAtMs: number;
      readonly slots: number;
      readonly because: SkipCause;
      readonly reason: string;
    }
  | ({
      readonly kind: 'will-run';
      readonly isMovedByClocks: boolean;
      readonly closures: readonly Closure[];
    } & SlotStart)
  /** All the slots that were looked at pass. */
  | { readonly kind: 'none-in-sight'; readonly afterMs: number }
  /** While its run is parked, slots that come go into it. */
  | { readonly kind: 'coalesces'; readonly runId: number; readonly slotAtMs: number }
  | ({ readonly kind: 'expected' } & Pick<Demand, 'calls' | 'durationMs' | 'basis'>);

/** Slots that are looked at for one that runs. */
const SLOTS_WALKED_MAX = 1_000;

/** From a slot on: that one, and if it passes the first that runs. */
export function findNext(facts: JobFacts, scheduled: Scheduled, fromSlotMs: number): NextFinding[] {
  const findings: NextFinding[] = [];
  let slotAtMs = fromSlotMs;
  for (let walked = 0; ; walked += 1) {
    const left = leftOut(scheduled.rules, slotAtMs);
    if (left === null) break;
    if (walked === SLOTS_WALKED_MAX) return [...findings, { kind: 'none-in-sight', afterMs: slotAtMs }];
    addTo(findings, { kind: 'will-pass', slotAtMs, slots: 1, because: left.because, reason: left.reason });
    slotAtMs = slotAfterMs(scheduled.timetable, slotAtMs);
  }
  const { hours, demand } = facts;
  findings.push({
    kind: 'will-run',
    ...startOfSlot(facts, scheduled, slotAtMs),
    isMovedByClocks: isMovedByClocks(scheduled.timetable, slotAtMs),
    closures: closuresFrom(hours, slotAtMs),
  });
  findings.push(...coalescing(facts, scheduled, slotAtMs));
  if (demand === null) return findings;
  const { calls, durationMs, basis } = demand;
  return [...findings, { kind: 'expected', calls, durationMs, basis }];
}

function coalescing(facts: JobFacts, { rules }: Scheduled, slotAtMs: number): NextFinding[] {
  const { run } = facts;
  if (run?.state !== 'parked' || rules.policy.overlap === 'cancel') return [];
  return (goesOn(facts)?.atMs ?? 0) > slotAtMs ? [{ kind: 'coalesces', runId: run.id, slotAtMs }] : [];
}

/** Slots in a row that pass for the same reason are told once. */
function addTo(findings: NextFinding[], next: Extract<NextFinding, { kind: 'will-pass' }>): void {
  const last = findings.at(-1);
  const isSame = last?.kind === 'will-pass' && last.because === next.because && last.reason === next.reason;
  if (isSame) findings.splice(-1, 1, { ...last, slots: last.slots + 1 });
  else findings.push(next);
}

/** A finding in a sentence, without its full stop. */
export function sayNext(finding: NextFinding, at: InstantText): string {
  switch (finding.kind) {
    case 'will-pass': {
      const others = finding.slots > 1 ? ` and ${count(finding.slots - 1)} after it pass` : ' passes';
      return `the slot ${at(finding.slotAtMs)}${others} without a run (${finding.because}: ${finding.reason})`;
    }
    case 'will-run':
      return sayRun(finding, at);
    case 'none-in-sight':
      return `no slot up to ${at(finding.afterMs)} runs`;
    case 'coalesces':
      return `if run ${finding.runId} is still parked then, it goes on in the place of that slot`;
    case 'expected':
      return `a run is expected to take ${formatDuration(finding.durationMs)} and ${count(finding.calls)} calls (${describeBasis(finding.basis)})`;
  }
}

function sayRun(finding: Extract<NextFinding, { kind: 'will-run' }>, at: InstantText): string {
  const { slotAtMs, opensAtMs, startAtMs, closures } = finding;
  const moved = finding.isMovedByClocks ? ' (the clocks skip its time)' : '';
  const slot = `slot ${at(slotAtMs)}${moved}`;
  const closed = closures.map(describeClosure).join('; then ');
  if (startAtMs === Infinity) return `${slot} cannot start: ${closed}`;
  const opening = opensAtMs > slotAtMs ? `, its hours open at ${at(opensAtMs)} (${closed})` : '';
  return `${slot}${opening}, ${startAtMs > opensAtMs ? `planned start ${at(startAtMs)}` : `starts at ${at(startAtMs)}`}`;
}
