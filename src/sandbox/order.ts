import { chance, chanceWithin } from './chance';
import { Timeline } from './timeline';

const HOUR_MS = 3_600_000;

/**
 * Update times lie in the six days before the anchor: a day short of the 7 days that one query may span, so a query that
 * starts some hours after the sandbox opened still holds every order.
 */
const SPREAD_MS = 6 * 24 * HOUR_MS;
const CREATED_BEFORE_MS_MAX = 6 * HOUR_MS;

/** 16 digits like the live ones, and below 2^53: 100 000 merchants of ten million orders each. */
const OID_FIRST = 2_000_000_000_000_000;
export const ORDERS_PER_MERCHANT_MAX = 10_000_000;

export interface Order {
  readonly oid: number;
  readonly createTime: number;
  readonly updateTime: number;
  readonly status: number;
  /** In fen. */
  readonly totalFee: number;
  readonly sellerOpenId: string;
  readonly buyerOpenId: string;
  readonly items: readonly { itemId: number; itemTitle: string; num: number; price: number }[];
}

/** Every order of one merchant, in the order of time. The same seed, merchant and anchor give the same orders. */
export class OrderBook {
  readonly count: number;
  readonly #seed: string;
  readonly #userId: string;
  readonly #firstOid: number;
  readonly #createdBeforeMs: number;
  readonly #updates: Timeline;

  constructor(parts: { seed: string; userId: string; ordinal: number; count: number; anchorMs: number }) {
    this.count = parts.count;
    this.#seed = `${parts.seed}/orders/${parts.userId}`;
    this.#userId = parts.userId;
    this.#firstOid = OID_FIRST + parts.ordinal * ORDERS_PER_MERCHANT_MAX;
    this.#createdBeforeMs = chanceWithin(this.#seed, 'created-before', [60_000, CREATED_BEFORE_MS_MAX]);
    this.#updates = new Timeline({
      seed: this.#seed,
      count: parts.count,
      startMs: parts.anchorMs - SPREAD_MS,
      spanMs: SPREAD_MS,
    });
  }

  /** Indices `[first, end)` of the orders created or updated in `[beginMs, endMs)`. */
  range(by: 'created' | 'updated', window: { beginMs: number; endMs: number }): { first: number; end: number } {
    const laterMs = by === 'created' ? this.#createdBeforeMs : 0;
    return this.#updates.range(window.beginMs + laterMs, window.endMs + laterMs);
  }

  at(index: number): Order {
    const updateTime = this.#updates.atMs(index);
    const price = chanceWithin(this.#seed, `price/${index}`, [990, 29_900]);
    const num = chanceWithin(this.#seed, `num/${index}`, [1, 3]);
    return {
      oid: this.#firstOid + index,
      createTime: updateTime - this.#createdBeforeMs,
      updateTime,
      status: chanceWithin(this.#seed, `status/${index}`, [10, 70]),
      totalFee: price * num,
      sellerOpenId: `seller-${this.#userId}`,
      buyerOpenId: `buyer-${Math.floor(chance(this.#seed, `buyer/${index}`) * 1e9)}`,
      items: [{ itemId: 1 + (index % 97), itemTitle: `沙箱商品 ${1 + (index % 97)}`, num, price }],
    };
  }

  *oids(): Generator<number> {
    for (let index = 0; index < this.count; index += 1) yield this.#firstOid + index;
  }
}
