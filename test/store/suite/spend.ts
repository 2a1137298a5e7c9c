import fc from 'fast-check';
import type { Drawn } from '../../../src/job/attempt';
import type { Store } from '../../../src/store/open';
import {
  asSpent,
  blockOn,
  claimed,
  DAY,
  HOUR,
  JOB,
  NO_WRITE,
  NOTHING,
  NOW,
  type OpenBench,
  reserved,
  takeLease,
  usageOf,
} from './setup';

/** What becomes of permits once they were reserved. */
export function spendSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    return { ...bench, fence: await takeLease(bench.store) };
  }

  describe('permits', () => {
    test('that were sent stay used, and those that were not are given back', async () => {
      const { fence, store } = await held();
      const sent = await reserved(store, fence, blockOn('app-day', { needed: 3 }));
      const unsent = await reserved(store, fence, blockOn('app-day', { needed: 4 }));
      await store.ledger.settle({ used: asSpent(sent), unsent, fence });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 3, reserved: 0 });
    });

    test('are settled one by one out of their block', async () => {
      const { fence, store } = await held();
      const [block] = await reserved(store, fence, blockOn('app-day', { needed: 5 }));
      const one = { ...block!, amount: 1 };
      await store.ledger.settle({ used: asSpent([one, one]), unsent: [{ ...block!, amount: 3 }], fence });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 2, reserved: 0 });
    });

    test('count as what they really cost, less than was reserved or more', async () => {
      const { fence, store } = await held();
      const [few, many] = await reserved(
        store,
        fence,
        blockOn('tokens', { needed: 5 }),
        blockOn('tokens', { needed: 5 }),
      );
      await store.ledger.settle({ used: [{ ...few!, spent: 2 }], unsent: [], fence });
      expect(await usageOf(store, 'tokens')).toMatchObject({ used: 2, reserved: 5 });
      await store.ledger.settle({ used: [{ ...many!, spent: 20 }], unsent: [], fence });
      expect(await usageOf(store, 'tokens')).toMatchObject({ limit: 10, used: 22, reserved: 0 });
      const more = { platform: 'kuaishou', blocks: [blockOn('tokens')], fence, nowMs: NOW };
      expect((await store.ledger.reserve(more)).kind).toBe('spent');
      const free = { ...more, blocks: [blockOn('tokens', { needed: 0 })] };
      expect(await store.ledger.reserve(free)).toMatchObject({ blocks: [{ drawn: { amount: 0 }, left: 0 }] });
    });

    test('are settled once', async () => {
      const { fence, store } = await held();
      const drawn = await reserved(store, fence, blockOn('app-day'));
      await store.ledger.settle({ used: asSpent(drawn), unsent: [], fence });
      await expect(store.ledger.settle({ used: [], unsent: drawn, fence })).rejects.toThrow('without a reservation');
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 1, reserved: 0 });
    });

    test('are counted for the job whose page settles them, and for none elsewhere', async () => {
      const { store } = await setup();
      const { claim, fence } = await claimed(store);
      const settlement = async (spent: number) => {
        const [drawn] = await reserved(store, fence, blockOn('app-day', { limit: 100 }));
        return { ...NOTHING, used: [{ ...drawn!, spent }] };
      };
      const page = { claim, cursor: '{}', recordCount: 0, write: NO_WRITE, nowMs: NOW };
      await store.runs.commitPage({ ...page, version: 0, settlement: await settlement(2) });
      await store.runs.commitPage({ ...page, version: 1, settlement: await settlement(3) });
      await store.ledger.settle({ ...(await settlement(7)), fence });
      await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: await settlement(4), nowMs: NOW });
      expect(await usageOf(store, 'app-day')).toMatchObject({ used: 16, byJob: { [JOB]: 9 } });
    });
  });

  interface Now {
    readonly store: Store;
    readonly fence: number;
    readonly nowMs: number;
  }
  type Step =
    | { kind: 'reserve'; app: number; wanted: number; user: number; limit: number }
    | { kind: 'settle'; sent: boolean }
    | { kind: 'crash' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constant('reserve' as const),
      app: fc.integer({ min: 0, max: 4 }),
      wanted: fc.integer({ min: 0, max: 30 }),
      user: fc.integer({ min: 1, max: 4 }),
      limit: fc.integer({ min: 1, max: 60 }),
    }),
    fc.record({ kind: fc.constant('settle' as const), sent: fc.boolean() }),
    fc.record({ kind: fc.constant('crash' as const) }),
  );
  const sumOf = (drawn: readonly Drawn[]) =>
    drawn.reduce((sum, { budget, amount }) => sum + (budget === 'app-day' ? amount : 0), 0);

  async function takeOver({ nowMs }: Now, another: () => Promise<Store>): Promise<Now> {
    const laterMs = nowMs + HOUR;
    const store = await another();
    const fence = await takeLease(store, laterMs);
    await store.runs.recover(fence, laterMs);
    return { store, fence, nowMs: laterMs };
  }

  test('whatever is reserved, settled and lost in crashes, no reservation lifts a counter above its limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { store, another, remove } = await setup();
        let now: Now = { store, fence: await takeLease(store), nowMs: NOW };
        let open: Drawn[] = []; // reserved and not yet settled
        let spent = 0; // what the platform may have counted
        for (const each of steps) {
          if (each.kind === 'crash') {
            now = await takeOver(now, another);
            spent += sumOf(open);
            open = [];
          } else if (each.kind === 'settle') {
            const drawn = open.splice(0, 1);
            const settlement = each.sent ? { used: asSpent(drawn), unsent: [] } : { used: [], unsent: drawn };
            await now.store.ledger.settle({ ...settlement, fence: now.fence });
            if (each.sent) spent += sumOf(drawn);
          } else {
            const blocks = [
              blockOn('app-day', { needed: each.app, wanted: each.app + each.wanted, limit: each.limit }),
              blockOn('user-day', { needed: each.user, user: '1', limit: 50 }),
            ];
            const request = { platform: 'kuaishou', blocks, fence: now.fence, nowMs: NOW };
            const answer = await now.store.ledger.reserve(request);
            if (answer.kind === 'reserved') {
              open.push(...answer.blocks.map(({ drawn }) => drawn));
              for (const row of await now.store.ledger.usage(NOW)) {
                if (row.budget === 'app-day' && each.app === 0) continue; // the limit may have fallen below what was drawn
                expect(row.used + row.reserved).toBeLessThanOrEqual(row.limit);
              }
            }
          }
          const app = await usageOf(now.store, 'app-day');
          expect([app?.used ?? 0, app?.reserved ?? 0]).toEqual([spent, sumOf(open)]);
        }
        await remove();
      }),
      { numRuns: 40 },
    );
  });

  test('a window that has ended is none of today’s business', async () => {
    const { fence, store } = await held();
    const drawn = await reserved(store, fence, blockOn('app-day'));
    await store.ledger.settle({ used: asSpent(drawn), unsent: [], fence });
    expect(await store.ledger.usage(NOW + DAY)).toEqual([]);
  });
}
