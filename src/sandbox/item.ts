import { chanceWithin } from './chance';

const ITEM_ID_FIRST = 1_000_000_000_000;
export const ITEMS_PER_MERCHANT_MAX = 1_000_000;

/** A part of what the live API returns for each item (fields as in the open.item.list.get response schema). */
export interface Item {
  readonly kwaiItemId: number;
  readonly title: string;
  /** In fen. */
  readonly price: number;
  readonly itemStatus: number;
  readonly userId: number;
  readonly createTime: number;
  readonly updateTime: number;
}

/** Every item of one merchant. */
export class Catalogue {
  readonly count: number;
  readonly #seed: string;
  readonly #userId: string;
  readonly #firstId: number;
  readonly #anchorMs: number;

  constructor(parts: { seed: string; userId: string; ordinal: number; count: number; anchorMs: number }) {
    this.count = parts.count;
    this.#seed = `${parts.seed}/items/${parts.userId}`;
    this.#userId = parts.userId;
    this.#firstId = ITEM_ID_FIRST + parts.ordinal * ITEMS_PER_MERCHANT_MAX;
    this.#anchorMs = parts.anchorMs;
  }

  at(index: number): Item {
    const updateTime = this.#anchorMs - chanceWithin(this.#seed, `updated/${index}`, [0, 30 * 86_400_000]);
    return {
      kwaiItemId: this.#firstId + index,
      title: `沙箱商品 ${index + 1}`,
      price: chanceWithin(this.#seed, `price/${index}`, [990, 29_900]),
      itemStatus: 1,
      userId: Number(this.#userId),
      createTime: updateTime - 86_400_000,
      updateTime,
    };
  }

  *ids(): Generator<number> {
    for (let index = 0; index < this.count; index += 1) yield this.#firstId + index;
  }
}
