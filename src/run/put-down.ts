import { setMaxListeners } from 'node:events';
import type { TurnEnd } from '../job/run';

/** How the partitions under way of a run that is put down end. */
export type PutDownEnd = Extract<TurnEnd, { kind: 'park' | 'interrupt' }>;

/**
 * Whoever runs a run is told through this to put it down before it is complete: its window closed, an operator paused it,
 * or a newer run takes its place. No further turn starts, and those under way end as told, between two pages, or, when it
 * drains, by themselves.
 */
export class PutDown {
  readonly #ordered = new AbortController();
  #end: PutDownEnd | null = null;
  #isDraining = false;

  constructor() {
    setMaxListeners(0, this.#ordered.signal); // every partition listens
  }

  /** Aborts with the order. */
  get signal(): AbortSignal {
    return this.#ordered.signal;
  }

  /** False once no further turn may start. */
  get mayStart(): boolean {
    return !this.#isDraining && this.#end === null;
  }

  /** Null until the order. */
  get end(): PutDownEnd | null {
    return this.#end;
  }

  /** Lets the turns under way end, and no other one begin. An order may still cut it short. */
  drain(): void {
    this.#isDraining = true;
  }

  /** The first order stands. */
  order(end: PutDownEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#ordered.abort();
  }
}
