import type { Partition } from '../../../src/job/partition';
import { codeOf, JOB, NOTHING, NOW, type OpenBench, takeLease } from './setup';

const partitionsOf = (from: number, count: number): Partition[] =>
  Array.from({ length: count }, (_, at) => ({ key: `shop-${from + at}`, scope: {} }));

/** A run whose partitions are read and written in parts. */
export function manyPartitionsSuite(setup: OpenBench): void {
  async function opened() {
    const bench = await setup();
    const fence = await takeLease(bench.store);
    const run = await bench.store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'schedule', fence });
    return { ...bench, fence, runId: run!.id };
  }

  /** Six of them: two wait, two are parked until different instants, one has failed, one is done. */
  async function underWay() {
    const bench = await opened();
    const { store, fence, runId } = bench;
    await store.runs.start({ runId, partitions: partitionsOf(0, 6), fence, nowMs: NOW });
    const ends = [
      { kind: 'park', untilMs: NOW + 2_000, reason: 'spent' },
      { kind: 'park', untilMs: NOW + 1_000, reason: 'spent' },
      { kind: 'fail', reason: 'refused' },
      { kind: 'complete' },
    ] as const;
    for (const [at, end] of ends.entries()) {
      const claim = { runId, job: JOB, partition: `shop-${at}`, fence };
      await store.runs.claim(claim, NOW);
      await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
    }
    return bench;
  }

  const keysOf = (shares: readonly { partition: Partition }[]): string[] =>
    shares.map(({ partition }) => partition.key);

  describe('the partitions of a run', () => {
    test('all become due by an order, and all fail with their run, also where they are more than one transaction changes', async () => {
      const { store, fence, runId } = await opened();
      const partitions = partitionsOf(0, 1_001);
      await store.runs.start({ runId, partitions, fence, nowMs: NOW });
      for (const { key: partition } of partitions) {
        const claim = { runId, job: JOB, partition, fence };
        const end = { kind: 'park', untilMs: NOW + 1_000, reason: 'spent' } as const;
        void store.runs.claim(claim, NOW);
        await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
      }
      await store.runs.settle({ runId, fence, nowMs: NOW });
      const about = { jobs: { kuaishou: [JOB] }, nowMs: NOW + 1 };
      expect(await store.orders.unpark({ job: JOB }, about)).toMatchObject({ partitions: 1_001 });
      expect(await store.checkpoints.part({ which: 'parked', from: { job: '', partition: '' }, limit: 2_000 })).toEqual(
        Array.from({ length: 1_001 }, () => expect.objectContaining({ parkedUntilMs: NOW + 1 }) as unknown),
      );
      await store.runs.fail({ runId, reason: 'gone', fence, nowMs: NOW + 2 });
      expect(await store.runs.get(runId)).toMatchObject({ state: 'failed', totals: { partitionsFailed: 1_001 } });
      expect((await store.checkpoints.list(JOB)).filter(({ status }) => status !== 'failed')).toEqual([]);
      expect(await store.checkpoints.part({ which: 'parked', from: { job: '', partition: '' }, limit: 1 })).toEqual([]);
    });

    test('may become durable in parts, in one order', async () => {
      const { store, fence, runId } = await opened();
      await store.runs.register({ runId, partitions: partitionsOf(0, 2), fence });
      const run = await store.runs.start({ runId, partitions: partitionsOf(2, 1), fence, nowMs: NOW });
      expect(run.totals.partitions).toBe(3);
      expect((await store.runs.partitions(runId)).map(({ position }) => position)).toEqual([0, 1, 2]);
      await expect(store.runs.register({ runId, partitions: partitionsOf(9, 1), fence })).rejects.toThrow(
        'after its start',
      );
    });

    test('are refused when a key comes twice, also in different parts, and the part leaves nothing', async () => {
      const { store, fence, runId } = await opened();
      await store.runs.register({ runId, partitions: partitionsOf(0, 2), fence });
      const again = store.runs.register({ runId, partitions: partitionsOf(1, 2), fence });
      await expect(again).rejects.toThrow(
        'kuaishou-orders partitions: expected every partition key once, got "shop-1"',
      );
      expect(await codeOf(again)).toBe('JOB_INVALID');
      expect((await store.runs.get(runId))?.totals.partitions).toBe(2);
    });

    test('are told by their scopes, by key, and in groups of those that are stuck', async () => {
      const { store, runId } = await underWay();
      const scopes = (afterKey: string) => store.runs.scopes({ runId, afterKey, limit: 2 });
      const called = (partitions: Partition[]) => partitions.map((each) => ({ ...each, attempts: 0 }));
      expect(await scopes('')).toEqual(called(partitionsOf(0, 2)));
      expect(await scopes('shop-4')).toEqual(called(partitionsOf(5, 1)));
      expect(await store.runs.stuckGroups({ runId, limit: 2, keysMax: 3 })).toEqual([
        { state: 'parked', parkedUntilMs: NOW + 2_000, reason: 'spent', count: 1, keys: ['shop-0'] },
        { state: 'parked', parkedUntilMs: NOW + 1_000, reason: 'spent', count: 1, keys: ['shop-1'] },
      ]);
    });

    test('that are stuck in the largest group come first, with its first keys alone', async () => {
      const { store, fence, runId } = await opened();
      await store.runs.start({ runId, partitions: partitionsOf(0, 4), fence, nowMs: NOW });
      for (const [at, reason] of ['refused', 'gone', 'gone', 'gone'].entries()) {
        const claim = { runId, job: JOB, partition: `shop-${at}`, fence };
        await store.runs.claim(claim, NOW);
        await store.runs.endTurn({ claim, end: { kind: 'fail', reason }, settlement: NOTHING, nowMs: NOW });
      }
      expect(await store.runs.stuckGroups({ runId, limit: 1, keysMax: 2 })).toEqual([
        { state: 'failed', parkedUntilMs: null, reason: 'gone', count: 3, keys: ['shop-1', 'shop-2'] },
      ]);
    });

    test('can be taken back until the run has started', async () => {
      const { store, fence, runId } = await opened();
      await store.runs.register({ runId, partitions: partitionsOf(0, 3), fence });
      while (await store.runs.unregister({ runId, fence }));
      expect((await store.runs.get(runId))?.totals.partitions).toBe(0);
      const run = await store.runs.start({ runId, partitions: partitionsOf(1, 1), fence, nowMs: NOW });
      expect(run.totals.partitions).toBe(1);
      await expect(store.runs.unregister({ runId, fence })).rejects.toThrow('after its start');
    });

    test('that wait are read part by part, in their order', async () => {
      const { store, runId } = await underWay();
      const first = await store.runs.waiting({ runId, afterPosition: -1, limit: 1 });
      expect(keysOf(first)).toEqual(['shop-4']);
      expect(keysOf(await store.runs.waiting({ runId, afterPosition: first[0]!.position, limit: 9 }))).toEqual([
        'shop-5',
      ]);
    });

    test('that are parked are read part by part, first come first', async () => {
      const { store, runId } = await underWay();
      const all = { runId, untilMs: NOW + 9_000, after: null };
      const [first] = await store.runs.parked({ ...all, limit: 1 });
      expect(first?.partition.key).toBe('shop-1');
      const after = { parkedUntilMs: first!.parkedUntilMs, key: first!.partition.key };
      expect(keysOf(await store.runs.parked({ ...all, after, limit: 9 }))).toEqual(['shop-0']);
      expect(keysOf(await store.runs.parked({ ...all, untilMs: NOW + 1_000, limit: 9 }))).toEqual(['shop-1']);
    });

    test('that are stuck are the parked and the failed, the first of them', async () => {
      const { store, runId } = await underWay();
      expect(keysOf(await store.runs.stuck(runId, 9))).toEqual(['shop-0', 'shop-1', 'shop-2']);
      expect(keysOf(await store.runs.stuck(runId, 1))).toEqual(['shop-0']);
    });
  });
}
