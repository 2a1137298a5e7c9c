import { chanceOf } from '../../src/schedule/chance';
import { hashOf } from '../../src/schedule/hash';

/** One record as a simulated platform holds it; the text is what must be in the store, byte by byte. */
export interface SourceRecord {
  readonly oid: string;
  readonly createTime: number;
  readonly note: number;
}

export interface SourceOptions {
  readonly seed: number;
  readonly partition: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly perDay: number;
}

const DAY_MS = 86_400_000;

/** The records of one partition, in the order in which they come into being. */
export class Source {
  readonly records: SourceRecord[] = [];
  readonly #partition: string;

  constructor({ seed, partition, fromMs, toMs, perDay }: SourceOptions) {
    this.#partition = partition;
    const random = chanceOf(hashOf(`${seed}/${partition}`));
    const gapMs = DAY_MS / perDay;
    for (let atMs = fromMs; atMs < toMs; atMs += Math.floor(gapMs * (0.2 + 1.6 * random()))) this.#add(atMs);
  }

  /** Records come into being out of turn: those behind them move by so many places. */
  insert(atMs: number, count: number): void {
    const at = this.countBefore(atMs);
    const created = Array.from({ length: count }, (_, index) => this.#record(atMs, this.records.length + index));
    this.records.splice(at, 0, ...created);
  }

  /** How many came into being before an instant. */
  countBefore(atMs: number): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.records[middle]!.createTime < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Those created in `[fromMs, toMs)`, oldest first. */
  between(fromMs: number, toMs: number): readonly SourceRecord[] {
    return this.records.slice(this.countBefore(fromMs), this.countBefore(toMs));
  }

  #add(atMs: number): void {
    this.records.push(this.#record(atMs, this.records.length));
  }

  #record(createTime: number, number: number): SourceRecord {
    const oid = `${this.#partition}-${number}`;
    return { oid, createTime, note: hashOf(`${oid}@${createTime}`) };
  }
}
