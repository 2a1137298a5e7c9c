import { type DayRule, windowAt } from '../time/window';
import type { Verdict } from './answer';
import type { Arrival } from './arrival';
import type { PlatformName } from './twins';

/** Arrivals kept in full; older ones are dropped, the totals stay exact. */
const ARRIVALS_MAX = 100_000;
/** Different pages whose serving is counted; further ones are only totalled. */
const PAGES_MAX = 1_000_000;

/** Arrivals with all of these values. */
export interface ArrivalFilter {
  readonly platform?: PlatformName;
  readonly api?: string;
  readonly app?: string;
  readonly user?: string;
  readonly verdict?: Verdict;
  readonly budget?: string;
  /** Epoch milliseconds, inclusive. */
  readonly fromMs?: number;
  /** Epoch milliseconds, exclusive. */
  readonly untilMs?: number;
}

export interface WindowCount {
  /** The day or month, or the start of the window in epoch milliseconds. */
  readonly key: string;
  readonly startMs: number;
  readonly count: number;
}

export interface PageCount {
  readonly page: string;
  readonly platform: PlatformName;
  readonly api: string;
  readonly user: string | null;
  readonly times: number;
  readonly recordCount: number;
}

export interface LedgerTotals {
  readonly arrivals: number;
  /** No longer held in full. */
  readonly dropped: number;
  readonly byVerdict: Readonly<Partial<Record<Verdict, number>>>;
  /** Arrivals that a limit refused, by limit: what a caller within its budgets never causes. */
  readonly overBudget: Readonly<Record<string, number>>;
  readonly recordsServed: number;
  readonly pagesUncounted: number;
}

/** What the sandbox saw, from its own side: the oracle for "never more than allowed" and "nothing twice, nothing missed". */
export interface SandboxLedger {
  /** Held arrivals that fit, in order. */
  attempts(filter?: ArrivalFilter): readonly Arrival[];
  /** Arrivals per aligned window (of so many ms of the epoch, or the platform's quota day or month), empty ones left out. */
  attemptsByWindow(options: { windowMs: number | 'day' | 'month'; filter?: ArrivalFilter }): WindowCount[];
  /** Held arrivals that a limit refused. */
  refusals(filter?: ArrivalFilter): readonly Arrival[];
  /** Exact since the opening, however many arrivals were dropped. */
  overBudget(): number;
  /** Each page that was served whole, and how often; one that a fault spoiled does not count. */
  pagesServed(filter?: Pick<ArrivalFilter, 'platform' | 'api' | 'user'>): PageCount[];
  /** The most arrivals in any half-open window of this length, wherever it starts, over the held ones that fit. */
  maxInAnyWindow(windowMs: number, filter?: ArrivalFilter): number;
  totals(): LedgerTotals;
}

interface MutablePageCount extends PageCount {
  times: number;
}

export class ArrivalLedger implements SandboxLedger {
  readonly #day: DayRule;
  readonly #arrivalsMax: number;
  /** A ring once it is full: `#oldest` is where the next one goes. */
  readonly #ring: Arrival[] = [];
  #oldest = 0;
  #numbered = 0;
  #recorded = 0;
  #recordsServed = 0;
  #pagesUncounted = 0;
  readonly #byVerdict = new Map<Verdict, number>();
  readonly #overBudget = new Map<string, number>();
  readonly #pages = new Map<string, MutablePageCount>();

  constructor(day: DayRule, arrivalsMax = ARRIVALS_MAX) {
    this.#day = day;
    this.#arrivalsMax = arrivalsMax;
  }

  /** The number of the next arrival. */
  number(): number {
    this.#numbered += 1;
    return this.#numbered;
  }

