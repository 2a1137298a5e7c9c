import { Timeline } from './timeline';

/** Instances were started in the 30 days before the anchor. */
const SPREAD_MS = 30 * 86_400_000;

/** Every instance of one approval process, in the order in which they were started. */
export class Approvals {
  readonly count: number;
  readonly #processCode: string;
  readonly #started: Timeline;

  constructor(parts: { seed: string; processCode: string; count: number; anchorMs: number }) {
    this.count = parts.count;
    this.#processCode = parts.processCode;
    this.#started = new Timeline({
      seed: `${parts.seed}/process/${parts.processCode}`,
      count: parts.count,
      startMs: parts.anchorMs - SPREAD_MS,
      spanMs: SPREAD_MS,
    });
  }

  /** Indices `[first, end)` of those that were started in `[beginMs, endMs)`. */
  range(beginMs: number, endMs: number): { first: number; end: number } {
    return this.#started.range(beginMs, endMs);
  }

  id(index: number): string {
    return `${this.#processCode}-${String(index).padStart(7, '0')}`;
  }

  *ids(): Generator<string> {
    for (let index = 0; index < this.count; index += 1) yield this.id(index);
  }
}
