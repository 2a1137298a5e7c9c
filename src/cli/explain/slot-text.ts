import type { Run } from '../../job/run';
import type { SlotDecision } from '../../job/slot';
import { count } from '../print';
import type { InstantText } from './instant-text';
import { endOf } from './now-text';
import type { SlotFinding } from './slot';

/** A finding in a sentence, without its full stop. */
export function saySlot(finding: SlotFinding, at: InstantText): string {
  const slot = at(finding.slotAtMs);
  switch (finding.kind) {
    case 'ran':
      return `${slot} ${finding.run.kind === 'catch-up' ? 'was missed and is made up for by' : 'has'} run ${finding.run.id}, ${courseOf(finding.run, at)}`;
    case 'left-out':
      return sayLeftOut(finding, at);
    case 'undecided':
      return `${slot} is not decided yet: ${finding.isServed ? 'the process that has the store' : 'a daemon that starts now'} ${sayDecision(finding.decision, at)}`;
    case 'unknown':
      return finding.wasNeverScheduled
        ? `${slot} has no row: no daemon has ever scheduled the job on this store`
        : `${slot} has no row: it came before a daemon first scheduled the job, its time was changed since, or its row was pruned`;
  }
}

/** Planned, started and ended when. */
function courseOf(run: Run, at: InstantText): string {
  const { state, startAtMs, startedAtMs, endedAtMs, resumesAtMs } = run;
  const parts = [
    startAtMs === null ? 'planned to start at once' : `planned to start at ${at(startAtMs)}`,
    startedAtMs === null ? 'not started' : `started at ${at(startedAtMs)}`,
  ];
  if (endedAtMs !== null) return `${parts.join(', ')}; it ${endOf(run, at)}`;
  const until = state === 'parked' && resumesAtMs !== null ? ` until ${at(resumesAtMs)}` : '';
  return `${parts.join(', ')}; it is ${state}${until}`;
}

function sayLeftOut({ slotAtMs, row, into }: Extract<SlotFinding, { kind: 'left-out' }>, at: InstantText): string {
  const why = `${row.because}: ${row.reason}`;
  const others = row.slots > 1 ? `, as one of ${count(row.slots)} slots up to ${at(row.slotAtMs)}` : '';
  const went = into === null ? '' : `; run ${into.id}, of the slot ${at(into.slotAtMs)}, ${standOf(into, at)}`;
  return `${at(slotAtMs)} has no run${others} (${why})${went}`;
}

function standOf(run: Run, at: InstantText): string {
  return run.endedAtMs === null ? `is ${run.state} now` : endOf(run, at);
}

function sayDecision(decision: SlotDecision | null, at: InstantText): string {
  if (decision === null) return 'decides over it when the pause is over';
  if (decision.kind === 'skip') return `leaves it out (${decision.because}: ${decision.reason})`;
  const start = decision.startAtMs === null ? 'at once' : `at ${at(decision.startAtMs)}`;
  return decision.as === 'catch-up' ? `makes up for it, ${start}` : `runs it, ${start}`;
}
