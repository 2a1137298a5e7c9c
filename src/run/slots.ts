import type { Job } from '../job/parse';
import type { RunStore, UnfinishedRun } from '../job/run';
import { SKIP_KEPT_MS, type SkipAhead, type SkipAheadStore, skipOf, skipReason } from '../job/skip-ahead';
import type { DecidedSlots, SlotDecision } from '../job/slot';
import type { Log } from '../log';
import { decideSlots } from '../schedule/slot-decision';
import { parseSlotPolicy, type SlotPolicy } from '../schedule/slot-policy';
import type { SlotQuestion, SlotReason } from '../schedule/slot-question';
import { parseTimetable, slotAfterMs, type Timetable } from '../schedule/timetable';
import { Heap, type HeapItem } from '../time/heap';

/** What the wiring knows of slots beyond the job's own schedule. */
export interface SlotRules {
  /** The planned start of a slot, not before it. Default the slot itself. */
  readonly startOf?: (job: Job, slotAtMs: number) => number;
  /** Slots that operators left out. Default none. */
  readonly skipsAhead?: Pick<SkipAheadStore, 'list'>;
  /** Why an operator's pause held the job at an instant. Default never. */
  readonly pausedBy?: (job: Job, atMs: number) => SlotReason | null;
  /** Why a blackout leaves a slot out, where it does not shift it. Default never. */
  readonly blackoutOf?: (job: Job, slotAtMs: number) => SlotReason | null;
}

export interface SlotParts extends SlotRules {
  readonly runs: RunStore;
  readonly jobs: readonly Job[];
  readonly fence: number;
  readonly log: Log;
}

/** A job in the order of what comes next. */
interface Scheduled extends HeapItem {
  readonly job: Job;
  readonly timetable: Timetable;
  readonly policy: SlotPolicy;
  /** Among the project's jobs: of slots at the same instant the first goes first. */
  readonly place: number;
  decidedUntilMs: number;
  /** The first slot after that; later while a pause puts off deciding it. */
  nextAtMs: number;
}

/** Jobs whose slots are written in one transaction: the event loop stands still meanwhile. */
const JOBS_AT_ONCE_MAX = 500;
/** Between the starts of different jobs that make up for slots: after a day without a daemon they would all start at once. */
const CATCH_UP_GAP_MS = 1_000;
/** How soon it is asked again whether a pause that puts off slots is over. */
const PAUSED_LOOK_MS = 60_000;
/** Slots that were decided so far ahead of the clock tell of a clock that was wrong. */
const AHEAD_MS_MAX = 86_400_000;

