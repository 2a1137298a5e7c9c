import type { Hold } from '../../src/limit/hold';
import type { Store } from '../../src/store/open';
import { openBench } from './setup';
import { LEARNED } from './suite/learned';
import {
  asSpent,
  attemptOf,
  blockOn,
  claimed,
  DAY,
  HOUR,
  JOB,
  NOTHING,
  NOW,
  reserved,
  startRun,
  takeLease,
  usageOf,
} from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup(): Promise<Store> {
  const bench = await openBench();
  cleanups.push(bench.remove);
  return bench.store;
}

async function forked(store: Store, nowMs = NOW): Promise<Store> {
  const fork = await store.fork(nowMs);
  cleanups.push(() => fork.close());
  return fork;
}

describe('a fork of the store', () => {
  test('has what windows that are open have used, and each job of it', async () => {
    const store = await setup();
    const { fence, claim } = await claimed(store);
    const drawn = await reserved(store, fence, blockOn('today', { needed: 4 }), blockOn('before', { day: -1 }));
    await store.runs.endTurn({
      claim,
      end: { kind: 'park', untilMs: NOW + DAY, reason: 'spent' },
      settlement: { ...NOTHING, used: asSpent(drawn) },
      nowMs: NOW,
    });
    const fork = await forked(store, NOW + HOUR);
    expect(await usageOf(fork, 'today')).toEqual(await usageOf(store, 'today'));
    expect((await usageOf(fork, 'today'))?.used).toBe(4);
    expect(await fork.ledger.usage(NOW - HOUR)).toEqual([]);
  });

  test('has the runs that have not ended, with their partitions as they are', async () => {
    const store = await setup();
    const { fence, run, claim } = await claimed(store);
    const end = { kind: 'park', untilMs: NOW + DAY, reason: 'spent' } as const;
    await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
    await store.runs.settle({ runId: run.id, fence, nowMs: NOW });
    const fork = await forked(store);
    expect(await fork.runs.get(run.id)).toEqual(await store.runs.get(run.id));
    expect(await fork.runs.get(run.id)).toMatchObject({ state: 'parked', resumesAtMs: NOW + DAY });
    expect(await fork.runs.partitions(run.id)).toEqual(await store.runs.partitions(run.id));
  });

  test('has no run that has ended, and neither checkpoints nor the call log', async () => {
    const store = await setup();
    const { fence, run, claim } = await claimed(store);
    const settlement = { ...NOTHING, attempts: [attemptOf()] };
    await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement, nowMs: NOW });
    await store.runs.settle({ runId: run.id, fence, nowMs: NOW });
    const fork = await forked(store);
    expect(await store.runs.list({ limit: 9 })).toHaveLength(1);
    expect(await fork.runs.list({ limit: 9 })).toEqual([]);
    expect(await fork.checkpoints.list()).toEqual([]);
    expect(await fork.calls({ limit: 9 })).toEqual([]);
  });

  test('has holds and skips that still matter, what was learned, and the pauses of operators', async () => {
    const store = await setup();
    const fence = await takeLease(store);
    const hold: Hold = { platform: 'yida', scope: {}, untilMs: NOW + HOUR, code: '1', reason: 'spent', sinceMs: NOW };
    const pause = { kind: 'job', name: JOB, reason: 'audit', by: 'ann', sinceMs: NOW, untilMs: null } as const;
    const skip = { job: JOB, reason: 'holiday', by: 'ann', askedAtMs: NOW };
    await store.holds.put(hold, fence);
    await store.holds.put({ ...hold, platform: 'old', untilMs: NOW - 1 }, fence);
    await store.learned.put([LEARNED], fence);
    await store.operatorPauses.put([pause]);
    await store.skipsAhead.put([NOW - HOUR, NOW + HOUR].map((slotAtMs) => ({ ...skip, slotAtMs })));
    const fork = await forked(store);
    expect(await fork.holds.list(0)).toEqual([hold]);
    expect(await fork.learned.list()).toEqual([LEARNED]);
    expect(await fork.operatorPauses.list(NOW)).toEqual([pause]);
    expect(await fork.skipsAhead.list(0)).toEqual([{ ...skip, slotAtMs: NOW + HOUR }]);
  });

  test('is its own: the lease is free, and what is done in it stays in it', async () => {
    const store = await setup();
    await takeLease(store);
    const fork = await forked(store);
    await startRun(fork, await takeLease(fork));
    expect(await fork.runs.list({ limit: 9 })).toHaveLength(1);
    expect(await store.runs.list({ limit: 9 })).toEqual([]);
  });
});
