import type { Hold } from '../../../src/limit/hold';
import type { UnparkFilter } from '../../../src/limit/order';
import type { Store } from '../../../src/store/open';
import { LEARNED } from './learned';
import { codeOf, DAY, HOUR, JOB, NOTHING, NOW, type OpenBench, startRun, takeLease } from './setup';

const JOBS = { kuaishou: [JOB], yida: ['forms'] };

const holdOn = (scope: Hold['scope'], platform = 'kuaishou'): Hold => {
  return { platform, scope, untilMs: NOW + DAY, code: '1016', reason: 'daily quota spent', sinceMs: NOW };
};

/** Takes and parks these partitions of the run until tomorrow. */
async function park(store: Store, at: { runId: number; job: string; fence: number }, keys: readonly string[]) {
  for (const partition of keys) {
    const claim = { ...at, partition };
    await store.runs.claim(claim, NOW);
    const end = { kind: 'park', untilMs: NOW + DAY, reason: 'spent' } as const;
    await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
  }
  await store.runs.settle({ runId: at.runId, fence: at.fence, nowMs: NOW });
}

export function orderSuite(setup: OpenBench): void {
  /** A run of JOB with shop-1 and shop-2 parked, and one of forms, on another platform, with form-1. */
  async function parked(...holds: Hold[]) {
    const bench = await setup();
    const { store } = bench;
    const fence = await takeLease(store);
    const run = await startRun(store, fence, ['shop-1', 'shop-2']);
    await park(store, { runId: run.id, job: JOB, fence }, ['shop-1', 'shop-2']);
    const other = await store.runs.open({ job: 'forms', slotAtMs: NOW + 1, kind: 'manual', fence });
    const partitions = [{ key: 'form-1', scope: { org: 'o1' } }];
    await store.runs.start({ runId: other!.id, partitions, fence, nowMs: NOW });
    await park(store, { runId: other!.id, job: 'forms', fence }, ['form-1']);
    for (const hold of holds) await store.holds.put(hold, fence);
    return {
      ...bench,
      fence,
      run,
      unpark: (filter: UnparkFilter) => store.orders.unpark(filter, { jobs: JOBS, nowMs: NOW + HOUR }),
      /** The checkpoints that are due an hour from now. */
      due: async () => {
        const all = await store.checkpoints.list();
        return all.filter((each) => each.parkedUntilMs === NOW + HOUR).map((each) => each.partition);
      },
      onHold: async () => (await store.holds.list(NOW)).map((hold) => hold.scope),
    };
  }

  describe('to unpark', () => {
    test('makes parked partitions and their checkpoints due, and leaves them parked', async () => {
      const { store, unpark, run, fence } = await parked();
      expect(await store.runs.due(NOW + HOUR)).toEqual([]);
      expect(await unpark({ job: JOB })).toEqual({ holds: 0, partitions: 2 });
      const share = { state: 'parked', parkedUntilMs: NOW + HOUR, reason: 'spent' };
      expect(await store.runs.partitions(run.id)).toMatchObject([share, share]);
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({
        status: 'parked',
        parkedUntilMs: NOW + HOUR,
        updatedAtMs: NOW + HOUR,
      });
      expect(await store.runs.due(NOW + HOUR)).toMatchObject([{ id: run.id, state: 'parked' }]);
      expect(await store.runs.nextDueMs(NOW)).toBe(NOW + HOUR);
      const claim = { runId: run.id, job: JOB, partition: 'shop-1', fence };
      expect(await store.runs.claim(claim, NOW + HOUR)).toMatchObject({ status: 'running' });
      expect((await store.runs.get(run.id))?.totals).toMatchObject({ parks: 2, resumes: 1 });
    });

    test('can be done once more by whoever took it, and leaves no further order', async () => {
      const { store, unpark, run, fence, due, onHold } = await parked();
      await unpark({ job: JOB });
      const claim = { runId: run.id, job: JOB, partition: 'shop-1', fence };
      await store.runs.claim(claim, NOW + HOUR);
      const end = { kind: 'park', untilMs: NOW + DAY, reason: 'on hold in memory' } as const;
      await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW + HOUR });
      await store.holds.put(holdOn({ app: 'ks1' }), fence);
      const [order] = await store.orders.take(fence);
      const about = { jobs: JOBS, nowMs: NOW + HOUR };
      await store.orders.liftAgain(order!.filter, about, fence);
      await store.orders.makeDueAgain(order!.filter, about, fence);
      expect(await due()).toEqual(['shop-1', 'shop-2']);
      expect(await onHold()).toEqual([]);
      expect(await store.orders.take(fence)).toEqual([]);
      await store.holds.put(holdOn({ app: 'ks1' }), fence);
      expect(await codeOf(store.orders.liftAgain({}, about, fence - 1))).toBe('FENCED');
      expect(await codeOf(store.orders.makeDueAgain({}, { ...about, nowMs: NOW }, fence - 1))).toBe('FENCED');
    });

    test('with no filter means everything', async () => {
      const { unpark, due, onHold } = await parked(holdOn({ app: 'ks1' }), holdOn({ org: 'o1' }, 'yida'));
      expect(await unpark({})).toEqual({ holds: 2, partitions: 3 });
      expect(await due()).toEqual(['form-1', 'shop-1', 'shop-2']);
      expect(await onHold()).toEqual([]);
    });

    test('means the jobs and the holds of a platform', async () => {
      const { unpark, due, onHold } = await parked(
        holdOn({ app: 'ks1' }),
        holdOn({ org: 'o1' }),
        holdOn({ org: 'o1' }, 'yida'),
      );
      expect(await unpark({ platform: 'yida' })).toEqual({ holds: 1, partitions: 1 });
      expect(await due()).toEqual(['form-1']);
      expect(await onHold()).toEqual([{ app: 'ks1' }, { org: 'o1' }]);
    });

    test('means the partitions of a scope, and every hold that stops it', async () => {
      const other = { app: 'ks1', user: 'shop-2' };
      const { unpark, due, onHold } = await parked(
        holdOn({ app: 'ks1' }),
        holdOn({ app: 'ks1', user: 'shop-1' }),
        holdOn({ api: 'open.item.new', user: 'shop-1' }),
        holdOn(other),
      );
      expect(await unpark({ scope: { user: 'shop-1' } })).toEqual({ holds: 3, partitions: 1 });
      expect(await due()).toEqual(['shop-1']);
      expect(await onHold()).toEqual([other]);
    });

    test('takes the whole scope of a hold, with the names that the platform added', async () => {
      const { unpark, due } = await parked(holdOn({ app: 'ks1', user: 'shop-1' }));
      expect(await unpark({ scope: { app: 'ks1', user: 'shop-1' } })).toEqual({ holds: 1, partitions: 1 });
      expect(await unpark({ platform: 'kuaishou', scope: { app: 'ks1' } })).toEqual({ holds: 0, partitions: 1 });
      expect(await due()).toEqual(['shop-1', 'shop-2']);
    });

    test('means one partition of a job, and the holds of its platform that stop it', async () => {
      const other = { app: 'ks1', user: 'shop-1' };
      const { unpark, due, onHold } = await parked(
        holdOn(other),
        holdOn({ app: 'ks1', user: 'shop-2' }),
        holdOn({ org: 'o1' }, 'yida'),
      );
      expect(await unpark({ job: JOB, partition: 'shop-2' })).toEqual({ holds: 1, partitions: 1 });
      expect(await due()).toEqual(['shop-2']);
      expect(await onHold()).toEqual([other, { org: 'o1' }]);
    });

    test('means nothing when nothing fits', async () => {
      const { unpark, due, onHold } = await parked(holdOn({ app: 'ks1' }));
      const nothing = { holds: 0, partitions: 0 };
      expect(await unpark({ job: 'orders' })).toEqual(nothing);
      expect(await unpark({ platform: 'none' })).toEqual(nothing);
      expect(await unpark({ platform: 'yida', job: JOB })).toEqual(nothing);
      expect(await unpark({ partition: 'shop-9' })).toEqual(nothing);
      expect(await due()).toEqual([]);
      expect(await onHold()).toHaveLength(1);
    });

    test('a second time finds nothing left to do', async () => {
      const { unpark } = await parked(holdOn({ app: 'ks1' }));
      await unpark({});
      expect(await unpark({})).toEqual({ holds: 0, partitions: 0 });
    });

    test('leaves a run that has ended alone', async () => {
      const { store, unpark, run, fence } = await parked();
      await store.runs.fail({ runId: run.id, reason: 'gone', fence, nowMs: NOW });
      expect(await unpark({ job: JOB })).toEqual({ holds: 0, partitions: 0 });
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ status: 'failed' });
    });

    test('does not put off what is due already', async () => {
      const { store } = await parked();
      const late = { jobs: JOBS, nowMs: NOW + 2 * DAY };
      expect(await store.orders.unpark({}, late)).toMatchObject({ partitions: 0 });
      expect(await store.runs.nextDueMs(NOW)).toBe(NOW + DAY);
    });
  });

  describe('to forget', () => {
    test('deletes what was learned of the counters that are named, and says of how many', async () => {
      const { store } = await setup();
      const rows = [LEARNED, { ...LEARNED, scopeKey: 'app=ks2' }, { ...LEARNED, platform: 'yida' }];
      await store.learned.put(rows, await takeLease(store));
      expect(await store.orders.forget({ platform: 'kuaishou', scopeKey: 'app=ks2' }, NOW)).toBe(1);
      expect(await store.orders.forget({ platform: 'kuaishou', budget: 'none' }, NOW)).toBe(0);
      expect(await store.learned.list()).toEqual([rows[0], rows[2]]);
      expect(await store.orders.forget({}, NOW)).toBe(2);
    });
  });

  describe('an order', () => {
    test('reaches whoever holds the store, from a process that does not, once and in its turn', async () => {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      const operator = await another();
      const filter = { platform: 'kuaishou', scope: { user: 'shop-1' } };
      await operator.orders.unpark(filter, { jobs: JOBS, nowMs: NOW });
      await operator.orders.forget({ budget: 'api-qps' }, NOW);
      await operator.orders.unpark({}, { jobs: JOBS, nowMs: NOW });
      expect(await store.orders.take(fence)).toEqual([
        { kind: 'unpark', filter },
        { kind: 'forget', filter: { budget: 'api-qps' } },
        { kind: 'unpark', filter: {} },
      ]);
      expect(await store.orders.take(fence)).toEqual([]);
    });

    test('is taken by the holder of the lease only', async () => {
      const { store } = await setup();
      await store.orders.forget({}, NOW);
      expect(await codeOf(store.orders.take(1))).toBe('FENCED');
      expect(await store.orders.take(await takeLease(store))).toHaveLength(1);
    });
  });
}
