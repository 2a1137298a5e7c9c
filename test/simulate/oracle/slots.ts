import type { Job } from '../../../src/job/parse';
import type { RunKind } from '../../../src/job/run';
import type { Store } from '../../../src/store/open';
import { nextSlotMs, slotsBetween } from '../../schedule/slots-between';
import type { Journal } from '../journal';

const OF_SLOTS: readonly RunKind[] = ['schedule', 'catch-up'];
/** More than any life makes. */
const ROWS_MAX = 100_000;
const LATE_MS_MAX = 60_000;

/** Every slot is decided once: it has a run, or a row that says why not. */
export class SlotsOracle {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** @param sinceMs when the jobs were first seen; their schedules have not changed since. */
  async check(store: Store, jobs: readonly Job[], { sinceMs, nowMs }: { sinceMs: number; nowMs: number }) {
    const rows = await store.runs.list({ kinds: OF_SLOTS, limit: ROWS_MAX });
    for (const job of jobs) {
      const decidedMs = (await store.runs.decidedSoFar(job.name)) ?? sinceMs;
      if (nextSlotMs(job, decidedMs) < nowMs - LATE_MS_MAX)
        this.#violated(`the slot of ${job.name} at ${instant(nextSlotMs(job, decidedMs))} is not decided`);
      const decided = rows.filter(({ job: name }) => name === job.name).reduce((sum, { slots }) => sum + slots, 0);
      const came = slotsBetween(job, sinceMs, decidedMs);
      if (decided !== came)
        this.#violated(`${came} slots of ${job.name} until ${instant(decidedMs)}, rows for ${decided}`);
    }
  }

  #violated(what: string): void {
    this.#journal.violated('slots', what);
  }
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