  record(arrival: Arrival): void {
    this.#recorded += 1;
    if (this.#ring.length < this.#arrivalsMax) this.#ring.push(arrival);
    else {
      this.#ring[this.#oldest] = arrival;
      this.#oldest = (this.#oldest + 1) % this.#arrivalsMax;
    }
    addOne(this.#byVerdict, arrival.verdict);
    if (arrival.budget !== null) addOne(this.#overBudget, arrival.budget);
    if (arrival.verdict !== 'served') return;
    this.#recordsServed += arrival.recordCount;
    if (arrival.page !== null) this.#countPage(arrival, arrival.page);
  }

  attempts(filter: ArrivalFilter = {}): readonly Arrival[] {
    const inOrder = [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
    return inOrder.filter((arrival) => fits(arrival, filter));
  }

  attemptsByWindow({
    windowMs,
    filter,
  }: {
    windowMs: number | 'day' | 'month';
    filter?: ArrivalFilter;
  }): WindowCount[] {
    const counts = new Map<string, { key: string; startMs: number; count: number }>();
    for (const { atMs } of this.attempts(filter)) {
      const { key, startMs } = this.#windowOf(windowMs, atMs);
      const held = counts.get(key);
      if (held) held.count += 1;
      else counts.set(key, { key, startMs, count: 1 });
    }
    return [...counts.values()].sort((a, b) => a.startMs - b.startMs);
  }

  refusals(filter: ArrivalFilter = {}): readonly Arrival[] {
    return this.attempts({ ...filter, verdict: 'refused' });
  }

  overBudget(): number {
    return [...this.#overBudget.values()].reduce((sum, count) => sum + count, 0);
  }

  pagesServed(filter: Pick<ArrivalFilter, 'platform' | 'api' | 'user'> = {}): PageCount[] {
    return [...this.#pages.values()].filter(
      ({ platform, api, user }) =>
        (filter.platform ?? platform) === platform && (filter.api ?? api) === api && (filter.user ?? user) === user,
    );
  }

  maxInAnyWindow(windowMs: number, filter: ArrivalFilter = {}): number {
    const instants = this.attempts(filter).map(({ monotonicMs }) => monotonicMs);
    let max = 0;
    let first = 0;
    for (const [last, instant] of instants.entries()) {
      while (instant - (instants[first] ?? instant) >= windowMs) first += 1;
      max = Math.max(max, last - first + 1);
    }
    return max;
  }

  totals(): LedgerTotals {
    return {
      arrivals: this.#recorded,
      dropped: this.#recorded - this.#ring.length,
      byVerdict: Object.fromEntries(this.#byVerdict),
      overBudget: Object.fromEntries(this.#overBudget),
      recordsServed: this.#recordsServed,
      pagesUncounted: this.#pagesUncounted,
    };
  }

  #countPage(arrival: Arrival, page: string): void {
    const held = this.#pages.get(page);
    if (held) held.times += 1;
    else if (this.#pages.size >= PAGES_MAX) this.#pagesUncounted += 1;
    else {
      const { platform, api, recordCount } = arrival;
      this.#pages.set(page, { page, platform, api, user: arrival.scope.user ?? null, times: 1, recordCount });
    }
  }

  #windowOf(windowMs: number | 'day' | 'month', atMs: number): { key: string; startMs: number } {
    if (typeof windowMs === 'string') return windowAt(this.#day, windowMs, atMs);
    const startMs = Math.floor(atMs / windowMs) * windowMs;
    return { key: String(startMs), startMs };
  }
}

function fits(arrival: Arrival, filter: ArrivalFilter): boolean {
  return (
    (filter.platform ?? arrival.platform) === arrival.platform &&
    (filter.api ?? arrival.api) === arrival.api &&
    (filter.app ?? arrival.scope.app) === arrival.scope.app &&
    (filter.user ?? arrival.scope.user) === arrival.scope.user &&
    (filter.verdict ?? arrival.verdict) === arrival.verdict &&
    (filter.budget ?? arrival.budget) === arrival.budget &&
    arrival.atMs >= (filter.fromMs ?? Number.NEGATIVE_INFINITY) &&
    arrival.atMs < (filter.untilMs ?? Number.POSITIVE_INFINITY)
  );
}

function addOne<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
