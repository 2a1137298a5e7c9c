import type { BackfillStore } from '../job/backfill';

/** Backfills that may have changed: more than are ever active at a time. */
const SEEN_MAX = 100;

/** Notices what operators asked for or canceled since the last look. */
export class BackfillWatch {
  readonly #store: Pick<BackfillStore, 'list'>;
  #seen = '';

  constructor(store: Pick<BackfillStore, 'list'>) {
    this.#store = store;
  }

  /** `changed` the first time where there is any. */
  async refresh(): Promise<'changed' | 'same'> {
    const active = await this.#store.list({ states: ['active'], limit: SEEN_MAX });
    const seen = active.map(({ id }) => id).join();
    const answer = seen === this.#seen ? 'same' : 'changed';
    this.#seen = seen;
    return answer;
  }
}
