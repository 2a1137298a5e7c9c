import fc from 'fast-check';
import { LEASE_TTL_MS } from '../../../src/job/lease';
import type { BlockRequest } from '../../../src/limit/ledger';
import { asSpent, HOUR, NOW, type OpenBench, takeLease } from './setup';

interface SliceOptions {
  readonly nowMs: number;
  readonly spanMs: number;
  readonly sliceMs?: number;
  readonly limit?: number;
  readonly needed?: number;
  readonly wanted?: number;
}

/** A block of a budget over a rolling span that is counted in slices: by the hour, unless it is said otherwise. */
export function sliceOn({ nowMs, spanMs, sliceMs = HOUR, limit = 10, needed = 1, wanted }: SliceOptions): BlockRequest {
  const startMs = Math.floor(nowMs / sliceMs) * sliceMs;
  const budget = { name: 'calls-5h', limit, per: { rollingMs: spanMs }, scope: [], source: 'test' };
  return {
    draw: { budget, scope: {}, counter: 'calls-5h|' },
    window: { key: `slice-${startMs}`, startMs, endMs: startMs + sliceMs, countsFromMs: nowMs - spanMs },
    needed,
    wanted: wanted ?? needed,
  };
}

export function sliceSuite(setup: OpenBench): void {
  const spanMs = 5 * HOUR;

  async function rolling(limit = 10) {
    const bench = await setup();
    const { store } = bench;
    const fence = await takeLease(store);
    const reserve = (atMs: number, needed: number, wanted = needed) =>
      store.ledger.reserve({
        platform: 'zhipu',
        blocks: [sliceOn({ nowMs: NOW + atMs, spanMs, limit, needed, wanted })],
        fence,
        nowMs: NOW + atMs,
      });
    return { ...bench, fence, reserve };
  }

  describe('a rolling span', () => {
    test('counts its slices together', async () => {
      const { reserve } = await rolling();
      await reserve(0, 4);
      await reserve(HOUR, 4);
      expect(await reserve(2 * HOUR, 2)).toMatchObject({ kind: 'reserved', blocks: [{ left: 0 }] });
      expect((await reserve(3 * HOUR, 1)).kind).toBe('spent');
    });

    test('forgets a slice when the whole of it is older than the span', async () => {
      const { reserve } = await rolling();
      await reserve(0, 10);
      expect((await reserve(6 * HOUR - 1, 1)).kind).toBe('spent');
      expect(await reserve(6 * HOUR, 10)).toMatchObject({ kind: 'reserved', blocks: [{ left: 0 }] });
    });

    test('says when enough of it will be old enough', async () => {
      const { reserve } = await rolling();
      await reserve(0, 3);
      await reserve(HOUR, 3);
      await reserve(2 * HOUR, 4);
      const freeIn = async (needed: number) => {
        const answer = await reserve(3 * HOUR, needed);
        return answer.kind === 'spent' && (answer.freeAtMs - NOW) / HOUR;
      };
      expect([await freeIn(1), await freeIn(3), await freeIn(4), await freeIn(10)]).toEqual([6, 6, 7, 8]);
      expect((await reserve(6 * HOUR, 3)).kind).toBe('reserved');
    });

    test('says so too when more is needed than its limit', async () => {
      const { reserve } = await rolling();
      expect(await reserve(0, 11)).toMatchObject({ kind: 'spent', freeAtMs: NOW + 6 * HOUR });
    });

    test('grants a block by what all of it leaves', async () => {
      const { reserve } = await rolling(200);
      await reserve(0, 100);
      expect(await reserve(HOUR, 1, 50)).toMatchObject({ blocks: [{ drawn: { amount: 5 }, left: 95 }] });
    });

    test('sums two blocks of one request, also in two slices', async () => {
      const { store, fence } = await rolling();
      const nowMs = NOW + HOUR;
      const [older, newer] = [NOW, nowMs].map((atMs) => sliceOn({ nowMs: atMs, spanMs, needed: 6 }));
      const answer = await store.ledger.reserve({ platform: 'zhipu', blocks: [older!, newer!], fence, nowMs });
      expect(answer).toMatchObject({ kind: 'spent', request: newer });
      expect(await store.ledger.usage(nowMs)).toMatchObject([{ reserved: 0 }]);
    });

    test('counts what was drawn in the future when the clock steps back', async () => {
      const { reserve } = await rolling();
      await reserve(10 * HOUR, 10);
      expect((await reserve(0, 1)).kind).toBe('spent');
      expect((await reserve(-24 * HOUR, 1)).kind).toBe('spent');
    });

    test('is one row of usage, from its oldest slice that counts, with what each job drew', async () => {
      const { store, fence, reserve } = await rolling();
      const drawn = [];
      for (const hour of [0, 1, 4]) {
        const answer = await reserve(hour * HOUR, 2);
        if (answer.kind === 'reserved') drawn.push(...answer.blocks.map((block) => block.drawn));
      }
      await store.ledger.settle({ used: asSpent(drawn.slice(0, 2)), unsent: [], fence });
      const row = { budget: 'calls-5h', limit: 10, endMs: NOW + 5 * HOUR, windowKey: `slice-${NOW + 4 * HOUR}` };
      const usage = (atMs: number) => store.ledger.usage(NOW + atMs);
      expect(await usage(5 * HOUR)).toMatchObject([{ ...row, startMs: NOW, used: 4, reserved: 2, byJob: {} }]);
      expect(await usage(6 * HOUR)).toMatchObject([{ ...row, startMs: NOW + HOUR, used: 2, reserved: 2 }]);
      expect(await usage(10 * HOUR)).toEqual([]);
    });

    test('counts the slices of a budget that was a day before alone', async () => {
      const { store, fence, reserve } = await rolling();
      const sliced = sliceOn({ nowMs: NOW, spanMs, needed: 9 });
      const { key, startMs, endMs } = sliced.window;
      const asDay = { ...sliced, window: { key: `day-${key}`, startMs, endMs } };
      await store.ledger.reserve({ platform: 'zhipu', blocks: [asDay], fence, nowMs: NOW });
      expect(await reserve(0, 9)).toMatchObject({ kind: 'reserved', blocks: [{ left: 1 }] });
    });
  });

  const move = fc.record({
    // Mostly forward; steps of the clock go back by up to two spans.
    stepMs: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 0, max: 400 }) }, fc.integer({ min: -2_000, max: -1 })),
    needed: fc.integer({ min: 0, max: 6 }),
    more: fc.integer({ min: 0, max: 20 }),
    then: fc.constantFrom('spend' as const, 'give-back' as const, 'keep' as const, 'crash' as const),
  });

  const spending = (stepMs: number, needed: number) => ({ stepMs, needed, more: 0, then: 'spend' as const });
  const backOverTheEdgeOfASlice = [
    [0, 1],
    [711, 4],
    [126, 3],
    [152, 3],
    [261, 2],
    [-1, 0],
  ].map(([stepMs = 0, needed = 0]) => spending(stepMs, needed));

  test('never more than the limit in any span, whatever blocks, crashes and steps of the clock come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 40 }), async (moves) => {
        const { store: first, another, remove } = await setup();
        let [store, fence, nowMs, leaseMs] = [first, await takeLease(first), NOW, NOW];
        const limit = 12;
        const draws: { endMs: number; amount: number }[] = [];
        for (const { stepMs, needed, more, then } of moves) {
          nowMs += stepMs;
          const block = sliceOn({ nowMs, spanMs: 1_000, sliceMs: 250, limit, needed, wanted: needed + more });
          const answer = await store.ledger.reserve({ platform: 'zhipu', blocks: [block], fence, nowMs });
          const counting = () => draws.filter(({ endMs }) => endMs > nowMs - 1_000);
          const drawnNow = () => counting().reduce((sum, { amount }) => sum + amount, 0);
          if (answer.kind === 'reserved') {
            const drawn = answer.blocks.map((each) => each.drawn);
            if (then === 'spend') await store.ledger.settle({ used: asSpent(drawn), unsent: [], fence });
            if (then === 'give-back') await store.ledger.settle({ used: [], unsent: drawn, fence });
            else draws.push({ endMs: block.window.endMs, amount: drawn[0]!.amount });
            // A clock that steps back counts older slices once more: then nothing new may be drawn.
            if (drawn[0]!.amount > 0) expect(drawnNow()).toBeLessThanOrEqual(limit);
          } else {
            expect(drawnNow() + needed).toBeGreaterThan(limit); // never idle while there is room
            expect(answer.freeAtMs).toBeGreaterThan(nowMs);
          }
          if (then === 'crash') {
            store = await another();
            leaseMs += LEASE_TTL_MS;
            fence = await takeLease(store, leaseMs);
            await store.runs.recover(fence, leaseMs);
          }
        }
        await remove();
      }),
      { numRuns: 60, examples: [[backOverTheEdgeOfASlice]] },
    );
  });
}
