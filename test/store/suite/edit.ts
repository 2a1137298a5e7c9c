import { LEASE_TTL_MS } from '../../../src/job/lease';
import type { RunKind } from '../../../src/job/run';
import type { Store } from '../../../src/store/open';
import { claimed, codeOf, commitPages, cursorOf, DAY, JOB, NOTHING, NOW, type OpenBench, takeLease } from './setup';

const TARGET = { job: JOB, partition: 'shop-1' };

function set(store: Store, version: number, cursor: string | null) {
  return store.checkpoints.edit({ ...TARGET, version, cursor, change: cursor === null ? 'reset' : 'set', nowMs: NOW });
}

export function editSuite(setup: OpenBench): void {
  /** Pages 1 to 3 are committed, and the partition is idle: version 3. */
  async function idle() {
    const bench = await setup();
    const { fence, claim } = await claimed(bench.store);
    await commitPages(bench.store, claim, { from: 0, count: 3 });
    await bench.store.runs.endTurn({ claim, end: { kind: 'interrupt' }, settlement: NOTHING, nowMs: NOW });
    return { ...bench, fence, claim, undo: (nowMs = NOW) => bench.store.checkpoints.undo({ ...TARGET, nowMs }) };
  }

  describe('an edit', () => {
    test('sets the cursor as a new version, and the bookmark with it', async () => {
      const { store } = await idle();
      const edited = await set(store, 3, cursorOf(1));
      expect(edited).toMatchObject({ cursor: cursorOf(1), bookmark: cursorOf(1), version: 4, status: 'idle' });
      expect((await store.checkpoints.history(JOB, 'shop-1'))[0]).toMatchObject({ version: 4, change: 'set' });
    });

    test('takes a bookmark that lies ahead back with the cursor', async () => {
      const { store } = await setup();
      const { claim } = await claimed(store);
      await commitPages(store, claim, { from: 0, count: 3 });
      await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs: NOW });
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ bookmark: cursorOf(3), version: 4 });
      expect(await set(store, 4, cursorOf(1))).toMatchObject({ cursor: cursorOf(1), bookmark: cursorOf(1) });
    });

    test('resets to the start', async () => {
      const { store } = await idle();
      expect(await set(store, 3, null)).toMatchObject({ cursor: null, bookmark: null, version: 4 });
      expect((await store.checkpoints.history(JOB, 'shop-1'))[0]).toMatchObject({ change: 'reset' });
    });

    test('of version 0 makes the checkpoint', async () => {
      const { store } = await setup();
      expect(await set(store, 0, cursorOf(7))).toMatchObject({
        cursor: cursorOf(7),
        version: 1,
        status: 'idle',
        fence: 0,
      });
    });

    test('of a version that moved on is a conflict', async () => {
      const { store } = await idle();
      await expect(set(store, 2, cursorOf(1))).rejects.toMatchObject({
        code: 'CHECKPOINT_CONFLICT',
        message: 'kuaishou-orders/shop-1: expected version 2, found version 3',
      });
      expect(await codeOf(set(store, 0, cursorOf(1)))).toBe('CHECKPOINT_CONFLICT');
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 3 });
    });

    test('of a missing checkpoint at another version than 0 is a conflict', async () => {
      const { store } = await setup();
      expect(await codeOf(set(store, 1, cursorOf(1)))).toBe('CHECKPOINT_CONFLICT');
      expect(await store.checkpoints.list()).toEqual([]);
    });

    test('is refused while the partition runs, and so is an undo', async () => {
      const { store, another } = await setup();
      const { claim } = await claimed(store);
      await commitPages(store, claim, { from: 0, count: 2 });
      const operator = await another();
      expect(await codeOf(set(operator, 2, cursorOf(1)))).toBe('STORE_IN_USE');
      expect(await codeOf(operator.checkpoints.undo({ ...TARGET, nowMs: NOW }))).toBe('STORE_IN_USE');
    });

    test('is taken when the process that ran the partition is gone', async () => {
      const { store, another } = await setup();
      await claimed(store);
      const operator = await another();
      const edit = { ...TARGET, version: 0, cursor: cursorOf(1), change: 'set', nowMs: NOW + LEASE_TTL_MS } as const;
      expect(await operator.checkpoints.edit(edit)).toMatchObject({ version: 1 });
    });

    test('of a parked partition brings no quota back', async () => {
      const { store, claim } = await idle();
      await store.runs.claim(claim, NOW);
      const end = { kind: 'park', untilMs: NOW + DAY, reason: 'spent' } as const;
      await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
      const parked = { status: 'parked', parkedUntilMs: NOW + DAY, reason: 'spent' };
      expect(await set(store, 3, cursorOf(1))).toMatchObject(parked);
      expect(await store.checkpoints.undo({ ...TARGET, nowMs: NOW })).toMatchObject(parked);
    });

    test('under a frozen process makes its next page a conflict', async () => {
      const { store, another } = await setup();
      const { claim } = await claimed(store);
      const operator = await another();
      const edit = { ...TARGET, version: 0, cursor: cursorOf(9), change: 'set', nowMs: NOW + LEASE_TTL_MS } as const;
      await operator.checkpoints.edit(edit);
      expect(await codeOf(commitPages(store, claim, { from: 0, count: 1 }))).toBe('CHECKPOINT_CONFLICT');
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(9) });
    });
  });

  describe('an undo', () => {
    test('brings the version before back, as a new version', async () => {
      const { undo, store } = await idle();
      expect(await undo(NOW + 3)).toMatchObject({ cursor: cursorOf(2), version: 4, updatedAtMs: NOW + 3 });
      expect((await store.checkpoints.history(JOB, 'shop-1'))[0]).toMatchObject({ change: 'undo', version: 4 });
    });

    test('of an undo goes one further back, down to the start, and ends there', async () => {
      const { undo } = await idle();
      const cursors = [];
      for (let step = 0; step < 4; step++) cursors.push((await undo())?.cursor);
      expect(cursors).toEqual([cursorOf(2), cursorOf(1), null, undefined]);
    });

    test('after a new change first takes that change back', async () => {
      const { undo, store } = await idle();
      await undo();
      await set(store, 4, cursorOf(9));
      expect(await undo()).toMatchObject({ cursor: cursorOf(2) });
      expect(await undo()).toMatchObject({ cursor: cursorOf(1) });
    });

    test('brings cursor and bookmark back together', async () => {
      const { undo, store, claim } = await idle();
      await store.runs.claim(claim, NOW);
      await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs: NOW });
      await set(store, 4, null);
      expect(await undo()).toMatchObject({ cursor: cursorOf(3), bookmark: cursorOf(3) });
      expect(await undo()).toMatchObject({ cursor: cursorOf(3), bookmark: null });
    });

    test('takes back the edit that made a checkpoint', async () => {
      const { store } = await setup();
      await set(store, 0, cursorOf(5));
      expect(await store.checkpoints.undo({ ...TARGET, nowMs: NOW })).toMatchObject({ cursor: null, version: 2 });
      expect(await store.checkpoints.undo({ ...TARGET, nowMs: NOW })).toBeNull();
    });

    test('ends at the oldest version that was kept', async () => {
      const { store, claim, undo } = await idle();
      await store.runs.claim(claim, NOW);
      await commitPages(store, claim, { from: 3, count: 37 });
      await store.runs.endTurn({ claim, end: { kind: 'interrupt' }, settlement: NOTHING, nowMs: NOW });
      const cursors = [];
      for (let found = await undo(); found; found = await undo()) cursors.push(found.cursor);
      // Each undo is a version too: of 20, half can be walked back through before the rest is gone.
      expect(cursors).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 30].map(cursorOf));
    });

    test('of what never was is null', async () => {
      const { store } = await setup();
      expect(await store.checkpoints.undo({ ...TARGET, nowMs: NOW })).toBeNull();
    });
  });

  describe('the list of checkpoints', () => {
    test('is ordered by job and partition, and can be of one job', async () => {
      const { store } = await setup();
      for (const [job, partition] of [
        ['b', '1'],
        ['a', '2'],
        ['a', '1'],
      ] as const) {
        await store.checkpoints.edit({ job, partition, version: 0, cursor: '{}', change: 'set', nowMs: NOW });
      }
      const names = (await store.checkpoints.list()).map((row) => row.job + row.partition);
      expect(names).toEqual(['a1', 'a2', 'b1']);
      expect(await store.checkpoints.list('b')).toHaveLength(1);
      expect(await store.checkpoints.list('b', 0)).toEqual([]);
      expect([await store.checkpoints.count(), await store.checkpoints.count('a')]).toEqual([3, 2]);
      expect(await store.checkpoints.read('c', '1')).toBeNull();
    });

    test('can be read in parts, each from a place on', async () => {
      const { store } = await setup();
      for (const partition of ['1', '2', '3'])
        await store.checkpoints.edit({ job: 'a', partition, version: 0, cursor: '{}', change: 'set', nowMs: NOW });
      const from = (job: string, partition: string) =>
        store.checkpoints.part({ which: 'all', from: { job, partition }, limit: 2 });
      const keys = (rows: readonly { partition: string }[]): string[] => rows.map(({ partition }) => partition);
      expect(keys(await from('', ''))).toEqual(['1', '2']);
      expect(keys(await from('a', '2'))).toEqual(['2', '3']);
      expect(keys(await from('a', '2\0'))).toEqual(['3']);
      expect(await from('b', '')).toEqual([]);
    });

    test('tells those of partitions that the newest scheduled run did not list', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      const stale = () => store.checkpoints.part({ which: 'stale', from: { job: '', partition: '' }, limit: 9 });
      const run = async (slotAtMs: number, kind: RunKind, keys: readonly string[]): Promise<void> => {
        const opened = await store.runs.open({ job: 'a', slotAtMs, kind, fence });
        const partitions = keys.map((key) => ({ key, scope: {} }));
        await store.runs.start({ runId: opened!.id, partitions, fence, nowMs: slotAtMs });
      };
      for (const partition of ['1', '2', '3~backfill-1'])
        await store.checkpoints.edit({ job: 'a', partition, version: 0, cursor: '{}', change: 'set', nowMs: NOW });
      expect(await stale()).toEqual([]); // nobody knows yet
      await run(NOW, 'schedule', ['1', '2']);
      expect(await stale()).toEqual([]);
      await run(NOW + 1, 'schedule', ['1']);
      await run(NOW + 2, 'manual', ['2']);
      expect(await stale()).toMatchObject([{ job: 'a', partition: '2' }]);
    });
  });

  test('an edit needs no lease', async () => {
    const { store, another, fence } = await idle();
    const operator = await another();
    expect(await set(operator, 3, cursorOf(1))).toMatchObject({ version: 4 });
    await store.lease.release(fence, NOW);
    await takeLease(operator);
    expect(await set(store, 4, cursorOf(2))).toMatchObject({ version: 5 });
  });
}
