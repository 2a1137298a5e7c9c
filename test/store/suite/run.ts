import { REASON_CHARS_MAX } from '../../../src/job/attempt';
import { LEASE_TTL_MS } from '../../../src/job/lease';
import type { TurnEnd } from '../../../src/job/run';
import type { Store } from '../../../src/store/open';
import { blockOn, DAY, HOUR, JOB, NOTHING, NOW, type OpenBench, reserved, startRun, takeLease } from './setup';

/** Gives a partition one turn that ends so. */
async function turn(
  store: Store,
  at: { runId: number; partition: string; fence: number },
  end: TurnEnd,
): Promise<void> {
  const claim = { ...at, job: JOB };
  await store.runs.claim(claim, NOW);
  await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
}

const DONE: TurnEnd = { kind: 'complete' };
const FAILED: TurnEnd = { kind: 'fail', reason: 'refused' };
const STOPPED: TurnEnd = { kind: 'interrupt' };
const parkedUntil = (untilMs: number): TurnEnd => ({ kind: 'park', untilMs, reason: 'spent' });

export function runSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    return { ...bench, fence: await takeLease(bench.store) };
  }

  /** A run whose partitions had one turn each, settled. */
  async function settled(...ends: TurnEnd[]) {
    const bench = await held();
    const { store, fence } = bench;
    const keys = ends.map((_, at) => `shop-${at + 1}`);
    const { id: runId } = await startRun(store, fence, keys);
    for (const [at, end] of ends.entries()) await turn(store, { runId, partition: keys[at]!, fence }, end);
    return { ...bench, run: await store.runs.settle({ runId, fence, nowMs: NOW + HOUR }) };
  }

  describe('a slot', () => {
    test('gets its run once', async () => {
      const { store, fence } = await held();
      const slot = { job: JOB, slotAtMs: NOW, kind: 'schedule', fence } as const;
      const run = await store.runs.open(slot);
      expect(run).toMatchObject({
        job: JOB,
        slotAtMs: NOW,
        kind: 'schedule',
        state: 'queued',
        startedAtMs: null,
        endedAtMs: null,
      });
      expect(await store.runs.open(slot)).toBeNull();
      expect(await store.runs.list({ limit: 9 })).toEqual([run]);
    });

    test('of another kind, instant or job gets a run of its own', async () => {
      const { store, fence } = await held();
      const slot = { job: JOB, slotAtMs: NOW, kind: 'schedule', fence } as const;
      await store.runs.open(slot);
      expect(await store.runs.open({ ...slot, kind: 'manual' })).not.toBeNull();
      expect(await store.runs.open({ ...slot, slotAtMs: NOW + 1 })).not.toBeNull();
      expect(await store.runs.open({ ...slot, job: 'other' })).not.toBeNull();
    });
  });

  describe('a start', () => {
    test('notes the instant and the partitions, in their order', async () => {
      const { store, fence } = await held();
      const run = await startRun(store, fence, ['b', 'a']);
      expect(run).toMatchObject({ state: 'running', startedAtMs: NOW, totals: { partitions: 2, partitionsDone: 0 } });
      expect(await store.runs.partitions(run.id)).toEqual(
        ['b', 'a'].map((key, position) => ({
          runId: run.id,
          job: JOB,
          partition: { key, scope: { user: key } },
          checkpoint: key,
          position,
          state: 'waiting',
          pages: 0,
          records: 0,
          attempts: 0,
          parkedUntilMs: null,
          reason: null,
        })),
      );
    });

    test('after a park keeps the first instant and the first partitions', async () => {
      const { store, fence, run } = await settled(parkedUntil(NOW + DAY));
      const partitions = [{ key: 'new', scope: {} }];
      const again = await store.runs.start({ runId: run.id, partitions, fence, nowMs: NOW + DAY });
      expect(again).toMatchObject({ state: 'running', startedAtMs: NOW, totals: { partitions: 1 } });
      expect((await store.runs.partitions(run.id)).map((row) => row.partition.key)).toEqual(['shop-1']);
    });

    test('of a run that has ended is refused', async () => {
      const { store, fence, run } = await settled(DONE);
      await expect(store.runs.start({ runId: run.id, partitions: [], fence, nowMs: NOW })).rejects.toThrow(
        'it has ended',
      );
    });
  });

  describe('a settled run', () => {
    test('is done when every partition is', async () => {
      const { run } = await settled(DONE, DONE);
      expect(run).toMatchObject({
        state: 'done',
        endedAtMs: NOW + HOUR,
        resumesAtMs: null,
        totals: { partitionsDone: 2 },
      });
    });

    test('is done when it has no partition', async () => {
      const { run } = await settled();
      expect(run).toMatchObject({ state: 'done', totals: { partitions: 0, pages: 0 } });
    });

    test('is failed when every partition has ended and one of them failed', async () => {
      const { run } = await settled(DONE, FAILED, DONE);
      expect(run).toMatchObject({
        state: 'failed',
        endedAtMs: NOW + HOUR,
        totals: { partitionsDone: 2, partitionsFailed: 1 },
      });
    });

    test('is parked while a partition is, whatever failed, until the first may go on', async () => {
      const { run } = await settled(parkedUntil(NOW + DAY), FAILED, parkedUntil(NOW + HOUR), DONE);
      expect(run).toMatchObject({ state: 'parked', endedAtMs: null, resumesAtMs: NOW + HOUR, totals: { parks: 2 } });
    });

    test('is queued while a partition can go on now', async () => {
      const { run } = await settled(STOPPED, parkedUntil(NOW + DAY), FAILED);
      expect(run).toMatchObject({ state: 'queued', endedAtMs: null, resumesAtMs: NOW + DAY });
    });

    test('stays ended when it is settled again', async () => {
      const { store, fence, run } = await settled(DONE);
      expect(await store.runs.settle({ runId: run.id, fence, nowMs: NOW + DAY })).toEqual(run);
    });
  });

  describe('what is due', () => {
    test('is queued, or parked with a partition whose instant has come', async () => {
      const { store, run } = await settled(parkedUntil(NOW + DAY), parkedUntil(NOW + 2 * DAY));
      expect(await store.runs.due(NOW + DAY - 1)).toEqual([]);
      expect(await store.runs.due(NOW + DAY)).toEqual([run]);
    });

    test('comes in the order of the slots', async () => {
      const { store, fence } = await held();
      for (const slotAtMs of [NOW + 2, NOW, NOW + 1])
        await store.runs.open({ job: `job-${slotAtMs}`, slotAtMs, kind: 'schedule', fence });
      expect((await store.runs.due(NOW)).map((run) => run.slotAtMs)).toEqual([NOW, NOW + 1, NOW + 2]);
    });

    test('is one run of each job, the one under way or parked, else the oldest; and beside it a backfill', async () => {
      const { store, fence, run } = await settled(parkedUntil(NOW + DAY));
      for (const job of [JOB, 'other']) {
        await store.runs.open({ job, slotAtMs: NOW - HOUR, kind: 'manual', fence });
        await store.runs.open({ job, slotAtMs: NOW - DAY, kind: 'backfill', fence });
      }
      const due = async (nowMs: number) => (await store.runs.due(nowMs)).map(({ job, kind }) => [job, kind]);
      const backfills = [
        [JOB, 'backfill'],
        ['other', 'backfill'],
      ];
      expect(await due(NOW)).toEqual([['other', 'manual'], ...backfills]);
      expect(await due(NOW + DAY)).toEqual([['other', 'manual'], [JOB, 'schedule'], ...backfills]);
      expect(await store.runs.unfinished(JOB)).toEqual(run);
      const all = await store.runs.allUnfinished([JOB, 'nobody']);
      expect(all.map(({ kind, state }) => [kind, state])).toEqual([
        ['schedule', 'parked'],
        ['manual', 'queued'],
      ]);
    });

    test('is neither running nor ended', async () => {
      const { store, fence } = await settled(DONE);
      const other = await store.runs.open({ job: 'other', slotAtMs: NOW, kind: 'schedule', fence });
      await store.runs.start({ runId: other!.id, partitions: [], fence, nowMs: NOW });
      expect(await store.runs.due(NOW + DAY)).toEqual([]);
    });

    test('next is the earliest instant of the parked runs that is still to come', async () => {
      const { store } = await settled(parkedUntil(NOW + DAY), parkedUntil(NOW + HOUR));
      expect(await store.runs.nextDueMs(NOW)).toBe(NOW + HOUR);
      expect(await store.runs.nextDueMs(NOW + HOUR)).toBe(NOW + DAY);
      expect(await store.runs.nextDueMs(NOW + DAY)).toBeNull();
    });

    test('next is nothing when no run waits for an instant', async () => {
      const { store, fence } = await settled(DONE, FAILED);
      await store.runs.open({ job: JOB, slotAtMs: NOW + 1, kind: 'schedule', fence });
      expect(await store.runs.nextDueMs(NOW)).toBeNull();
    });
  });

  describe('the list of runs', () => {
    test('is newest first, limited, and can be of one job', async () => {
      const { store, fence } = await held();
      for (const [job, slotAtMs] of [
        ['a', 1],
        ['b', 3],
        ['a', 2],
      ] as const) {
        await store.runs.open({ job, slotAtMs, kind: 'schedule', fence });
      }
      const slots = async (filter: { job?: string; limit: number }) =>
        (await store.runs.list(filter)).map((run) => run.slotAtMs);
      expect(await slots({ limit: 9 })).toEqual([3, 2, 1]);
      expect(await slots({ limit: 2 })).toEqual([3, 2]);
      expect(await slots({ job: 'a', limit: 9 })).toEqual([2, 1]);
    });

    test('can be of some states', async () => {
      const { store, fence, run } = await settled(DONE);
      await store.runs.open({ job: JOB, slotAtMs: NOW + 1, kind: 'manual', fence });
      expect(await store.runs.list({ states: ['done', 'failed'], limit: 9 })).toEqual([run]);
      expect(await store.runs.list({ states: [], limit: 9 })).toEqual([]);
    });

    test('knows the unfinished run of a job', async () => {
      const { store, run } = await settled(parkedUntil(NOW + DAY));
      expect(await store.runs.unfinished(JOB)).toEqual(run);
      expect(await store.runs.unfinished('other')).toBeNull();
    });

    test('knows no unfinished run when all have ended', async () => {
      const { store } = await settled(DONE);
      expect(await store.runs.unfinished(JOB)).toBeNull();
      expect(await store.runs.get(99)).toBeNull();
    });
  });

  describe('a run that cannot start', () => {
    test('fails with its reason, cut to what is kept', async () => {
      const { store, fence } = await held();
      const run = await store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'schedule', fence });
      await store.runs.fail({ runId: run!.id, reason: 'x'.repeat(REASON_CHARS_MAX + 1), fence, nowMs: NOW + 1 });
      const failed = { state: 'failed', endedAtMs: NOW + 1, reason: 'x'.repeat(REASON_CHARS_MAX) };
      expect(await store.runs.get(run!.id)).toMatchObject(failed);
      expect(await store.runs.due(NOW + 1)).toEqual([]);
    });

    test('takes its parked partitions with it, which keep their cursors', async () => {
      const { store, fence, run } = await settled(DONE, parkedUntil(NOW + DAY));
      await store.runs.fail({ runId: run.id, reason: 'job file is gone', fence, nowMs: NOW + DAY });
      expect((await store.runs.partitions(run.id)).map((row) => [row.state, row.reason])).toEqual([
        ['done', null],
        ['failed', 'job file is gone'],
      ]);
      const parked = { status: 'failed', reason: 'job file is gone', parkedUntilMs: null, version: 0 };
      expect(await store.checkpoints.read(JOB, 'shop-2')).toMatchObject(parked);
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ status: 'idle' });
    });
  });

  describe('after a crash', () => {
    async function crashed() {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      const run = await startRun(store, fence, ['shop-1', 'shop-2', 'shop-3']);
      await store.runs.claim({ runId: run.id, job: JOB, partition: 'shop-1', fence }, NOW);
      await turn(store, { runId: run.id, partition: 'shop-2', fence }, parkedUntil(NOW + DAY));
      await reserved(store, fence, blockOn('app-day', { needed: 3 }));
      const successor = await another();
      const newFence = await takeLease(successor, NOW + LEASE_TTL_MS);
      await successor.runs.recover(newFence, NOW + LEASE_TTL_MS);
      return { store: successor, run, fence: newFence };
    }

    test('what was running waits again, and what was parked stays parked', async () => {
      const { store, run } = await crashed();
      expect(await store.runs.get(run.id)).toMatchObject({ state: 'queued' });
      expect((await store.runs.partitions(run.id)).map((row) => row.state)).toEqual(['waiting', 'parked', 'waiting']);
      expect(await store.checkpoints.list()).toMatchObject([{ status: 'idle' }, { status: 'parked' }]);
    });

    test('what was reserved counts as used', async () => {
      const { store } = await crashed();
      expect(await store.ledger.usage(NOW)).toMatchObject([{ used: 3, reserved: 0 }]);
    });

    test('the run goes on from its checkpoint', async () => {
      const { store, run, fence } = await crashed();
      expect(await store.runs.due(NOW)).toMatchObject([{ id: run.id }]);
      await store.runs.start({ runId: run.id, partitions: [], fence, nowMs: NOW + HOUR });
      const claim = { runId: run.id, job: JOB, partition: 'shop-1', fence };
      expect(await store.runs.claim(claim, NOW + HOUR)).toMatchObject({ status: 'running', fence });
      expect((await store.runs.get(run.id))!.totals.resumes).toBe(0);
    });

    test('a recovery with nothing to do changes nothing', async () => {
      const { store, fence, run } = await settled(DONE, parkedUntil(NOW + DAY));
      await store.runs.recover(fence, NOW + HOUR);
      expect(await store.runs.get(run.id)).toEqual(run);
    });
  });
}
