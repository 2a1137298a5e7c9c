import type { BackfillRequest } from '../../../src/job/backfill';
import { type Claim, checkpointName, type Run } from '../../../src/job/run';
import type { Store } from '../../../src/store/open';
import { commitPages, DAY, HOUR, JOB, NOTHING, NOW, type OpenBench, takeLease } from './setup';

const ASKED: BackfillRequest = {
  job: JOB,
  fromMs: NOW - 3 * DAY,
  toMs: NOW - HOUR,
  stepMs: DAY,
  order: 'old',
  callsMax: 50,
  by: 'ann',
  askedAtMs: NOW,
};

export function backfillSuite(setup: OpenBench): void {
  describe('a backfill', () => {
    const asked = async (changes: Partial<BackfillRequest> = {}) => {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      const backfill = await store.backfills.ask({ ...ASKED, ...changes });
      const advance = (nowMs = NOW) => store.backfills.advance({ jobs: [JOB], fence, nowMs });
      await advance();
      return { store, another, fence, backfill, advance };
    };

    test('is seen by every process without the lease', async () => {
      const { store, another } = await setup();
      const backfill = await store.backfills.ask(ASKED);
      expect(backfill).toEqual({
        ...ASKED,
        id: backfill.id,
        state: 'active',
        chunksDone: 0,
        runId: null,
        reason: null,
        endedAtMs: null,
      });
      const { backfills } = await another();
      expect(await backfills.list({ limit: 9 })).toEqual([backfill]);
      expect(await backfills.list({ states: ['done'], limit: 9 })).toEqual([]);
    });

    test.each([
      ['old', [-3, -2, -1]],
      ['new', [-1, -2, -3]],
    ] as const)('with the %s end first opens one chunk after the other', async (order, days) => {
      const { store, fence, advance } = await asked({ order });
      for (const day of days) {
        const run = await present(store);
        const fromMs = NOW + day * DAY;
        expect(run.past).toEqual({ fromMs, toMs: Math.min(fromMs + DAY, NOW - HOUR), callsMax: 50 });
        await advance();
        expect((await present(store)).id).toBe(run.id);
        await take(store, fence, { run, kind: 'complete' });
        await advance(NOW + 1);
      }
      const [done] = await store.backfills.list({ limit: 1 });
      expect(done).toMatchObject({ state: 'done', chunksDone: 3, endedAtMs: NOW + 1 });
      expect((await store.runs.list({ kinds: ['backfill'], limit: 9 })).length).toBe(3);
    });

    test('waits for the one before it, and may be of the same span', async () => {
      const { store, fence, advance } = await asked({ stepMs: 4 * DAY });
      await store.backfills.ask({ ...ASKED, stepMs: 4 * DAY });
      await advance();
      expect(await store.runs.list({ limit: 9 })).toHaveLength(1);
      await take(store, fence, { run: await present(store), kind: 'complete' });
      await advance();
      expect(await store.runs.list({ limit: 9 })).toHaveLength(2);
      expect((await store.backfills.list({ limit: 9 })).map(({ state }) => state)).toEqual(['active', 'done']);
    });

    test('of a job that the project does not have waits, and holds nobody up', async () => {
      const { store, fence } = await asked();
      await store.backfills.ask({ ...ASKED, job: 'forms' });
      await store.backfills.advance({ jobs: ['forms'], fence, nowMs: NOW });
      expect((await store.runs.list({ limit: 9 })).map(({ job }) => job).sort()).toEqual(['forms', JOB]);
    });

    test('stands beside the runs of its job: it is none of those that are not over', async () => {
      const { store, fence } = await asked();
      await store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'schedule', fence });
      expect((await store.runs.due(NOW)).map(({ kind }) => kind)).toEqual(['schedule', 'backfill']);
      expect(await store.runs.unfinished(JOB)).toMatchObject({ kind: 'schedule' });
      expect(await store.runs.allUnfinished([JOB])).toHaveLength(1);
    });

    test('has a checkpoint of its own, beside the live one, until the partition is complete', async () => {
      const { store, fence } = await asked();
      const live = await liveCheckpoint(store);
      const run = await present(store);
      const claim = await begin(store, fence, run);
      await commitPages(store, claim, { from: 0, count: 2 });
      const own = await store.checkpoints.read(JOB, checkpointName(run, 'shop-1'));
      expect(own).toMatchObject({ cursor: '{"page":2}', status: 'running' });
      await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs: NOW });
      expect(await store.checkpoints.list()).toEqual([live]);
    });

    test('that is parked can be unparked by its partition', async () => {
      const { store, fence } = await asked();
      const run = await present(store);
      await take(store, fence, { run, kind: 'park' });
      const about = { jobs: { kuaishou: [JOB] }, nowMs: NOW };
      expect(await store.orders.unpark({ partition: 'shop-1' }, about)).toMatchObject({ partitions: 1 });
      expect(await store.checkpoints.read(JOB, checkpointName(run, 'shop-1'))).toMatchObject({ parkedUntilMs: NOW });
    });

    test('whose chunk failed stops, and goes on in the same run at the same page when it is retried', async () => {
      const { store, fence, backfill, advance } = await asked();
      const run = await present(store);
      await take(store, fence, { run, kind: 'fail' });
      await advance();
      const failed = { state: 'failed', reason: `run ${run.id} failed: shop-1: broken`, chunksDone: 0 };
      expect(await store.backfills.list({ limit: 1 })).toMatchObject([failed]);
      expect(await store.backfills.retry(backfill.id, NOW)).toMatchObject({
        state: 'active',
        reason: null,
        endedAtMs: null,
      });
      expect(await store.backfills.retry(backfill.id, NOW)).toBeNull();
      await advance();
      expect(await present(store)).toMatchObject({ id: run.id, state: 'queued' });
      const own = await store.runs.claim(claimOf(run, fence), NOW);
      expect(own).toMatchObject({ cursor: '{"page":1}' });
    });

    test('that is canceled while it rests leaves nothing but its records', async () => {
      const { store, fence, backfill, advance } = await asked();
      await take(store, fence, { run: await present(store), kind: 'park' });
      const canceled = await store.backfills.cancel(backfill.id, { by: 'bob', nowMs: NOW });
      expect(canceled).toMatchObject({ state: 'canceled', reason: 'canceled by bob' });
      expect(await store.backfills.cancel(backfill.id, { by: 'bob', nowMs: NOW })).toBeNull();
      expect(await store.runs.list({ limit: 9 })).toMatchObject([{ state: 'canceled', reason: 'canceled by bob' }]);
      expect(await store.checkpoints.list()).toEqual([]);
      await advance();
      expect(await store.runs.due(NOW + DAY)).toEqual([]);
    });

    test('that is canceled under way may commit until its turn ends, or its process does', async () => {
      for (const end of ['turn', 'process'] as const) {
        const { store, fence, backfill } = await asked();
        const claim = await begin(store, fence, await present(store));
        await store.backfills.cancel(backfill.id, { by: 'bob', nowMs: NOW });
        await commitPages(store, claim, { from: 0, count: 1 });
        expect(await store.checkpoints.list()).toHaveLength(1);
        if (end === 'process') await store.runs.recover(fence, NOW);
        else await store.runs.endTurn({ claim, end: { kind: 'interrupt' }, settlement: NOTHING, nowMs: NOW });
        expect(await store.checkpoints.list()).toEqual([]);
      }
    });
  });
}

