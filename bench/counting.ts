import { type Counter, type CounterKind, counterOf, type Instant } from '../src/sandbox/counter';

/** One limit of a server. A request's path is `/<api>/<user>`; `by` says which part of it selects the counter. */
export interface Limit {
  readonly name: string;
  readonly perSecond: number;
  readonly by: 'app' | 'api' | 'user';
  readonly counter: CounterKind;
}

export interface Counts {
  served: number;
  /** By the name of the limit. */
  readonly refused: Record<string, number>;
}

/** A set of limits as one platform would keep them: an arrival takes from all of them, or is refused and takes nothing. */
export class Counting {
  readonly counts: Counts = { served: 0, refused: {} };
  readonly #limits: readonly Limit[];
  readonly #counters = new Map<string, Counter>();

  constructor(limits: readonly Limit[]) {
    this.#limits = limits;
  }

  admits(path: string, now: Instant): boolean {
    const [, api = '', user = ''] = path.split('/');
    const value = { app: '', api, user };
    const counters = this.#limits.map((limit) => this.#counter(limit, value[limit.by]));
    const spent = this.#limits[counters.findIndex((counter) => !counter.hasRoom(now))];
    if (spent) {
      this.counts.refused[spent.name] = (this.counts.refused[spent.name] ?? 0) + 1;
      return false;
    }
    for (const counter of counters) counter.take(now);
    this.counts.served += 1;
    return true;
  }

  #counter({ name, counter, perSecond }: Limit, value: string): Counter {
    const key = `${name}|${value}`;
    const held = this.#counters.get(key) ?? counterOf(counter, perSecond);
    this.#counters.set(key, held);
    return held;
  }
}
