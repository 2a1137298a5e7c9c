import type { Drawn } from '../job/attempt';
import type { InstantRange } from '../time/wall-range';
import type { Draw } from './budget';
import type { Counter, Taken } from './counter';
import type { BlockRequest, LedgerWindow } from './ledger';
import type { QuotaWindows } from './quota';

/** Calls that one block serves at most: a crash loses no more. */
const BLOCK_CALLS_MAX = 64;
/** A block that was used up faster than this was too small. */
const BLOCK_LASTS_MS = 1_000;

/** The end of a quota: nothing of this size may leave before the instant. */
export interface SpentQuota {
  readonly draw: Draw;
  readonly freeAtMs: number;
}

/** The permits at hand of one window. */
interface Stock {
  readonly drawn: Drawn;
  left: number;
}

export interface QuotaCounterParts {
  readonly draw: Draw;
  readonly windows: QuotaWindows;
  /** The wall clock. */
  readonly now: () => InstantRange;
  /** Told when permits came back. */
  readonly onRoom: () => void;
}

/** A counter of the ledger: what it gives out was reserved there before, in blocks. */
export class QuotaCounter implements Counter {
  readonly spacingMs = 0;
  readonly draw: Draw;
  readonly #parts: QuotaCounterParts;
  readonly #stocks = new Map<string, Stock>();
  #spent: { readonly needed: number; readonly freeAtMs: number } | null = null;
  #calls = 1;
  #filledAtMs = -Infinity;
  /** A block is on its way. */
  isFilling = false;

  constructor(parts: QuotaCounterParts) {
    this.draw = parts.draw;
    this.#parts = parts;
  }

  earliestMs(amount: number): number {
    return this.#open().every((window) => this.#leftIn(window) >= amount) ? -Infinity : Infinity;
  }

  take(amount: number): Taken & { readonly drawn: readonly Drawn[] } {
    const drawn: Drawn[] = [];
    for (const { key } of this.#open()) {
      const stock = this.#stocks.get(key);
      if (!stock) continue;
      stock.left -= amount;
      const { platform, budget, scopeKey, windowKey } = stock.drawn;
      drawn.push({ platform, budget, scopeKey, windowKey, amount });
    }
    return { drawn, unsent: () => this.#giveBack(drawn), missed: (said) => this.#missed(drawn, { amount, said }) };
  }

  isIdle(): boolean {
    return !this.isFilling && [...this.#stocks.values()].every(({ left }) => left === 0);
  }

  /** When something of this size may leave, if its quota is known to be gone; null otherwise. */
  spent(amount: number): SpentQuota | null {
    if (!this.#spent || amount < this.#spent.needed) return null;
    if (this.#parts.now().fromMs >= this.#spent.freeAtMs) {
      this.#spent = null;
      return null;
    }
    return { draw: this.draw, freeAtMs: this.#spent.freeAtMs };
  }

  /** Blocks for the windows that have too little at hand: larger ones the faster the last was used up. */
  wanted(amount: number, { nowMs, waiting }: { nowMs: number; waiting: number }): BlockRequest[] {
    const lacking = this.#open().filter((window) => this.#leftIn(window) < amount);
    const wasFast = nowMs - this.#filledAtMs < BLOCK_LASTS_MS;
    this.#calls = Math.min(BLOCK_CALLS_MAX, wasFast ? this.#calls * 2 : Math.max(1, this.#calls / 2));
    this.#filledAtMs = nowMs;
    const wanted = amount * Math.max(1, Math.min(BLOCK_CALLS_MAX, Math.max(waiting, this.#calls)));
    return lacking.map((window) => ({ draw: this.draw, window, needed: amount - this.#leftIn(window), wanted }));
  }

  fill(drawn: Drawn): void {
    const stock = this.#stocks.get(drawn.windowKey);
    if (stock) stock.left += drawn.amount;
    else this.#stocks.set(drawn.windowKey, { drawn, left: drawn.amount });
  }

  /** Its quota is gone until a window ends, as the ledger says. */
  exhaust(needed: number, windowFreeAtMs: number): void {
    const { windows, now } = this.#parts;
    const freeAtMs = windows.freeAtMs(this.draw.budget.per, windowFreeAtMs);
    // Always later than now: what asks again at once would ask for ever.
    this.#spent = { needed, freeAtMs: Math.max(freeAtMs, now().fromMs + 1) };
  }

  /** Somebody says that the quota is back: the ledger is asked again. */
  revive(): void {
    this.#spent = null;
  }

  /** Permits that nobody can use any more, because their window is over; with `all`, every permit at hand. */
  drop(which: 'stale' | 'all'): Drawn[] {
    const open = new Set(which === 'stale' ? this.#open().map(({ key }) => key) : []);
    const dropped: Drawn[] = [];
    for (const [key, { drawn, left }] of this.#stocks) {
      if (open.has(key)) continue;
      this.#stocks.delete(key);
      if (left > 0) dropped.push({ ...drawn, amount: left });
    }
    return dropped;
  }

  #giveBack(drawn: readonly Drawn[]): void {
    for (const part of drawn) this.fill(part);
    this.#spent = null;
    this.#parts.onRoom();
  }

  #missed(drawn: readonly Drawn[], { amount, said }: { amount: number; said: InstantRange }): BlockRequest[] {
    const { draw } = this;
    return this.#parts.windows
      .openAt(draw.budget.per, said)
      .filter(({ key }) => drawn.every(({ windowKey }) => windowKey !== key))
      .map((window) => ({ draw, window, needed: amount, wanted: amount }));
  }

  #leftIn({ key }: LedgerWindow): number {
    return this.#stocks.get(key)?.left ?? 0;
  }

  #open(): readonly LedgerWindow[] {
    return this.#parts.windows.openAt(this.draw.budget.per, this.#parts.now());
  }
}
