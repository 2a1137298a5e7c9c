import { type BlockRequest, leftOf } from '../../../src/limit/ledger';
import { asSpent, blockOn, codeOf, DAY, NOW, type OpenBench, reserved, takeLease, usageOf } from './setup';

export function ledgerSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    const { store } = bench;
    const fence = await takeLease(store);
    const reserve = (...blocks: BlockRequest[]) =>
      store.ledger.reserve({ platform: 'kuaishou', blocks, fence, nowMs: NOW });
    return { ...bench, fence, reserve };
  }

  describe('the ledger', () => {
    test('says what it granted and what is left beyond it, counter by counter', async () => {
      const { reserve } = await held();
      expect(await reserve(blockOn('app-day', { needed: 2 }), blockOn('user-day', { user: '42' }))).toEqual({
        kind: 'reserved',
        blocks: [
          {
            drawn: { platform: 'kuaishou', budget: 'app-day', scopeKey: '', windowKey: 'day-0', amount: 2 },
            left: 8,
          },
          {
            drawn: { platform: 'kuaishou', budget: 'user-day', scopeKey: 'user=42', windowKey: 'day-0', amount: 1 },
            left: 9,
          },
        ],
      });
    });

    test('grants more than is needed while much is left, and near the end only what is needed', async () => {
      const { reserve } = await held();
      const granted = [];
      for (let call = 0; call < 3; call++) {
        const answer = await reserve(blockOn('app-day', { limit: 200, needed: 1, wanted: 9 }));
        granted.push(answer.kind === 'reserved' && answer.blocks[0]!.drawn.amount);
      }
      await reserve(blockOn('app-day', { limit: 200, needed: 150 }));
      const last = await reserve(blockOn('app-day', { limit: 200, needed: 1, wanted: 50 }));
      expect(granted).toEqual([9, 9, 9]);
      expect(last).toMatchObject({ blocks: [{ drawn: { amount: 1 }, left: 22 }] });
    });

    test('takes from all budgets or from none, names the one that is spent, and says when it is free', async () => {
      const { reserve, store } = await held();
      await reserve(blockOn('user-day', { user: '42', limit: 1 }));
      const spent = blockOn('user-day', { user: '42', limit: 1 });
      const answer = await reserve(blockOn('app-day'), spent);
      expect(answer).toEqual({ kind: 'spent', request: spent, freeAtMs: NOW + DAY });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 0, reserved: 0 });
      expect(await usageOf(store, 'user-day')).toMatchObject({ used: 0, reserved: 1 });
    });

    test('counts every scope and every window alone', async () => {
      const { reserve } = await held();
      const kinds = [];
      for (const options of [{ user: '1' }, { user: '2' }, { user: '1', day: 1 }, { user: '1' }]) {
        kinds.push((await reserve(blockOn('user-day', { limit: 1, ...options }))).kind);
      }
      expect(kinds).toEqual(['reserved', 'reserved', 'reserved', 'spent']);
    });

    test('sums two blocks of one request on the same counter', async () => {
      const { reserve, store } = await held();
      const half = blockOn('app-day', { limit: 3, needed: 2 });
      expect((await reserve(half, half)).kind).toBe('spent');
      expect(await usageOf(store, 'app-day')).toMatchObject({ reserved: 0 });
    });

    test('takes the last one, and then no more', async () => {
      const { reserve } = await held();
      const kinds = [];
      for (let call = 0; call < 4; call++) kinds.push((await reserve(blockOn('app-day', { limit: 3 }))).kind);
      expect(kinds).toEqual(['reserved', 'reserved', 'reserved', 'spent']);
    });

    test('lets a call that costs nothing pass a window that is spent', async () => {
      const { reserve } = await held();
      await reserve(blockOn('tokens', { limit: 3, needed: 3 }));
      expect(await reserve(blockOn('tokens', { limit: 3, needed: 0 }))).toMatchObject({
        kind: 'reserved',
        blocks: [{ drawn: { amount: 0 }, left: 0 }],
      });
    });

    test('holds to the limit that is given now, lower or higher', async () => {
      const { reserve, store } = await held();
      await reserve(blockOn('app-day', { limit: 10, needed: 5 }));
      expect((await reserve(blockOn('app-day', { limit: 5 }))).kind).toBe('spent');
      expect(await usageOf(store, 'app-day')).toMatchObject({ limit: 5, reserved: 5 });
      expect((await reserve(blockOn('app-day', { limit: 6 }))).kind).toBe('reserved');
    });

    test('keeps what was counted when the clock steps back into a window, and out of it again', async () => {
      const { reserve, store, fence } = await held();
      const day = (at: number) => blockOn('app-day', { limit: 3, needed: 2, day: at });
      await reserve(day(1));
      await store.ledger.reserve({ platform: 'kuaishou', blocks: [day(0)], fence, nowMs: NOW - DAY });
      expect((await reserve(day(0))).kind).toBe('spent');
      expect((await reserve(day(1))).kind).toBe('spent');
    });

    test('shows the windows that are open, of one platform or of all', async () => {
      const { fence, store } = await held();
      await reserved(store, fence, blockOn('app-day'), blockOn('app-day', { day: 1 }));
      await store.ledger.reserve({ platform: 'zhipu', blocks: [blockOn('tokens')], fence, nowMs: NOW });
      expect(await store.ledger.usage(NOW)).toMatchObject([{ platform: 'kuaishou' }, { platform: 'zhipu' }]);
      expect(await store.ledger.usage(NOW, 'zhipu')).toMatchObject([{ budget: 'tokens' }]);
      expect(await store.ledger.usage(NOW + DAY)).toMatchObject([{ platform: 'kuaishou', windowKey: 'day-1' }]);
      expect(await store.ledger.usage(NOW - 1)).toEqual([]);
    });

    test('counts for an operator as it counts for a call', async () => {
      const { fence, store } = await held();
      const [drawn] = await reserved(store, fence, blockOn('app-day', { needed: 3 }));
      await reserved(store, fence, blockOn('app-day', { needed: 4 }));
      await store.ledger.settle({ used: asSpent([drawn!]), unsent: [], fence });
      const [row] = await store.ledger.usage(NOW);
      expect(row).toEqual({
        platform: 'kuaishou',
        budget: 'app-day',
        scopeKey: '',
        windowKey: 'day-0',
        startMs: NOW,
        endMs: NOW + DAY,
        limit: 10,
        used: 3,
        reserved: 4,
        byJob: {},
      });
      expect(leftOf(row!)).toBe(3);
    });

    test('refuses a stranger', async () => {
      const { store } = await setup();
      const request = { platform: 'kuaishou', blocks: [blockOn('app-day')], fence: 1, nowMs: NOW };
      expect(await codeOf(store.ledger.reserve(request))).toBe('FENCED');
    });
  });
}
