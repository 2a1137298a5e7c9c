import type { StoreCall } from '../guarded-store';
import type { Journal } from '../journal';

/** Writes that only the holder of the lease may make. */
const FENCED = new Set([
  'runs.claim',
  'runs.commitPage',
  'runs.decide',
  'runs.endTurn',
  'runs.fail',
  'runs.recover',
  'runs.settle',
  'runs.start',
  'ledger.reserve',
  'holds.put',
]);

/** I4: whoever held the lease before the present holder changes nothing any more. */
export class WritersOracle {
  readonly #journal: Journal;
  #newest = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  took(fence: number): void {
    if (fence <= this.#newest) this.#journal.violated('I4', `fence ${fence} was given out after ${this.#newest}`);
    this.#newest = Math.max(this.#newest, fence);
  }

  /** Of the present holder, or the last one. */
  get newest(): number {
    return this.#newest;
  }

  did({ name }: StoreCall, fence: number | null): void {
    if (FENCED.has(name) && fence !== this.#newest)
      this.#journal.violated('I4', `${name} with fence ${fence}, the newest is ${this.#newest}`);
  }
}
