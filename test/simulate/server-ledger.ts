import { type DayRule, windowAt } from '../../src/time/window';

interface Day {
  readonly key: string;
  readonly endMs: number;
  /** Attempts of ours, refused ones included. */
  ours: number;
  strangers: number;
  /** What the platform gave back in the middle of the day. */
  restored: number;
  /** Refused because the quota was gone. */
  refused: number;
  /** What the platform holds to on this day, which may differ from the one that it documents. */
  limit: number;
}

/** What a platform counts of its daily quota, by its own clock: the oracle of every promise about calls. */
export class ServerLedger {
  readonly #rule: DayRule;
  #day: Day | null = null;
  readonly #limit: number;

  constructor(rule: DayRule, limit: number) {
    this.#rule = rule;
    this.#limit = limit;
  }

  /** The day that holds an instant. Time only goes forward here. */
  at(nowMs: number): Day {
    if (this.#day && nowMs < this.#day.endMs) return this.#day;
    const { key, endMs } = windowAt(this.#rule, 'day', nowMs);
    this.#day = { key, endMs, ours: 0, strangers: 0, restored: 0, refused: 0, limit: this.#limit };
    return this.#day;
  }

  /** Counts an attempt; false when the quota is gone. Refused ones count too. */
  count(nowMs: number): boolean {
    const day = this.at(nowMs);
    day.ours += 1;
    const isLeft = day.ours + day.strangers - day.restored <= day.limit;
    if (!isLeft) day.refused += 1;
    return isLeft;
  }
}
