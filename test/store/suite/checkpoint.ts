import { HISTORY_VERSIONS_MAX } from '../../../src/job/checkpoint';
import type { TurnEnd } from '../../../src/job/run';
import {
  asSpent,
  attemptOf,
  blockOn,
  claimed,
  codeOf,
  commitPages,
  cursorOf,
  DAY,
  HOUR,
  JOB,
  NO_WRITE,
  NOTHING,
  NOW,
  type OpenBench,
  reserved,
} from './setup';

export function checkpointSuite(setup: OpenBench): void {
  async function turn() {
    const bench = await setup();
    const { fence, claim, run } = await claimed(bench.store);
    const { runs, checkpoints } = bench.store;
    return {
      ...bench,
      fence,
      claim,
      end: (end: TurnEnd, nowMs = NOW) => runs.endTurn({ claim, end, settlement: NOTHING, nowMs }),
      checkpoint: () => checkpoints.read(JOB, 'shop-1'),
      share: async () => (await runs.partitions(run.id))[0],
      totals: async () => (await runs.get(run.id))!.totals,
    };
  }

  describe('a claim', () => {
    test('makes the checkpoint at version 0, without a cursor', async () => {
      const { checkpoint, fence, share } = await turn();
      expect(await checkpoint()).toEqual({
        job: JOB,
        partition: 'shop-1',
        cursor: null,
        bookmark: null,
        version: 0,
        fence,
        status: 'running',
        parkedUntilMs: null,
        reason: null,
        sinkState: null,
        updatedAtMs: NOW,
      });
      expect(await share()).toMatchObject({ state: 'running', pages: 0 });
    });

    test('of a partition that has its turn is refused', async () => {
      const { store, claim } = await turn();
      await expect(store.runs.claim(claim, NOW)).rejects.toThrow('can be claimed only when it waits');
    });

    test('of a partition that another run of the job works on is refused', async () => {
      const { store, claim, fence } = await turn();
      const other = await store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'manual', fence });
      await store.runs.start({ runId: other!.id, partitions: [{ key: 'shop-1', scope: {} }], fence, nowMs: NOW });
      await expect(store.runs.claim({ ...claim, runId: other!.id }, NOW)).rejects.toThrow('has a turn already');
    });

    test('of a parked partition is refused before its instant, and a resume from then on', async () => {
      const { store, claim, end, checkpoint, totals } = await turn();
      await commitPages(store, claim, { from: 0, count: 2 });
      await end({ kind: 'park', untilMs: NOW + DAY, reason: 'daily quota spent' });
      await expect(store.runs.claim(claim, NOW + DAY - 1)).rejects.toThrow('parked and due');
      expect(await checkpoint()).toMatchObject({ status: 'parked' });
      const resumed = await store.runs.claim(claim, NOW + DAY);
      expect(resumed).toMatchObject({ cursor: cursorOf(2), status: 'running', parkedUntilMs: null, reason: null });
      expect(await totals()).toMatchObject({ parks: 1, resumes: 1 });
    });

    test('of a done partition is refused', async () => {
      const { store, claim, end } = await turn();
      await end({ kind: 'complete' });
      await expect(store.runs.claim(claim, NOW)).rejects.toThrow('can be claimed only');
    });
  });

  describe('a page', () => {
    test('moves cursor, version, sink state, counters, ledger and call log together', async () => {
      const { store, fence, claim, checkpoint, share } = await turn();
      const drawn = await reserved(store, fence, blockOn('app-day'), blockOn('user-day', { user: 'shop-1' }));
      const unsent = await reserved(store, fence, blockOn('app-day'));
      const version = await store.runs.commitPage({
        claim,
        version: 0,
        cursor: cursorOf(1),
        recordCount: 2,
        write: { upsert: { table: 'orders', rows: [{ key: 'o1', data: '{"oid":"o1"}' }] }, state: '{"bytes":12}' },
        settlement: {
          used: asSpent(drawn),
          unsent,
          attempts: [attemptOf({ outcome: 'pause', attempt: 1 }), attemptOf({ attempt: 2 })],
        },
        nowMs: NOW + 5,
      });
      expect(version).toBe(1);
      const expected = {
        cursor: cursorOf(1),
        bookmark: null,
        version: 1,
        sinkState: '{"bytes":12}',
        updatedAtMs: NOW + 5,
      };
      expect(await checkpoint()).toMatchObject(expected);
      expect(await share()).toMatchObject({ pages: 1, records: 2, attempts: 2 });
      expect(await store.records.keys('orders')).toEqual(['o1']);
      expect((await store.ledger.usage(NOW)).map((row) => [row.budget, row.used, row.reserved])).toEqual([
        ['app-day', 1, 0],
        ['user-day', 1, 0],
      ]);
      expect(await store.calls({ limit: 9 })).toHaveLength(2);
    });

    test('that cannot be kept whole leaves nothing', async () => {
      const { store, fence, claim, checkpoint, share } = await turn();
      const used = asSpent(await reserved(store, fence, blockOn('app-day')));
      const before = await checkpoint();
      const commit = store.runs.commitPage({
        claim,
        version: 0,
        cursor: cursorOf(1),
        recordCount: 2,
        write: {
          upsert: {
            table: 'orders',
            rows: [
              { key: 'o1', data: '{}' },
              { key: 'o2', data: 'no JSON' },
            ],
          },
          state: 'x',
        },
        settlement: { used, unsent: [], attempts: [attemptOf()] },
        nowMs: NOW + 5,
      });
      expect(await codeOf(commit)).toBe('STORE_FAILED');
      expect(await checkpoint()).toEqual(before);
      expect(await share()).toMatchObject({ pages: 0, records: 0, attempts: 0 });
      expect(await store.records.tables()).toEqual([]);
      expect(await store.checkpoints.history(JOB, 'shop-1')).toEqual([]);
      expect(await store.ledger.usage(NOW)).toMatchObject([{ used: 0, reserved: 1 }]);
      expect(await store.calls({ limit: 9 })).toEqual([]);
    });

    test('built on another version is a conflict, and leaves nothing', async () => {
      const { store, claim, checkpoint } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      const before = await checkpoint();
      const write = { upsert: { table: 'orders', rows: [{ key: 'o1', data: '{}' }] }, state: null };
      const late = { claim, version: 0, cursor: cursorOf(9), recordCount: 1, write, settlement: NOTHING, nowMs: NOW };
      expect(await codeOf(store.runs.commitPage(late))).toBe('CHECKPOINT_CONFLICT');
      expect(await checkpoint()).toEqual(before);
      expect(await store.records.count('orders')).toBe(0);
    });

    test('after the end of the turn is refused', async () => {
      const { store, claim, end } = await turn();
      await end({ kind: 'interrupt' });
      await expect(commitPages(store, claim, { from: 0, count: 1 })).rejects.toThrow('outside of its turn');
    });

    test('cannot settle what was not reserved', async () => {
      const { store, fence, claim, checkpoint } = await turn();
      const used = asSpent(await reserved(store, fence, blockOn('app-day')));
      const page = { claim, cursor: '{}', recordCount: 0, write: NO_WRITE, nowMs: NOW };
      await store.runs.commitPage({ ...page, version: 0, settlement: { ...NOTHING, used } });
      const twice = store.runs.commitPage({ ...page, version: 1, settlement: { ...NOTHING, used } });
      await expect(twice).rejects.toThrow('settled without a reservation');
      expect(await checkpoint()).toMatchObject({ version: 1 });
    });
  });

  describe('the history', () => {
    test('names every change, newest first', async () => {
      const { store, claim, end } = await turn();
      await commitPages(store, claim, { from: 0, count: 2 });
      await end({ kind: 'complete' }, NOW + 7);
      expect(await store.checkpoints.history(JOB, 'shop-1')).toEqual([
        { version: 3, cursor: cursorOf(2), bookmark: cursorOf(2), change: 'complete', atMs: NOW + 7 },
        { version: 2, cursor: cursorOf(2), bookmark: null, change: 'page', atMs: NOW },
        { version: 1, cursor: cursorOf(1), bookmark: null, change: 'page', atMs: NOW },
      ]);
    });

    test('keeps the last versions only', async () => {
      const { store, claim } = await turn();
      const last = await commitPages(store, claim, { from: 0, count: HISTORY_VERSIONS_MAX + 5 });
      const versions = (await store.checkpoints.history(JOB, 'shop-1')).map((row) => row.version);
      expect(versions).toHaveLength(HISTORY_VERSIONS_MAX);
      expect(versions[0]).toBe(last);
    });

    test('can be undone as far as it goes, and no further', async () => {
      const { store, claim, end } = await turn();
      const last = await commitPages(store, claim, { from: 0, count: HISTORY_VERSIONS_MAX + 5 });
      await end({ kind: 'interrupt' });
      const undo = () => store.checkpoints.undo({ job: JOB, partition: 'shop-1', nowMs: NOW });
      expect(await undo()).toMatchObject({ version: last + 1, cursor: cursorOf(last - 1) });
      // Each takes a place in the history, and looks back from one further.
      let undone = 1;
      while (await undo()) undone += 1;
      expect(undone).toBe(HISTORY_VERSIONS_MAX / 2);
    });
  });

  describe('the end of a turn', () => {
    test('that is complete makes the cursor the bookmark', async () => {
      const { store, claim, end, checkpoint, share } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      await end({ kind: 'complete' });
      expect(await checkpoint()).toMatchObject({
        cursor: cursorOf(1),
        bookmark: cursorOf(1),
        version: 2,
        status: 'idle',
      });
      expect(await share()).toMatchObject({ state: 'done' });
    });

    test('that is complete without a page leaves no version', async () => {
      const { end, checkpoint, store } = await turn();
      await end({ kind: 'complete' });
      expect(await checkpoint()).toMatchObject({ version: 0, status: 'idle', bookmark: null });
      expect(await store.checkpoints.history(JOB, 'shop-1')).toEqual([]);
    });

    test('by a park puts partition and checkpoint down until the instant', async () => {
      const { end, checkpoint, share, totals } = await turn();
      await end({ kind: 'park', untilMs: NOW + HOUR, reason: 'daily quota spent' });
      const parked = { parkedUntilMs: NOW + HOUR, reason: 'daily quota spent' };
      expect(await checkpoint()).toMatchObject({ ...parked, status: 'parked', version: 0 });
      expect(await share()).toMatchObject({ ...parked, state: 'parked' });
      expect(await totals()).toMatchObject({ parks: 1, resumes: 0, partitionsParked: 1 });
    });

    test('by a failure keeps cursor and bookmark where they were', async () => {
      const { store, claim, end, checkpoint, share } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      await end({ kind: 'fail', reason: 'signature refused' });
      const expected = {
        cursor: cursorOf(1),
        bookmark: null,
        version: 1,
        status: 'failed',
        reason: 'signature refused',
      };
      expect(await checkpoint()).toMatchObject(expected);
      expect(await share()).toMatchObject({ state: 'failed', reason: 'signature refused' });
    });

    test('by an interruption lets the partition wait for its next turn', async () => {
      const { store, claim, end, checkpoint, share, totals } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      await end({ kind: 'interrupt' });
      expect(await checkpoint()).toMatchObject({ cursor: cursorOf(1), version: 1, status: 'idle' });
      expect(await share()).toMatchObject({ state: 'waiting' });
      await store.runs.claim(claim, NOW);
      expect(await totals()).toMatchObject({ resumes: 0 });
    });

    test('by a rewind goes back to the bookmark, as a new version', async () => {
      const { store, claim, end, checkpoint, share, fence } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      await end({ kind: 'complete' });
      const next = await store.runs.open({ job: JOB, slotAtMs: NOW + DAY, kind: 'schedule', fence });
      await store.runs.start({ runId: next!.id, partitions: [{ key: 'shop-1', scope: {} }], fence, nowMs: NOW + DAY });
      const second = { ...claim, runId: next!.id };
      await store.runs.claim(second, NOW + DAY);
      await commitPages(store, second, { from: 2, count: 2 });
      const rewind = { kind: 'rewind', reason: 'page token expired' } as const;
      await store.runs.endTurn({ claim: second, end: rewind, settlement: NOTHING, nowMs: NOW + DAY });
      expect(await checkpoint()).toMatchObject({
        cursor: cursorOf(1),
        bookmark: cursorOf(1),
        version: 5,
        status: 'idle',
      });
      expect((await store.checkpoints.history(JOB, 'shop-1'))[0]).toMatchObject({ change: 'rewind', version: 5 });
      expect(await store.runs.partitions(next!.id)).toMatchObject([{ state: 'waiting', reason: 'page token expired' }]);
      expect(await share()).toMatchObject({ state: 'done' });
    });

    test('by a rewind without a bookmark starts over', async () => {
      const { store, claim, end, checkpoint } = await turn();
      await commitPages(store, claim, { from: 0, count: 1 });
      await end({ kind: 'rewind', reason: 'page token expired' });
      expect(await checkpoint()).toMatchObject({ cursor: null, bookmark: null, version: 2 });
    });

    test('settles what was drawn since the last page', async () => {
      const { store, fence, claim, share } = await turn();
      const used = asSpent(await reserved(store, fence, blockOn('app-day')));
      const settlement = {
        used,
        unsent: [],
        attempts: [attemptOf({ outcome: 'park', code: '1016', reason: 'quota' })],
      };
      const end = { kind: 'park', untilMs: NOW + DAY, reason: 'quota' } as const;
      await store.runs.endTurn({ claim, end, settlement, nowMs: NOW });
      expect(await share()).toMatchObject({ pages: 0, attempts: 1 });
      expect(await store.ledger.usage(NOW)).toMatchObject([{ used: 1, reserved: 0 }]);
      expect(await store.calls({ limit: 9 })).toMatchObject([{ outcome: 'park', code: '1016' }]);
    });

    test('comes once', async () => {
      const { end, share } = await turn();
      await end({ kind: 'complete' });
      await expect(end({ kind: 'fail', reason: 'late' })).rejects.toThrow('outside of its turn');
      expect(await share()).toMatchObject({ state: 'done' });
    });
  });
}
