import type { Run } from '../../job/run';
import type { SlotDecision } from '../../job/slot';
import { countSlots } from '../../schedule/slot-count';
import { decideSlots } from '../../schedule/slot-decision';
import { type JobFacts, type Scheduled, startOfSlot } from './facts';

/** What became of a slot that has come. */
export type SlotFinding =
  /** It has a run: of its own, or one that makes up for it. */
  | { readonly kind: 'ran'; readonly slotAtMs: number; readonly run: Run }
  /** It has none, and the row of it or of a later one says why; `into` is the run that went on in its place. */
  | { readonly kind: 'left-out'; readonly slotAtMs: number; readonly row: Run; readonly into: Run | null }
  /** Nobody was there to decide; what a daemon that starts now makes of it. Null while a pause puts that off. */
  | {
      readonly kind: 'undecided';
      readonly slotAtMs: number;
      readonly isServed: boolean;
      readonly decision: SlotDecision | null;
    }
  | { readonly kind: 'unknown'; readonly slotAtMs: number; readonly wasNeverScheduled: boolean };

export function findSlot(facts: JobFacts, scheduled: Scheduled, slotAtMs: number): SlotFinding[] {
  const { rows, decidedUntilMs } = facts;
  const own = rows.filter((row) => row.slotAtMs === slotAtMs && isOfSchedule(row));
  const row = own.find(({ state }) => state !== 'skipped') ?? own[0] ?? standingFor(rows, scheduled, slotAtMs);
  if (row?.state === 'skipped') {
    const into = rows.find(({ id }) => id === row.intoRunId) ?? null;
    return [{ kind: 'left-out', slotAtMs, row, into }];
  }
  if (row) return [{ kind: 'ran', slotAtMs, run: row }];
  if (decidedUntilMs !== null && slotAtMs > decidedUntilMs) return [undecided(facts, scheduled, slotAtMs)];
  return [{ kind: 'unknown', slotAtMs, wasNeverScheduled: decidedUntilMs === null }];
}

function isOfSchedule({ kind }: Run): boolean {
  return kind === 'schedule' || kind === 'catch-up';
}

/** The later row that stands for this slot too. */
function standingFor(rows: readonly Run[], { timetable }: Scheduled, slotAtMs: number): Run | undefined {
  return rows.find(
    (row) => row.slots > 1 && row.slotAtMs > slotAtMs && countSlots(timetable, slotAtMs - 1, row.slotAtMs) <= row.slots,
  );
}

/** Decided as the daemon would. */
function undecided(facts: JobFacts, scheduled: Scheduled, slotAtMs: number): SlotFinding {
  const { nowMs, unfinished, decidedUntilMs, holder } = facts;
  const { timetable, rules } = scheduled;
  const decided = decideSlots({
    timetable,
    ...rules,
    decidedUntilMs: decidedUntilMs ?? nowMs,
    nowMs,
    unfinished,
    startOf: (atMs) => startOfSlot(facts, scheduled, atMs).startAtMs,
    catchUpFromMs: nowMs,
  });
  // Of a row that stands for several the slot is the newest.
  const decision = decided?.decisions
    .filter(
      (each) => each.slotAtMs === slotAtMs || (each.kind === 'skip' && each.slots > 1 && each.slotAtMs > slotAtMs),
    )
    .sort((a, b) => a.slotAtMs - b.slotAtMs)[0];
  return { kind: 'undecided', slotAtMs, isServed: holder !== null, decision: decision ?? null };
}
