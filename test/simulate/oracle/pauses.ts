import type { Job } from '../../../src/job/parse';
import type { Journal } from '../journal';

/** Of a job or a platform, until an instant of the machine's clock. */
export interface Paused {
  readonly kind: 'job' | 'platform';
  readonly name: string;
  readonly untilMs: number;
}

/** I9: what an operator has paused does not begin in a process that took the lease afterwards. Others see it at a heartbeat. */
export class PausesOracle {
  readonly #journal: Journal;
  readonly #pauses = new Map<string, { readonly untilMs: number; readonly fence: number }>();

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** @param fence of the last holder of the lease until then. */
  paused({ kind, name, untilMs }: Paused, fence: number): void {
    this.#pauses.set(`${kind} ${name}`, { untilMs, fence });
  }

  resumed(): void {
    this.#pauses.clear();
  }

  began({ name, platform }: Job, { fence, nowMs }: { readonly fence: number; readonly nowMs: number }): void {
    for (const what of [`job ${name}`, `platform ${platform}`]) {
      const pause = this.#pauses.get(what);
      if (pause && pause.fence < fence && nowMs < pause.untilMs)
        this.#journal.violated('I9', `a turn of ${name} began, but an operator has paused ${what}`);
    }
  }
}
