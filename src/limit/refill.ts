import type { Drawn } from '../job/attempt';
import type { Clock } from '../time/clock';
import type { Admitted } from './admitted';
import { amountAt, type Lane, type Turnstile } from './lane';
import type { BlockRequest, Reservation } from './ledger';
import { QuotaCounter } from './quota-counter';

/** The ledger, as the admission uses it. */
export interface QuotaSource {
  reserve(blocks: readonly BlockRequest[]): Promise<Reservation>;
  giveBack(drawn: readonly Drawn[]): Promise<void>;
}

export interface RefillParts {
  readonly clock: Clock;
  readonly source: QuotaSource;
  /** Permits have come. */
  readonly wake: (turnstiles: readonly Turnstile[]) => void;
  /** None will come. */
  readonly wakeAll: (turnstiles: readonly Turnstile[]) => void;
  /** Answers every call that waits at these turnstiles. */
  readonly evict: (turnstiles: readonly Turnstile[], answer: Admitted) => void;
}

interface Lacking {
  readonly turnstile: Turnstile;
  readonly counter: QuotaCounter;
  readonly amount: number;
}

/** Fetches blocks of permits from the ledger for a lane that has run out: for all its counters in one transaction. */
export class Refill {
  readonly #parts: RefillParts;
  /** Where lanes wait that found a block for one of their counters on its way. */
  readonly #behind = new Set<Turnstile>();

  constructor(parts: RefillParts) {
    this.#parts = parts;
  }

  /** Whatever comes of it, the lane is woken. While a block for one of its counters is on its way, it waits for that. */
  fill(lane: Lane): void {
    const lacking = lackingOf(lane);
    if (lacking.length === 0) return;
    if (lacking.some(({ counter }) => counter.isFilling)) {
      if (lane.at) this.#behind.add(lane.at);
      return;
    }
    for (const { counter } of lacking) counter.isFilling = true;
    const turnstiles = lacking.map(({ turnstile }) => turnstile);
    void this.#reserve(lacking)
      .catch((thrown: unknown) => this.#parts.evict(turnstiles, { kind: 'broken', thrown }))
      .then(() => {
        for (const { counter } of lacking) counter.isFilling = false;
        const isSpent = ({ counter, amount }: Lacking): boolean => counter.spent(amount) !== null;
        this.#parts.wakeAll(lacking.filter(isSpent).map(({ turnstile }) => turnstile));
        const behind = [...this.#behind];
        this.#behind.clear();
        this.#parts.wake([...turnstiles, ...behind]);
      });
  }

  async #reserve(lacking: readonly Lacking[]): Promise<void> {
    const { source, clock } = this.#parts;
    const stale = lacking.flatMap(({ counter }) => counter.drop('stale'));
    if (stale.length > 0) await source.giveBack(stale);
    const nowMs = clock.monotonicMs();
    const requests = lacking.flatMap(({ counter, amount, turnstile }) =>
      counter.wanted(amount, { nowMs, waiting: Math.ceil(turnstile.backlog / amount) }),
    );
    const answer = await source.reserve(requests);
    if (answer.kind === 'reserved') {
      answer.blocks.forEach(({ drawn }, at) => askerOf(lacking, requests[at])?.counter.fill(drawn));
      return;
    }
    // With what is at hand: a call that costs no more than that is served.
    const short = askerOf(lacking, answer.request);
    short?.counter.exhaust(short.amount, answer.freeAtMs);
  }
}

function lackingOf(lane: Lane): Lacking[] {
  const head = lane.head();
  if (!head) return [];
  return lane.turnstiles.flatMap((turnstile, at) => {
    const { counter } = turnstile;
    const amount = amountAt(head, at);
    if (!(counter instanceof QuotaCounter) || counter.earliestMs(amount) <= 0) return [];
    return [{ turnstile, counter, amount }];
  });
}

/** Who asked for a block. */
function askerOf(lacking: readonly Lacking[], request: BlockRequest | undefined): Lacking | undefined {
  return lacking.find(({ counter }) => counter.draw === request?.draw);
}
