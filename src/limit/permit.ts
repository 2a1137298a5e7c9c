import type { Drawn, Spent } from '../job/attempt';
import type { Costs } from '../job/cost';
import type { Clock } from '../time/clock';
import type { InstantRange } from '../time/wall-range';
import type { CallState, Permit } from './admitted';
import { amountOn } from './budget';
import type { CallFate, Taken } from './counter';
import type { Way } from './guard';
import type { Turnstile } from './lane';
import type { BlockRequest } from './ledger';

/** What one call took from one counter. */
export interface Take {
  readonly turnstile: Turnstile;
  readonly taken: Taken & { readonly drawn?: readonly Drawn[] };
}

interface PermitParts {
  readonly clock: Clock;
  readonly way: Way;
  /** These turnstiles may let more through. */
  readonly onRoom: (turnstiles: readonly Turnstile[]) => void;
}

/** A call that leaves later than this was held up by a stall: its windows may have passed without it. */
const STALE_MS = 250;

/** A permit on top of what one call took from its counters. */
export class CountedPermit implements Permit {
  readonly #takes: readonly Take[];
  readonly #parts: PermitParts;
  readonly #admittedAtMs: number;
  #sentAtMs: number | null = null;
  #fate: CallFate = 'other';
  #costs: Costs | null = null;
  #isReleased = false;

  constructor(takes: readonly Take[], parts: PermitParts) {
    this.#takes = takes;
    this.#parts = parts;
    this.#admittedAtMs = parts.clock.monotonicMs();
  }

  sent(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#sentAtMs = nowMs;
    for (const { taken } of this.#takes) taken.sent?.(nowMs);
  }

  get isStale(): boolean {
    return this.#parts.clock.monotonicMs() - this.#admittedAtMs > STALE_MS;
  }

  get sentAtMs(): number | null {
    return this.#sentAtMs;
  }

  heard({ roundTripMs, ok }: { roundTripMs: number; ok: boolean }): void {
    if (!ok) return;
    this.#fate = 'good';
    this.#parts.way.addTrip(roundTripMs);
    const recovered = this.#takes.flatMap(({ turnstile }) => (turnstile.learning?.recover() ? [turnstile] : []));
    if (recovered.length > 0) this.#parts.onRoom(recovered);
  }

  settle(costs: Costs): void {
    this.#costs = costs;
    const settled: Turnstile[] = [];
    for (const { turnstile, taken } of this.#takes) {
      if (turnstile.draw?.budget.unit === undefined || !taken.settle) continue;
      taken.settle(amountOn(turnstile.draw.budget, costs));
      settled.push(turnstile);
    }
    this.#parts.onRoom(settled);
  }

  unsent(): void {
    for (const { taken } of this.#takes) taken.unsent?.();
  }

  missed(said: InstantRange): BlockRequest[] {
    return this.#takes.flatMap(({ taken }) => taken.missed?.(said) ?? []);
  }

  spent(): Spent[] {
    const all: Spent[] = [];
    for (const { turnstile, taken } of this.#takes) {
      for (const { platform, budget, scopeKey, windowKey, amount } of taken.drawn ?? []) {
        all.push({ platform, budget, scopeKey, windowKey, amount, spent: this.#realCost(turnstile) ?? amount });
      }
    }
    return all;
  }

  stateOf(counter: string): CallState {
    const take = this.#takes.find(({ turnstile }) => turnstile.draw?.counter === counter);
    return { fill: take?.taken.fill ?? 0, isLate: take?.taken.isLate ?? false };
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const freed: Turnstile[] = [];
    for (const { turnstile, taken } of this.#takes) {
      if (!taken.ended) continue;
      taken.ended(this.#fate);
      freed.push(turnstile);
    }
    this.#parts.onRoom(freed);
  }

  #realCost({ draw }: Turnstile): number | null {
    if (!this.#costs || draw?.budget.unit === undefined) return null;
    return this.#costs[draw.budget.unit] ?? null;
  }
}
