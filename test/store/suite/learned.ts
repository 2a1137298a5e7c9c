import fc from 'fast-check';
import { REASON_CHARS_MAX } from '../../../src/job/attempt';
import type { Learned } from '../../../src/limit/learned';
import { codeOf, NOW, type OpenBench, takeLease } from './setup';

export const LEARNED: Learned = {
  platform: 'kuaishou',
  budget: 'api-qps',
  scopeKey: 'api=open.item.new;app=ks1',
  limit: 12.5,
  said: 20,
  guardMs: 37.25,
  guardRefusedMs: null,
  catchUpMax: 2,
  strangers: null,
  refusals: 3,
  refusedAtMs: NOW,
  reason: 'MAX_QPS [20]',
  changedAtMs: NOW,
};

export function learnedSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    return { ...bench, fence: await takeLease(bench.store) };
  }

  describe('what was learned', () => {
    test('outlives the process, field by field', async () => {
      const { store, another, fence } = await held();
      const other = { ...LEARNED, budget: 'app-day', scopeKey: 'app=ks1', limit: null, said: 1_000, strangers: 42 };
      await store.learned.put([other, LEARNED], fence);
      expect(await (await another()).learned.list()).toEqual([LEARNED, other]);
    });

    test('replaces what was known of the same counter', async () => {
      const { store, fence } = await held();
      await store.learned.put([LEARNED], fence);
      const changed = { ...LEARNED, limit: null, guardRefusedMs: 12, refusals: 4, reason: 'recovered' };
      await store.learned.put([changed], fence);
      expect(await store.learned.list()).toEqual([changed]);
    });

    test('can be listed by platform, budget and counter', async () => {
      const { store, fence } = await held();
      const rows = [
        LEARNED,
        { ...LEARNED, scopeKey: 'api=open.order.get;app=ks1' },
        { ...LEARNED, budget: 'app-qps', scopeKey: 'app=ks1' },
        { ...LEARNED, platform: 'yida' },
      ];
      await store.learned.put(rows, fence);
      expect(await store.learned.list({ platform: 'kuaishou' })).toEqual(rows.slice(0, 3));
      expect(await store.learned.list({ platform: 'kuaishou', budget: 'api-qps' })).toEqual(rows.slice(0, 2));
      expect(await store.learned.list({ scopeKey: LEARNED.scopeKey })).toEqual([rows[0], rows[3]]);
      expect(await store.learned.list({ budget: 'none' })).toEqual([]);
    });

    test('keeps its reason cut to what is kept', async () => {
      const { store, fence } = await held();
      await store.learned.put([{ ...LEARNED, reason: 'x'.repeat(REASON_CHARS_MAX + 1) }], fence);
      expect((await store.learned.list())[0]?.reason).toHaveLength(REASON_CHARS_MAX);
    });

    test('is refused without the lease', async () => {
      const { store } = await setup();
      expect(await codeOf(store.learned.put([LEARNED], 1))).toBe('FENCED');
    });
  });

  test('whatever was learned comes back as it was put', async () => {
    const figure = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
    const learned: fc.Arbitrary<Learned> = fc.record({
      platform: fc.constantFrom('kuaishou', 'yida'),
      budget: fc.string(),
      scopeKey: fc.string(),
      limit: figure,
      said: figure,
      guardMs: figure,
      guardRefusedMs: figure,
      catchUpMax: fc.option(fc.nat()),
      strangers: figure,
      refusals: fc.nat(),
      refusedAtMs: fc.option(fc.nat()),
      reason: fc.string(),
      changedAtMs: fc.nat(),
    });
    const { store, fence } = await held();
    await fc.assert(
      fc.asyncProperty(learned, async (each) => {
        await store.learned.put([each], fence);
        const { platform, budget, scopeKey } = each;
        expect(await store.learned.list({ platform, budget, scopeKey })).toEqual([each]);
      }),
    );
  });
}
