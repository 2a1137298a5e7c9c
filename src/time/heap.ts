/** What a heap keeps in its items, so that one can be taken out of the middle. -1 when it is in none. */
export interface HeapItem {
  heapIndex: number;
}

/** A binary heap whose items know their place. The first is the one that goes before all others. */
export class Heap<Item extends HeapItem> {
  readonly #items: Item[] = [];
  readonly #goesBefore: (a: Item, b: Item) => boolean;

  constructor(goesBefore: (a: Item, b: Item) => boolean) {
    this.#goesBefore = goesBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  items(): readonly Item[] {
    return this.#items;
  }

  peek(): Item | undefined {
    return this.#items[0];
  }

  push(item: Item): void {
    item.heapIndex = this.#items.length;
    this.#items.push(item);
    this.#rise(item);
  }

  pop(): Item | undefined {
    const first = this.#items[0];
    if (first) this.remove(first);
    return first;
  }

  remove(item: Item): void {
    const last = this.#items.pop();
    if (last && last !== item) {
      this.#put(last, item.heapIndex);
      this.moved(last);
    }
    item.heapIndex = -1;
  }

  /** Puts an item where it belongs after its order has changed. */
  moved(item: Item): void {
    this.#rise(item);
    this.#sink(item);
  }

  #rise(item: Item): void {
    for (;;) {
      const above = this.#items[(item.heapIndex - 1) >> 1];
      if (item.heapIndex === 0 || !above || !this.#goesBefore(item, above)) return;
      this.#swap(item, above);
    }
  }

  #sink(item: Item): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      if (!left) return;
      const right = this.#items[2 * item.heapIndex + 2];
      const below = right && this.#goesBefore(right, left) ? right : left;
      if (!this.#goesBefore(below, item)) return;
      this.#swap(below, item);
    }
  }

  #swap(a: Item, b: Item): void {
    const index = a.heapIndex;
    this.#put(a, b.heapIndex);
    this.#put(b, index);
  }

  #put(item: Item, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
