import fc from 'fast-check';
import type { Drawn } from '../../../src/job/attempt';
import type { Store } from '../../../src/store/open';
import { codeOf, DAY, drawOn, NOW, type OpenBench, reserved, takeLease } from './setup';

async function usageOf(
  store: Store,
  budget: string,
): Promise<{ limit: number; used: number; reserved: number } | undefined> {
  return (await store.ledger.usage(NOW)).find((row) => row.budget === budget);
}

export function ledgerSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    const { store } = bench;
    const fence = await takeLease(store);
    const reserve = (...draws: ReturnType<typeof drawOn>[]) =>
      store.ledger.reserve({ platform: 'kuaishou', draws, fence, nowMs: NOW });
    return { ...bench, fence, reserve };
  }

  describe('the ledger', () => {
    test('says what it drew, counter by counter', async () => {
      const { reserve } = await held();
      expect(await reserve(drawOn('app-day', { amount: 2 }), drawOn('user-day', { user: '42' }))).toEqual({
        kind: 'reserved',
        drawn: [
          { platform: 'kuaishou', budget: 'app-day', scopeKey: '', windowKey: 'day-0', amount: 2 },
          { platform: 'kuaishou', budget: 'user-day', scopeKey: 'user=42', windowKey: 'day-0', amount: 1 },
        ],
      });
    });

    test('takes from all budgets or from none, and names the one that is spent', async () => {
      const { reserve, store } = await held();
      await reserve(drawOn('user-day', { user: '42', limit: 1 }));
      const spent = drawOn('user-day', { user: '42', limit: 1 });
      expect(await reserve(drawOn('app-day'), spent)).toEqual({ kind: 'spent', draw: spent });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 0, reserved: 0 });
      expect(await usageOf(store, 'user-day')).toMatchObject({ used: 0, reserved: 1 });
    });

    test('counts every scope and every window alone', async () => {
      const { reserve } = await held();
      const kinds = [];
      for (const options of [{ user: '1' }, { user: '2' }, { user: '1', day: 1 }, { user: '1' }]) {
        kinds.push((await reserve(drawOn('user-day', { limit: 1, ...options }))).kind);
      }
      expect(kinds).toEqual(['reserved', 'reserved', 'reserved', 'spent']);
    });

    test('sums two draws of one request on the same counter', async () => {
      const { reserve, store } = await held();
      const half = drawOn('app-day', { limit: 3, amount: 2 });
      expect((await reserve(half, half)).kind).toBe('spent');
      expect(await usageOf(store, 'app-day')).toMatchObject({ reserved: 0 });
    });

    test('takes the last one, and then no more', async () => {
      const { reserve } = await held();
      const kinds = [];
      for (let call = 0; call < 4; call++) kinds.push((await reserve(drawOn('app-day', { limit: 3 }))).kind);
      expect(kinds).toEqual(['reserved', 'reserved', 'reserved', 'spent']);
    });

    test('holds to the limit that is given now, lower or higher', async () => {
      const { reserve, store } = await held();
      await reserve(drawOn('app-day', { limit: 10, amount: 5 }));
      expect((await reserve(drawOn('app-day', { limit: 5 }))).kind).toBe('spent');
      expect(await usageOf(store, 'app-day')).toMatchObject({ limit: 5, reserved: 5 });
      expect((await reserve(drawOn('app-day', { limit: 6 }))).kind).toBe('reserved');
    });

    test('keeps what was sent and gives back what was not', async () => {
      const { fence, store } = await held();
      const used = await reserved(store, fence, drawOn('app-day', { amount: 3 }));
      const unsent = await reserved(store, fence, drawOn('app-day', { amount: 4 }));
      await store.ledger.settle({ used, unsent, fence });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 3, reserved: 0 });
    });

    test('settles a draw once', async () => {
      const { fence, store } = await held();
      const used = await reserved(store, fence, drawOn('app-day'));
      await store.ledger.settle({ used, unsent: [], fence });
      await expect(store.ledger.settle({ used: [], unsent: used, fence })).rejects.toThrow('without a reservation');
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 1, reserved: 0 });
    });

    test('shows the windows that are open, of one platform or of all', async () => {
      const { fence, store } = await held();
      await reserved(store, fence, drawOn('app-day'), drawOn('app-day', { day: 1 }));
      await store.ledger.reserve({ platform: 'zhipu', draws: [drawOn('tokens')], fence, nowMs: NOW });
      expect(await store.ledger.usage(NOW)).toMatchObject([{ platform: 'kuaishou' }, { platform: 'zhipu' }]);
      expect(await store.ledger.usage(NOW, 'zhipu')).toMatchObject([{ budget: 'tokens' }]);
      expect(await store.ledger.usage(NOW + DAY)).toMatchObject([{ platform: 'kuaishou', windowKey: 'day-1' }]);
      expect(await store.ledger.usage(NOW - 1)).toEqual([]);
    });

    test('refuses a stranger', async () => {
      const { store } = await setup();
      const request = { platform: 'kuaishou', draws: [drawOn('app-day')], fence: 1, nowMs: NOW };
      expect(await codeOf(store.ledger.reserve(request))).toBe('FENCED');
    });
  });

  type Step =
    | { kind: 'reserve'; app: number; user: number; limit: number }
    | { kind: 'settle'; sent: boolean }
    | { kind: 'crash' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('reserve' as const),
      app: fc.integer({ min: 1, max: 4 }),
      user: fc.integer({ min: 1, max: 4 }),
      limit: fc.integer({ min: 1, max: 12 }),
    }),
    fc.record({ kind: fc.constant('settle' as const), sent: fc.boolean() }),
    fc.record({ kind: fc.constant('crash' as const) }),
  );

  test('whatever is reserved, settled and lost in crashes, no reservation lifts a counter above its limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { store, another, remove } = await setup();
        let current = { store, fence: await takeLease(store), nowMs: NOW };
        let open: Drawn[] = []; // reserved and not yet settled
        let spent = 0; // what the platform may have counted
        for (const each of steps) {
          if (each.kind === 'crash') {
            const nowMs = current.nowMs + DAY / 24;
            const successor = await another();
            current = { store: successor, fence: await takeLease(successor, nowMs), nowMs };
            await successor.runs.recover(current.fence, nowMs);
            spent += open.reduce((sum, drawn) => sum + (drawn.budget === 'app-day' ? drawn.amount : 0), 0);
            open = [];
          } else if (each.kind === 'settle') {
            const drawn = open.shift();
            if (!drawn) continue;
            const settlement = each.sent ? { used: [drawn], unsent: [] } : { used: [], unsent: [drawn] };
            await current.store.ledger.settle({ ...settlement, fence: current.fence });
            if (each.sent && drawn.budget === 'app-day') spent += drawn.amount;
          } else {
            const draws = [
              drawOn('app-day', { amount: each.app, limit: each.limit }),
              drawOn('user-day', { amount: each.user, user: '1' }),
            ];
            const request = { platform: 'kuaishou', draws, fence: current.fence, nowMs: NOW };
            const answer = await current.store.ledger.reserve(request);
            if (answer.kind === 'reserved') {
              open.push(...answer.drawn);
              for (const row of await current.store.ledger.usage(NOW)) {
                expect(row.used + row.reserved).toBeLessThanOrEqual(row.limit);
              }
            }
          }
          const openNow = open.reduce((sum, drawn) => sum + (drawn.budget === 'app-day' ? drawn.amount : 0), 0);
          const app = await usageOf(current.store, 'app-day');
          expect([app?.used ?? 0, app?.reserved ?? 0]).toEqual([spent, openNow]);
        }
        await remove();
      }),
      { numRuns: 40 },
    );
  });
}
