import type { Schedule } from '../../../src/job/definition';
import type { Job } from '../../../src/job/parse';
import { parseTimetable, slotAfterMs } from '../../../src/schedule/timetable';
import type { Store } from '../../../src/store/open';
import type { Journal } from '../journal';

/** A process at work looks that often, whatever the clock did. */
const LOOK_MS_MAX = 3_600_000;
/** More rows than the slots of a simulated year. */
const ROWS_MAX = 50_000;

interface Timetabled {
  readonly schedule: Schedule;
  /** Slots count from there on. */
  readonly fromMs: number;
}

/** Slots: each is in one row of the store, as a run or among those that were skipped together. */
export class SlotsOracle {
  readonly #journal: Journal;
  readonly #jobs = new Map<string, Timetabled>();
  /** What an operator has changed: nobody knows which of its slots count. */
  readonly #changed = new Set<string>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** A process has read up to where slots are decided. */
  began(jobs: readonly Job[], decidedUntil: ReadonlyMap<string, number>): void {
    for (const { name, schedule } of jobs) {
      const fromMs = decidedUntil.get(name);
      if (!schedule || fromMs === undefined) continue;
      const known = this.#jobs.get(name);
      if (!known) this.#jobs.set(name, { schedule, fromMs });
      else if (JSON.stringify(known.schedule) !== JSON.stringify(schedule)) this.#changed.add(name);
    }
  }

  /** At the end, with a process at work. */
  async checkAll({ runs }: Pick<Store, 'runs'>, nowMs: number): Promise<void> {
    for (const [job, { schedule, fromMs }] of this.#jobs) {
      if (this.#changed.has(job)) continue;
      const untilMs = (await runs.decidedSoFar(job)) ?? fromMs;
      const timetable = parseTimetable(schedule, job);
      let slots = 0;
      let slotAtMs = slotAfterMs(timetable, fromMs);
      for (; slotAtMs <= untilMs; slotAtMs = slotAfterMs(timetable, slotAtMs)) slots += 1;
      const rows = await runs.list({ job, kinds: ['schedule', 'catch-up'], limit: ROWS_MAX });
      const found = rows.reduce((total, row) => total + row.slots, 0);
      if (found !== slots) this.#journal.violated('slots', `${job}: ${found} of ${slots} slots are in the store`);
      if (slotAtMs < nowMs - LOOK_MS_MAX)
        this.#journal.violated('slots', `${job}: nothing is decided since ${new Date(untilMs).toISOString()}`);
    }
  }
}