async function present(store: Store): Promise<Run> {
  const active = await store.backfills.list({ states: ['active'], limit: 9 });
  const run = await store.runs.get(active.find(({ runId }) => runId !== null)?.runId ?? 0);
  if (!run) throw new Error('no chunk is open');
  return run;
}

function claimOf(run: Run, fence: number): Claim {
  return { runId: run.id, job: JOB, partition: 'shop-1', checkpoint: checkpointName(run, 'shop-1'), fence };
}

async function begin(store: Store, fence: number, run: Run): Promise<Claim> {
  const claim = claimOf(run, fence);
  await store.runs.start({ runId: run.id, partitions: [{ key: 'shop-1', scope: {} }], fence, nowMs: NOW });
  await store.runs.claim(claim, NOW);
  return claim;
}

interface Taken {
  readonly run: Run;
  readonly kind: 'complete' | 'park' | 'fail';
}

/** One page, and an end. */
async function take(store: Store, fence: number, { run, kind }: Taken): Promise<void> {
  const claim = await begin(store, fence, run);
  await commitPages(store, claim, { from: 0, count: 1 });
  const end = kind === 'complete' ? { kind } : { kind, untilMs: NOW + DAY, reason: 'broken' };
  await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
  await store.runs.settle({ runId: run.id, fence, nowMs: NOW });
}

async function liveCheckpoint(store: Store) {
  const edit = { job: JOB, partition: 'shop-1', version: 0, cursor: '{"page":9}', change: 'set' as const, nowMs: NOW };
  return store.checkpoints.edit(edit);
}
