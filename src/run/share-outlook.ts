import type { Job } from '../job/parse';
import { FORWARD_KINDS, goesOnAtMs, type Run, type RunStore } from '../job/run';
import { CONFIDENT_RUNS, type Demand, PAST_RUNS_MAX } from '../schedule/demand';
import { demandOfJob } from '../schedule/job-demand';
import { parseTimetable, slotAfterMs } from '../schedule/timetable';
import type { Clock } from '../time/clock';
import type { Gate } from './gate';

/** What a job will still want of a window. */
export interface JobOutlook {
  /** Calls, as far as anybody knows. */
  readonly calls: number;
  /** True when enough runs are behind the figure to give away what goes beyond it. */
  readonly isFirm: boolean;
  /** When it may change at the earliest: now while a run is under way, else the next start. */
  readonly changesAtMs: number;
}

/** Port: who will still call before a window ends. */
export interface ShareOutlook {
  /** Jobs that have something to come; the others need nothing any more. */
  of(window: { readonly endMs: number }): Promise<ReadonlyMap<string, JobOutlook>>;
  /** What is known of its past runs is out of date. */
  runEnded(job: string): void;
}

export interface ShareOutlookParts {
  /** Those that share. */
  readonly jobs: readonly Job[];
  readonly runs: Pick<RunStore, 'list' | 'unfinished'>;
  readonly gate: Gate;
  readonly clock: Clock;
  /** When the run of a slot starts by the plan. Default at the slot. */
  readonly startOf?: ((job: Job, slotAtMs: number) => number) | undefined;
}

/** Slots of one job that are counted in a window: those of a day, one every minute and a half. */
const SLOTS_MAX = 1_000;
/** A slot has its run by then, or gets none. */
const SLOT_LATE_MS = 5 * 60_000;
/** Newest runs among which that of the newest slot is looked for: those that somebody asked for are among them. */
const ROWS_READ_MAX = 20;
/** Runs that are read to find PAST_RUNS_MAX good ones. */
const RUNS_READ_MAX = 3 * PAST_RUNS_MAX;

/** By the run that is under way, the slots before the window's end, and what past runs took (p80). */
export class JobOutlooks implements ShareOutlook {
  readonly #parts: ShareOutlookParts;
  readonly #demands = new Map<string, Demand>();
  readonly #slots = new Map<string, { endMs: number; slots: readonly number[] }>();

  constructor(parts: ShareOutlookParts) {
    this.#parts = parts;
  }

  async of(window: { readonly endMs: number }): Promise<ReadonlyMap<string, JobOutlook>> {
    const { jobs } = this.#parts;
    const demands = await this.#demandsNow();
    const outlooks = await Promise.all(
      jobs.map(async (job) => [job.name, await this.#outlook(job, demands.get(job.name), window.endMs)] as const),
    );
    return new Map(outlooks.flatMap(([name, outlook]) => (outlook ? [[name, outlook] as const] : [])));
  }

  runEnded(job: string): void {
    this.#demands.delete(job);
  }

  async #outlook(job: Job, demand: Demand | undefined, endMs: number): Promise<JobOutlook | null> {
    const nowMs = this.#parts.clock.nowMs();
    const run = await this.#parts.runs.unfinished(job.name);
    const runAtMs = run ? this.#goesOnAtMs(job, run, nowMs) : Infinity;
    const isUnderWay = runAtMs < endMs;
    const starts = await this.#startsBefore(job, nowMs, endMs);
    if (!demand || (!isUnderWay && starts.length === 0)) return null;
    const ofRun = isUnderWay ? Math.max(0, demand.calls - (run?.totals.attempts ?? 0)) : 0;
    // A run that took more than most will take nobody knows how much.
    const isFirm = isConfident(demand) && !(isUnderWay && ofRun === 0);
    const changesAtMs = Math.min(isUnderWay ? runAtMs : Infinity, ...starts);
    return { calls: ofRun + starts.length * demand.calls, isFirm, changesAtMs };
  }

  #goesOnAtMs(job: Job, run: Run, nowMs: number): number {
    const dueMs = run.state === 'running' ? nowMs : Math.max(nowMs, goesOnAtMs(run));
    return this.#parts.gate.nextStartMs(job, run, dueMs);
  }

  /** When its runs to come will start. Slots that wait for one and the same opening have one run. */
  async #startsBefore(job: Job, nowMs: number, endMs: number): Promise<number[]> {
    const slots = this.#slotsBefore(job, nowMs, endMs);
    if (slots.length === 0) return [];
    const lastMs = await this.#decidedUntilMs(job.name);
    const { gate, startOf } = this.#parts;
    const starts = slots
      .filter((slotAtMs) => slotAtMs > lastMs && slotAtMs > nowMs - SLOT_LATE_MS)
      .map((slotAtMs) => gate.nextStartMs(job, { kind: 'schedule' }, startOf?.(job, slotAtMs) ?? slotAtMs));
    return [...new Set(starts)].filter((startMs) => startMs < endMs);
  }

  /** The newest of its slots that has a row. */
  async #decidedUntilMs(name: string): Promise<number> {
    const newest = await this.#parts.runs.list({ job: name, kinds: FORWARD_KINDS, limit: ROWS_READ_MAX });
    return newest.find(({ kind }) => kind === 'schedule' || kind === 'catch-up')?.slotAtMs ?? -Infinity;
  }

  /** The calendar is dear: once for each window. */
  #slotsBefore({ name, schedule }: Job, nowMs: number, endMs: number): readonly number[] {
    if (!schedule) return [];
    const known = this.#slots.get(name);
    if (known?.endMs === endMs) return known.slots;
    const timetable = parseTimetable(schedule, name);
    const slots: number[] = [];
    let slotAtMs = slotAfterMs(timetable, nowMs - SLOT_LATE_MS);
    for (; slotAtMs < endMs && slots.length < SLOTS_MAX; slotAtMs = slotAfterMs(timetable, slotAtMs)) {
      slots.push(slotAtMs);
    }
    this.#slots.set(name, { endMs, slots });
    return slots;
  }

  /** A job that never ran is believed to be like the others. */
  async #demandsNow(): Promise<ReadonlyMap<string, Demand>> {
    const { jobs } = this.#parts;
    const unknown = jobs.filter(({ name }) => !this.#demands.has(name));
    for (const job of unknown) this.#demands.set(job.name, await this.#demandOf(job));
    const others = [...this.#demands.values()];
    return new Map(
      [...this.#demands].map(([name, demand]) => [
        name,
        demand.basis.kind === 'default' ? demandOfJob({ estimate: null, schedule: null }, [], others) : demand,
      ]),
    );
  }

  async #demandOf(job: Job): Promise<Demand> {
    const filter = { job: job.name, kinds: FORWARD_KINDS, states: ['done'], limit: RUNS_READ_MAX } as const;
    const runs = await this.#parts.runs.list(filter);
    const past = runs
      .filter(({ totals }) => totals.attempts > 0)
      .map(({ slotAtMs, totals }) => ({ slotAtMs, calls: totals.attempts, durationMs: 0 }));
    return demandOfJob(job, past);
  }
}

function isConfident({ basis }: Demand): boolean {
  return basis.kind === 'history' && basis.runs >= CONFIDENT_RUNS;
}
