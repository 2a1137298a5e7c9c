import { nextOpenMs } from '../../../src/schedule/hours';
import { hoursOfJobs } from '../../../src/schedule/job-hours';
import { goesOnAtMs, type Run } from '../../../src/job/run';
import type { Store } from '../../../src/store/open';
import type { Journal } from '../journal';
import type { SimulatedProcess } from '../process';

/** Within which whatever may go on must go on. */
export const PROMPT_MS = 60_000;
/** A run that began so long before the end has ended by then. */
const RUN_MS_MAX = 30 * 3_600_000;

export interface Look {
  readonly store: Store;
  readonly process: SimulatedProcess;
  /** Since when nothing has kept the process from its work, by the machine's clock. */
  readonly healthySinceMs: number;
  readonly nowMs: number;
}

/** I5: what is parked goes on within a minute of its instant, inside its hours; every run comes to its end. */
export class ProgressOracle {
  readonly #journal: Journal;
  readonly #underWay = new Map<string, number>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  started(run: Run): void {
    const other = this.#underWay.get(run.job);
    if (other !== undefined) this.#journal.violated('I4', `run ${run.id} of ${run.job} beside run ${other}`);
    this.#underWay.set(run.job, run.id);
  }

  ended(job: string): void {
    this.#underWay.delete(job);
  }

  /** Its process is gone. */
  allEnded(): void {
    this.#underWay.clear();
  }

  async look({ store, process, healthySinceMs, nowMs }: Look): Promise<void> {
    const hoursOf = hoursOfJobs(process.project.config);
    for (const run of await store.runs.list({ states: ['queued', 'parked', 'running'], limit: 50 })) {
      const job = process.project.jobs.find(({ name }) => name === run.job);
      if (!job || process.engine?.pauses.heldUntilMs(job, nowMs) !== nowMs) continue;
      const isLate = (sinceMs: number): boolean => {
        const fromMs = Math.max(sinceMs, healthySinceMs);
        const openMs = run.kind === 'manual' ? fromMs : nextOpenMs(hoursOf(job), fromMs);
        return openMs + PROMPT_MS < nowMs && (run.kind === 'manual' || nextOpenMs(hoursOf(job), nowMs) <= nowMs);
      };
      // Runs of one job take turns.
      if (run.state !== 'running' && !this.#underWay.has(run.job) && isLate(goesOnAtMs(run)))
        this.#late(`run ${run.id} of ${run.job} is ${run.state} since ${instant(goesOnAtMs(run))}`);
      if (run.state !== 'running') continue;
      for (const { partition, state, parkedUntilMs } of await store.runs.partitions(run.id))
        if (state === 'parked' && isLate(parkedUntilMs ?? 0))
          this.#late(`${run.job}/${partition.key} is parked until ${instant(parkedUntilMs ?? 0)}`);
    }
  }

  async checkEnded(store: Store, nowMs: number): Promise<void> {
    const open = await store.runs.list({ states: ['queued', 'parked', 'running'], limit: 50 });
    for (const run of open)
      if (run.slotAtMs < nowMs - RUN_MS_MAX)
        this.#journal.violated('ended', `run ${run.id} of ${run.job}, slot ${instant(run.slotAtMs)}, is ${run.state}`);
  }

  #late(what: string): void {
    this.#journal.violated('I5', `${what}, and nothing keeps it`);
  }
}

function instant(atMs: number): string {
  return Number.isFinite(atMs) ? new Date(atMs).toISOString() : String(atMs);
}
