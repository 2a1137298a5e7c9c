import fc from 'fast-check';
import { z } from 'zod';
import type { Page } from '../../src/job/definition';
import { listCursor, listPages, type SlicedCursor, slicedCursor, slicedPages } from '../../src/job/paging';
import { SLICES_MAX } from '../../src/job/slices';

async function collect<Cursor>(pages: AsyncGenerator<Page<Cursor>, void, void>): Promise<Page<Cursor>[]> {
  const found: Page<Cursor>[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

function recordsOf(pages: readonly Page<unknown>[]): unknown[] {
  return pages.flatMap(({ records }) => records.map((record) => record['n']));
}

/** Pages of two tokens to a slice: `''`, then `'b'`. Notes what it was asked. */
function tokens() {
  const asked: [number, number, string][] = [];
  const fetch = ({ fromMs, toMs, page }: { fromMs: number; toMs: number; page: string }) => {
    asked.push([fromMs, toMs, page]);
    return Promise.resolve({ records: [{ n: `${fromMs}-${toMs}${page}` }], next: page === '' ? 'b' : null });
  };
  return { asked, fetch };
}

const slicedTokens = slicedCursor(z.string());

describe('slices of pages that name the next one', () => {
  it('reads every page of every slice, and moves the bookmark only after the last page', async () => {
    const { fetch } = tokens();
    const pages = await collect(
      slicedPages({ cursor: { sinceMs: 0, page: '' }, toMs: 15, stepMs: 10, first: '', fetch }),
    );
    expect(recordsOf(pages)).toEqual(['0-10', '0-10b', '10-15', '10-15b']);
    expect(pages.map(({ cursor }) => cursor)).toEqual([
      { sinceMs: 0, page: 'b', slice: { fromMs: 0, toMs: 10 } },
      { sinceMs: 10, page: '' },
      { sinceMs: 10, page: 'b', slice: { fromMs: 10, toMs: 15 } },
      { sinceMs: 15, page: '' },
    ]);
    expect(pages.every(({ cursor }) => slicedTokens.safeParse(cursor).success)).toBe(true);
  });

  it('resumes with the slice of the cursor, whatever the present range and step are', async () => {
    const { asked, fetch } = tokens();
    const cursor = { sinceMs: 10, page: 'b', slice: { fromMs: 8, toMs: 15 } };
    await collect(slicedPages({ cursor, toMs: 40, stepMs: 20, overlapMs: 1, first: '', fetch }));
    expect(asked).toEqual([
      [8, 15, 'b'],
      [14, 34, ''],
      [14, 34, 'b'],
      [33, 40, ''],
      [33, 40, 'b'],
    ]);
  });

  it('goes on with a cursor from a loop over slices(), which kept no slice', async () => {
    const { asked, fetch } = tokens();
    const cursor = slicedTokens.parse({ sinceMs: 10, page: 'b' });
    await collect(slicedPages({ cursor, toMs: 30, stepMs: 12, overlapMs: 2, first: '', fetch }));
    expect(asked).toEqual([
      [10, 20, 'b'],
      [18, 30, ''],
      [18, 30, 'b'],
    ]);
  });

  it('reaches back at the start of a run, and never asks for more than the step', async () => {
    const { asked, fetch } = tokens();
    await collect(
      slicedPages({ cursor: { sinceMs: 100, page: '' }, toMs: 130, stepMs: 20, overlapMs: 5, first: '', fetch }),
    );
    expect(asked.filter(([, , page]) => page === '')).toEqual([
      [95, 115, ''],
      [110, 130, ''],
    ]);
  });

  it('is done at the end of the range', async () => {
    const { asked, fetch } = tokens();
    await collect(
      slicedPages({ cursor: { sinceMs: 15, page: '' }, toMs: 15, stepMs: 10, overlapMs: 5, first: '', fetch }),
    );
    expect(asked).toEqual([]);
  });

  it('takes an object for a page, as the query of a link is', async () => {
    const fetch = ({ page }: { page: Record<string, string> }) =>
      Promise.resolve({
        records: [{ n: page['after'] ?? 'start' }],
        next: page['after'] === 'x' ? null : { after: 'x' },
      });
    const pages = await collect(
      slicedPages({ cursor: { sinceMs: 0, page: {} }, toMs: 5, stepMs: 10, first: {}, fetch }),
    );
    expect(recordsOf(pages)).toEqual(['start', 'x']);
  });
});

interface Item {
  readonly id: number;
  version: number;
  modifiedMs: number;
}

const PAGE_SIZE = 3;

/** A platform with numbered pages over items by the instant of their last change; refuses to page beyond its depth. */
class Shop {
  items: Item[];
  asked: [number, number, number][] = [];
  readonly #depthMax: number;

  constructor(modifiedMs: readonly number[], depthMax = Number.POSITIVE_INFINITY) {
    this.items = modifiedMs.map((at, id) => ({ id, version: 0, modifiedMs: at }));
    this.#depthMax = depthMax;
  }

  readonly fetch = ({ fromMs, toMs, page }: { fromMs: number; toMs: number; page: number }) => {
    this.asked.push([fromMs, toMs, page]);
    if (page * PAGE_SIZE > this.#depthMax) return Promise.reject(new Error(`page ${page} is too deep`));
    const fits = this.items.filter(({ modifiedMs }) => fromMs <= modifiedMs && modifiedMs < toMs);
    const records = fits.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE).map(({ id, version }) => ({ id, version }));
    return Promise.resolve({ records, total: fits.length });
  };

  readonly list = ({ page }: { page: number }) =>
    this.fetch({ fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, page });

  /** Pages in the order in which they were asked for. */
  get pages(): number[] {
    return this.asked.map(([, , page]) => page);
  }
}

const START: SlicedCursor<number> = { sinceMs: 0, page: 1 };
const slicedNumbers = slicedCursor(z.int().min(1));
const RANGE = { toMs: 1_000, stepMs: 1_000, pageSize: PAGE_SIZE };

function ids(pages: readonly Page<unknown>[]): unknown[] {
  return pages.flatMap(({ records }) => records.map((record) => record['id']));
}

describe('slices of numbered pages', () => {
  it('asks for each page once and delivers nothing twice when nothing moves', async () => {
    const shop = new Shop([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const pages = await collect(slicedPages({ ...RANGE, cursor: START, fetch: shop.fetch }));
    expect(shop.pages).toEqual([1, 4, 3, 2]);
    expect([...ids(pages)].sort()).toEqual(shop.items.map(({ id }) => id).sort());
    expect(pages.at(-1)?.cursor).toEqual({ sinceMs: 1_000, page: 1 });
    expect(pages.every(({ cursor }) => slicedNumbers.safeParse(cursor).success)).toBe(true);
  });

  it.each([0, 1, 2, 3])('needs one call for %i records, which fit on one page', async (count) => {
    const shop = new Shop(Array.from({ length: count }, (_, at) => at));
    await collect(slicedPages({ ...RANGE, cursor: START, fetch: shop.fetch }));
    expect(shop.pages).toEqual([1]);
  });

  it('reads the first page again when something has left the slice', async () => {
    const shop = new Shop([1, 2, 3, 4, 5, 6, 7]);
    const seen = new Set<unknown>();
    for await (const { records } of slicedPages({ ...RANGE, cursor: START, fetch: shop.fetch })) {
      for (const { id } of records) seen.add(id);
      // The fourth moves up to the first page.
      if (shop.asked.length === 1) shop.items[0]!.modifiedMs = 5_000;
    }
    expect(shop.pages).toEqual([1, 3, 2, 1]);
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('asks for no page that is empty by now', async () => {
    const shop = new Shop(Array.from({ length: 12 }, (_, at) => at));
    const pages = slicedPages({ ...RANGE, cursor: START, fetch: shop.fetch });
    while (!(await pages.next()).done) {
      if (shop.asked.length === 2) for (const item of shop.items.slice(2)) item.modifiedMs = 5_000;
    }
    expect(shop.pages).toEqual([1, 4, 3, 1]);
  });

  it('goes up again when the platform shows records late', async () => {
    const shop = new Shop(Array.from({ length: 9 }, (_, at) => 100 + at));
    const seen = new Set<unknown>();
    for await (const { records } of slicedPages({ ...RANGE, cursor: START, fetch: shop.fetch })) {
      for (const { id } of records) seen.add(id);
      if (shop.asked.length !== 2) continue;
      const late = Array.from({ length: 4 }, (_, at) => ({ id: 100 + at, version: 0, modifiedMs: at }));
      shop.items.unshift(...late);
    }
    expect(shop.pages).toEqual([1, 3, 2, 4, 3, 2, 1]);
    expect(seen.size).toBe(13);
  });

  it('begins the slice again with a cursor from before pages were counted', async () => {
    const shop = new Shop([1, 2, 3, 4, 5, 6, 7]);
    const pages = await collect(slicedPages({ ...RANGE, cursor: { sinceMs: 0, page: 2 }, fetch: shop.fetch }));
    expect(new Set(ids(pages)).size).toBe(7);
  });
});

describe('slices that are too deep', () => {
  it('are halved until they fit, and no page beyond the depth is asked for', async () => {
    // 40 records in one half-second, 2 in the rest.
    const shop = new Shop([...Array.from({ length: 40 }, (_, at) => 500 + 10 * at), 3_000, 9_000], 12);
    const options = { cursor: START, toMs: 10_000, stepMs: 10_000, pageSize: PAGE_SIZE, sliceMsMin: 50 };
    const pages = await collect(slicedPages({ ...options, depthMax: 12, fetch: shop.fetch }));
    expect(ids(pages)).toHaveLength(42);
    expect(new Set(ids(pages)).size).toBe(42);
  });

  it('deliver nothing, and keep the cut in the cursor', async () => {
    const shop = new Shop(
      Array.from({ length: 10 }, (_, at) => at * 900),
      9,
    );
    const options = { toMs: 9_000, stepMs: 9_000, pageSize: PAGE_SIZE, depthMax: 9, fetch: shop.fetch };
    const pages = await collect(slicedPages({ ...options, cursor: START }));
    const cut = { sinceMs: 0, page: 1, slice: { fromMs: 0, toMs: 4_000 } };
    expect(pages[0]).toEqual({ records: [], cursor: cut });
    shop.asked = [];
    await collect(slicedPages({ ...options, cursor: cut }));
    expect(shop.asked[0]).toEqual([0, 4_000, 1]);
  });

  it('count what whole pages reach, where the depth is no multiple of them', async () => {
    const shop = new Shop([0, 2_000, 4_000, 6_000], 5);
    const options = { cursor: START, toMs: 8_000, stepMs: 8_000, pageSize: PAGE_SIZE, depthMax: 5 };
    const pages = await collect(slicedPages({ ...options, fetch: shop.fetch }));
    expect([...ids(pages)].sort()).toEqual([0, 1, 2, 3]);
  });

  it('lengthen step by step after a dense time', async () => {
    const shop = new Shop(
      Array.from({ length: 20 }, (_, at) => at * 120),
      9,
    );
    const options = { cursor: START, toMs: 32_000, stepMs: 32_000, pageSize: PAGE_SIZE, depthMax: 9 };
    await collect(slicedPages({ ...options, fetch: shop.fetch }));
    const asked = shop.asked.filter(([, , page]) => page === 1).map(([fromMs, toMs]) => [fromMs, toMs]);
    expect(asked.slice(-7)).toEqual([
      [0, 1_000],
      [1_000, 3_000],
      [1_000, 2_000],
      [2_000, 4_000],
      [4_000, 8_000],
      [8_000, 16_000],
      [16_000, 32_000],
    ]);
    expect(asked).toHaveLength(12);
  });

  it('fail with the instant, when they cannot be cut further', async () => {
    const atMs = Date.parse('2026-03-01T10:00:00.500Z');
    const shop = new Shop(
      Array.from({ length: 10 }, () => atMs),
      9,
    );
    const options = { toMs: atMs + 100_000, stepMs: 200_000, pageSize: PAGE_SIZE, depthMax: 9, fetch: shop.fetch };
    await expect(
      collect(slicedPages({ ...options, cursor: { sinceMs: atMs - 90_000, page: 1 } })),
    ).rejects.toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringContaining('from 2026-03-01T10:00:00.000Z to 2026-03-01T10:00:01.000Z, got 10') as string,
    });
  });
});

describe('records that move while they are paged', () => {
  const moves = fc.array(
    fc.record({
      kind: fc.constantFrom('modify', 'delete', 'add'),
      at: fc.nat(1_000),
      count: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 2 },
  );
  const story = fc.record({
    modifiedMs: fc.array(fc.nat(999), { maxLength: 60 }),
    stepMs: fc.integer({ min: 100, max: 1_000 }),
    overlapMs: fc.nat(50),
    depthMax: fc.constantFrom(undefined, 12, 20),
    // What happens after each call, and whether the page is committed, lost, or followed by a restart.
    turns: fc.array(fc.record({ moves, end: fc.constantFrom('go on', 'go on', 'restart', 'lose the page') }), {
      maxLength: 40,
    }),
    byId: fc.boolean(),
  });

  it('are each delivered in their final state, whatever leaves and whenever the process ends', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ modifiedMs, turns, byId, ...options }) => {
        const shop = new Shop(byId ? modifiedMs : [...modifiedMs].sort((a, b) => a - b), options.depthMax);
        const delivered = await sync(shop, turns, options);
        for (const { id, version, modifiedMs: at } of shop.items) {
          if (at < 1_000) expect(delivered).toContain(`${id}/${version}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  interface Turn {
    readonly moves: readonly { kind: 'modify' | 'delete' | 'add'; at: number; count: number }[];
    readonly end: string;
  }

  async function sync(
    shop: Shop,
    turns: readonly Turn[],
    options: { stepMs: number; overlapMs: number; depthMax: number | undefined },
  ): Promise<Set<string>> {
    const delivered = new Set<string>();
    const left = [...turns];
    let nowMs = 1_000;
    let cursor = START;
    const pages = () =>
      slicedPages({ ...options, cursor, toMs: 1_000, pageSize: PAGE_SIZE, sliceMsMin: 1, fetch: shop.fetch });
    for (let generator = pages(); ; ) {
      const { value: page } = await generator.next();
      if (!page) return delivered;
      const turn = left.shift() ?? { moves: [], end: 'go on' };
      for (const move of turn.moves) nowMs = moved(shop, move, nowMs);
      if (turn.end !== 'lose the page') {
        for (const { id, version } of page.records) delivered.add(`${String(id)}/${String(version)}`);
        cursor = slicedNumbers.parse(JSON.parse(JSON.stringify(page.cursor)));
      }
      if (turn.end !== 'go on') generator = pages();
    }
  }

  function moved(shop: Shop, { kind, at, count }: Turn['moves'][number], nowMs: number): number {
    if (kind === 'add') shop.items.push({ id: shop.items.length + 10_000 + nowMs, version: 0, modifiedMs: nowMs });
    for (let nth = 0; nth < count && shop.items.length > 0 && kind !== 'add'; nth += 1) {
      const index = (at + nth) % shop.items.length;
      if (kind === 'delete') shop.items.splice(index, 1);
      else Object.assign(shop.items[index]!, { version: shop.items[index]!.version + 1, modifiedMs: nowMs });
    }
    return nowMs + 1;
  }
});

describe('a whole list', () => {
  it('follows its tokens, and begins again in the next run', async () => {
    const fetch = ({ page }: { page: string }) =>
      Promise.resolve({ records: [{ n: page }], next: { '': 'b', b: 'c' }[page] ?? null });
    const pages = await collect(listPages({ cursor: { page: '' }, first: '', fetch }));
    expect(recordsOf(pages)).toEqual(['', 'b', 'c']);
    expect(pages.map(({ cursor }) => cursor)).toEqual([{ page: 'b' }, { page: 'c' }, { page: '' }]);
    expect(recordsOf(await collect(listPages({ cursor: { page: 'c' }, first: '', fetch })))).toEqual(['c']);
  });

  it('reads numbered pages downwards, on from the cursor', async () => {
    const shop = new Shop([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const options = { pageSize: PAGE_SIZE, fetch: shop.list };
    const [, second, ...rest] = await collect(listPages({ ...options, cursor: { page: 1 } }));
    expect(second?.cursor).toEqual({ page: 3, count: { total: 10, moved: false } });
    expect(rest.at(-1)?.cursor).toEqual({ page: 1 });
    shop.asked = [];
    const cursor = listCursor(z.int()).parse(second?.cursor);
    await collect(listPages({ ...options, cursor }));
    expect(shop.pages).toEqual([3, 2]);
  });
});

describe('options', () => {
  const fetch = () => Promise.resolve({ records: [], total: 0 });
  const good = { cursor: START, toMs: 10, stepMs: 5, pageSize: 10, fetch };

  it.each([
    [{ stepMs: 0 }, /slicedPages\(\): expected 0 <= overlapMs < stepMs/],
    [{ overlapMs: 5 }, /slicedPages\(\): expected 0 <= overlapMs < stepMs/],
    [{ toMs: Number.NaN }, /slicedPages\(\) toMs: expected milliseconds/],
    [{ stepMs: 1, toMs: SLICES_MAX + 1 }, /at most 10000 slices/],
    [{ pageSize: 0 }, /pageSize: expected a whole number above 0, got 0/],
    [{ depthMax: 9 }, /depthMax: expected at least pageSize, which is 10, got 9/],
    [{ sliceMsMin: 0 }, /sliceMsMin: expected milliseconds from 1 on, got 0/],
  ])('that lead nowhere are refused: %j', (changes, message) => {
    expect(() => slicedPages({ ...good, ...changes })).toThrow(
      expect.objectContaining({ code: 'JOB_INVALID', message: expect.stringMatching(message) as string }) as Error,
    );
  });

  it.each([-1, 1.5, Number.NaN, '7', undefined])('end the partition when the total is %p', async (total) => {
    const pages = slicedPages({ ...good, fetch: () => Promise.resolve({ records: [], total: total as number }) });
    await expect(pages.next()).rejects.toMatchObject({ code: 'RUN_FAILED' });
  });

  it('in a cursor that was edited by hand, a slice that ends before it begins is refused', () => {
    const cursor = { sinceMs: 0, page: '', slice: { fromMs: 5, toMs: 5 } };
    expect(slicedTokens.safeParse(cursor).success).toBe(false);
  });
});