/** The slots to come of all jobs: kept in memory, so that a look costs what is due and not what there is. */
export class Slots {
  readonly #parts: SlotParts;
  readonly #scheduled: readonly Scheduled[];
  readonly #upcoming = new Heap<Scheduled>(
    (a, b) => a.nextAtMs < b.nextAtMs || (a.nextAtMs === b.nextAtMs && a.place < b.place),
  );

  constructor(parts: SlotParts) {
    this.#parts = parts;
    this.#scheduled = parts.jobs.flatMap((job, place) => {
      if (!job.schedule) return [];
      const timetable = parseTimetable(job.schedule, job.name);
      const policy = parseSlotPolicy(job.schedule);
      return [{ job, timetable, policy, place, decidedUntilMs: 0, nextAtMs: 0, heapIndex: -1 }];
    });
  }

  /** Infinity before `load`, and where no job has a schedule. */
  get nextAtMs(): number {
    return this.#upcoming.peek()?.nextAtMs ?? Infinity;
  }

  /** Reads up to where slots are decided; a job that is seen for the first time begins now. */
  async load(nowMs: number): Promise<void> {
    const { runs, fence, log } = this.#parts;
    const names = this.#scheduled.map(({ job }) => job.name);
    const decidedUntil = await runs.decidedUntil({ jobs: names, fence, nowMs });
    for (const scheduled of this.#scheduled) {
      const decidedUntilMs = decidedUntil.get(scheduled.job.name) ?? nowMs;
      if (decidedUntilMs > nowMs + AHEAD_MS_MAX) {
        log.warn({ job: scheduled.job.name, decidedUntilMs }, 'no slot until then: the clock was ahead once');
      }
      this.#expect(scheduled, decidedUntilMs);
    }
  }

  /** Decides over all slots that came. Returns the runs that it canceled. */
  async decide(nowMs: number): Promise<ReadonlySet<number>> {
    const due = this.#takeDue(nowMs);
    const canceled = new Set<number>();
    let catchUpFromMs = nowMs;
    for (let at = 0; at < due.length; at += JOBS_AT_ONCE_MAX) {
      const some = due.slice(at, at + JOBS_AT_ONCE_MAX);
      for (const { decisions } of await this.#decideSome(some, { nowMs, catchUpFromMs })) {
        if (decisions.some(isCatchUp)) catchUpFromMs += CATCH_UP_GAP_MS;
        for (const runId of decisions.flatMap(canceledBy)) canceled.add(runId);
      }
    }
    return canceled;
  }

  #takeDue(nowMs: number): Scheduled[] {
    const due: Scheduled[] = [];
    while (this.nextAtMs <= nowMs) {
      const next = this.#upcoming.pop();
      if (next) due.push(next);
    }
    return due;
  }

  async #decideSome(due: readonly Scheduled[], now: { nowMs: number; catchUpFromMs: number }): Promise<DecidedSlots[]> {
    const { runs, fence, skipsAhead } = this.#parts;
    const { nowMs } = now;
    const skips = (await skipsAhead?.list(nowMs - SKIP_KEPT_MS)) ?? [];
    const unfinished = byJob(await runs.allUnfinished(due.map(({ job }) => job.name)));
    const decided: DecidedSlots[] = [];
    let { catchUpFromMs } = now;
    for (const scheduled of due) {
      const { name } = scheduled.job;
      const answer = this.#decideOne(scheduled, {
        nowMs,
        unfinished: unfinished.get(name) ?? [],
        catchUpFromMs,
        skippedBy: (slotAtMs) => skippedBy(skips, name, slotAtMs),
      });
      if (!answer) {
        scheduled.nextAtMs = nowMs + PAUSED_LOOK_MS;
        this.#upcoming.push(scheduled);
        continue;
      }
      decided.push({ job: name, ...answer });
      if (answer.decisions.some(isCatchUp)) catchUpFromMs += CATCH_UP_GAP_MS;
      this.#expect(scheduled, answer.decidedUntilMs);
    }
    if (decided.length > 0) await runs.decide({ jobs: decided, fence, nowMs });
    for (const { job, decisions } of decided) this.#tell(job, decisions);
    return decided;
  }

  #decideOne(
    { job, timetable, policy, decidedUntilMs }: Scheduled,
    now: Pick<SlotQuestion, 'nowMs' | 'unfinished' | 'catchUpFromMs' | 'skippedBy'>,
  ): Omit<DecidedSlots, 'job'> | null {
    const { startOf, pausedBy, blackoutOf } = this.#parts;
    return decideSlots({
      timetable,
      policy,
      decidedUntilMs,
      ...now,
      startOf: (slotAtMs) => startOf?.(job, slotAtMs) ?? slotAtMs,
      pausedBy: (atMs) => pausedBy?.(job, atMs) ?? null,
      blackoutOf: (slotAtMs) => blackoutOf?.(job, slotAtMs) ?? null,
    });
  }

  #expect(scheduled: Scheduled, decidedUntilMs: number): void {
    scheduled.decidedUntilMs = decidedUntilMs;
    scheduled.nextAtMs = slotAfterMs(scheduled.timetable, decidedUntilMs);
    this.#upcoming.push(scheduled);
  }

  #tell(job: string, decisions: readonly SlotDecision[]): void {
    for (const decision of decisions) {
      if (decision.kind === 'open') continue;
      const { because, reason, slotAtMs, slots } = decision;
      this.#parts.log.info({ job, because, slotAtMs, slots }, `slot skipped: ${reason}`);
    }
  }
}

function skippedBy(skips: readonly SkipAhead[], job: string, slotAtMs: number): SlotReason | null {
  const skip = skipOf(skips, job, slotAtMs);
  return skip ? { reason: skipReason(skip) } : null;
}

function isCatchUp(decision: SlotDecision): boolean {
  return decision.kind === 'open' && decision.as === 'catch-up';
}

function canceledBy(decision: SlotDecision): readonly number[] {
  return decision.kind === 'open' ? decision.cancels : [];
}

function byJob(runs: readonly UnfinishedRun[]): Map<string, UnfinishedRun[]> {
  const found = new Map<string, UnfinishedRun[]>();
  for (const run of runs) {
    const before = found.get(run.job);
    if (before) before.push(run);
    else found.set(run.job, [run]);
  }
  return found;
}
