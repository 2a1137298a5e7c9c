import type { Job } from '../../../src/job/parse';
import { goesOnAtMs, type Run } from '../../../src/job/run';
import { nextOpenMs } from '../../../src/schedule/hours';
import { hoursOfJobs } from '../../../src/schedule/job-hours';
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

  async look(look: Look): Promise<void> {
    const { store, process } = look;
    const names = process.project.jobs.map(({ name }) => name);
    const seen = new Set<string>();
    for (const { id, job: name } of await store.runs.allUnfinished(names)) {
      if (seen.has(name)) continue; // runs of one job take turns
      seen.add(name);
      const run = await store.runs.get(id);
      const job = process.project.jobs.find((one) => one.name === name);
      if (run && job) await this.#lookAt(run, job, look);
    }
  }

  async #lookAt(run: Run, job: Job, { store, process, healthySinceMs, nowMs }: Look): Promise<void> {
    if (process.engine?.pauses.heldUntilMs(job, nowMs) !== nowMs) return;
    const hours = hoursOfJobs(process.project.config)(job);
    const openMs = (atMs: number): number => (run.kind === 'manual' ? atMs : nextOpenMs(hours, atMs));
    const isLate = (sinceMs: number): boolean =>
      openMs(Math.max(sinceMs, healthySinceMs)) + PROMPT_MS < nowMs && openMs(nowMs) <= nowMs;
    if (run.state !== 'running') {
      const atMs = Math.max(run.slotAtMs, goesOnAtMs(run));
      if (!this.#underWay.has(run.job) && isLate(atMs))
        this.#late(`run ${run.id} of ${run.job} is ${run.state} since ${instant(atMs)}`);
      return;
    }
    for (const { partition, state, parkedUntilMs } of await store.runs.partitions(run.id))
      if (state === 'parked' && isLate(parkedUntilMs ?? 0))
        this.#late(`${run.job}/${partition.key} is parked until ${instant(parkedUntilMs ?? 0)}`);
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
