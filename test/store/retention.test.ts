import { LEDGER_KEPT_MS } from '../../src/store/ledger';
import { ENDED_RUNS_MAX } from '../../src/store/run';
import { openBench } from './setup';
import { attemptOf, claimed, DAY, drawOn, JOB, NOTHING, NOW, takeLease } from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function setup(options: Parameters<typeof openBench>[0] = {}) {
  const bench = await openBench(options);
  cleanups.push(bench.remove);
  return bench;
}

test('the call log keeps its newest rows', async () => {
  const { store } = await setup({ callLogRowsMax: 5 });
  const { claim } = await claimed(store);
  for (const version of [0, 1, 2]) {
    const attempts = ['a', 'b', 'c'].map((api) => attemptOf({ api: `${api}${version}` }));
    const page = { claim, version, cursor: '{}', recordCount: 0, write: { upsert: null, state: null }, nowMs: NOW };
    await store.runs.commitPage({ ...page, settlement: { ...NOTHING, attempts } });
  }
  expect((await store.calls({ limit: 99 })).map((call) => call.api)).toEqual(['c2', 'b2', 'a2', 'c1', 'b1']);
});

test('windows of the ledger go when they ended long ago, a few with each new one', async () => {
  const { store } = await setup();
  const fence = await takeLease(store);
  const lastDay = LEDGER_KEPT_MS / DAY;
  for (let day = 0; day <= lastDay + 3; day++) {
    const draws = [drawOn('app-day', { day })];
    await store.ledger.reserve({ platform: 'kuaishou', draws, fence, nowMs: NOW + day * DAY });
  }
  const openOn = async (day: number) => (await store.ledger.usage(NOW + day * DAY)).length;
  expect(await Promise.all([0, 1, 2, 3].map(openOn))).toEqual([0, 0, 1, 1]);
});

test('the oldest ended runs of a job go, and the rest stays', async () => {
  const { store } = await setup();
  const fence = await takeLease(store);
  const parked = await store.runs.open({ job: JOB, slotAtMs: 0, kind: 'schedule', fence });
  for (let slotAtMs = 1; slotAtMs <= ENDED_RUNS_MAX + 5; slotAtMs++) {
    const run = await store.runs.open({ job: JOB, slotAtMs, kind: 'schedule', fence });
    await store.runs.settle({ runId: run!.id, fence, nowMs: NOW });
  }
  const kept = await store.runs.list({ job: JOB, limit: 2 * ENDED_RUNS_MAX });
  expect(kept).toHaveLength(ENDED_RUNS_MAX + 2); // the last one ended after the last pruning; one has not ended
  expect(kept.at(-1)).toEqual(parked);
  expect(kept.at(-2)!.slotAtMs).toBe(5);
});
