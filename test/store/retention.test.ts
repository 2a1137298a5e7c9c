import { Sqlite } from '../../src/store/driver';
import { LEDGER_KEPT_MS, SLICE_KEPT_MS } from '../../src/store/ledger';
import { ORDERS_MAX } from '../../src/store/order';
import { ENDED_RUNS_MAX } from '../../src/store/run';
import { openBench } from './setup';
import { asSpent, attemptOf, blockOn, claimed, DAY, HOUR, JOB, NOTHING, NOW, reserved, takeLease } from './suite/setup';
import { sliceOn } from './suite/slice';

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

test('the call log is cut back at the first page of a process, too', async () => {
  const { store, another } = await setup({ callLogRowsMax: 2_000 });
  const { claim } = await claimed(store);
  const page = { claim, cursor: '{}', recordCount: 0, write: { upsert: null, state: null }, nowMs: NOW };
  const attempts = Array.from({ length: 2_001 }, () => attemptOf({}));
  await store.runs.commitPage({ ...page, version: 0, settlement: { ...NOTHING, attempts } });
  const next = await another();
  await next.runs.commitPage({ ...page, version: 1, settlement: { ...NOTHING, attempts: attempts.slice(0, 1) } });
  expect(await next.calls({ limit: 9_999 })).toHaveLength(2_000);
});

test('windows of the ledger go when they ended long ago, a few with each new one', async () => {
  const { store } = await setup();
  const fence = await takeLease(store);
  const lastDay = LEDGER_KEPT_MS / DAY;
  for (let day = 0; day <= lastDay + 3; day++) {
    const blocks = [blockOn('app-day', { day })];
    const answer = await store.ledger.reserve({ platform: 'kuaishou', blocks, fence, nowMs: NOW + day * DAY });
    const drawn = answer.kind === 'reserved' ? answer.blocks.map((block) => block.drawn) : [];
    await store.ledger.settle({ used: asSpent(drawn), unsent: [], fence });
  }
  const openOn = async (day: number) => (await store.ledger.usage(NOW + day * DAY)).length;
  expect(await Promise.all([0, 1, 2, 3].map(openOn))).toEqual([0, 0, 1, 1]);
});

test('what a job drew from a window goes with the window', async () => {
  const { store, path } = await setup();
  const { claim, fence } = await claimed(store);
  const settlement = { ...NOTHING, used: asSpent(await reserved(store, fence, blockOn('app-day'))) };
  const page = { claim, version: 0, cursor: '{}', recordCount: 0, write: { upsert: null, state: null }, nowMs: NOW };
  await store.runs.commitPage({ ...page, settlement });
  const rows = () => {
    const db = new Sqlite(path, { readonly: true });
    const n = db.prepare('SELECT COUNT(*) FROM offpeak_ledger_job').pluck().get();
    db.close();
    return n;
  };
  expect(rows()).toBe(1);
  const nowMs = NOW + LEDGER_KEPT_MS + 2 * DAY;
  await store.ledger.reserve({ platform: 'kuaishou', blocks: [blockOn('app-day', { day: 42 })], fence, nowMs });
  expect(rows()).toBe(0);
});

test('slices of a rolling span go a day after they counted last, but not while permits of theirs are out', async () => {
  const { store, path } = await setup();
  const fence = await takeLease(store);
  const spanMs = 5 * HOUR;
  const draw = async (nowMs: number, settle: boolean) => {
    const answer = await store.ledger.reserve({
      platform: 'zhipu',
      blocks: [sliceOn({ nowMs, spanMs })],
      fence,
      nowMs,
    });
    const drawn = answer.kind === 'reserved' ? answer.blocks.map((block) => block.drawn) : [];
    if (settle) await store.ledger.settle({ used: asSpent(drawn), unsent: [], fence });
  };
  const starts = () => {
    const db = new Sqlite(path, { readonly: true });
    const found = db.prepare('SELECT start_ms FROM offpeak_ledger ORDER BY start_ms').pluck().all() as number[];
    db.close();
    return found.map((startMs) => (startMs - NOW) / HOUR);
  };
  await draw(NOW, true);
  await draw(NOW + HOUR, false);
  await draw(NOW + 2 * HOUR, true);
  await draw(NOW + 8 * HOUR + SLICE_KEPT_MS, true);
  expect(starts()).toEqual([1, 2, 32]);
});

test('orders that nobody takes do not pile up', async () => {
  const { store } = await setup();
  const fence = await takeLease(store);
  for (let at = 0; at < ORDERS_MAX + 2; at++) await store.orders.forget({ platform: `p${at}` }, NOW);
  const orders = await store.orders.take(fence);
  expect(orders).toHaveLength(ORDERS_MAX);
  expect(orders[0]).toEqual({ kind: 'forget', filter: { platform: 'p2' } });
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

test('the partitions of old runs go, some with each new run, and their totals stay', async () => {
  const keptMax = 20;
  const { store, path } = await setup({ runPartitionsKeptMax: keptMax });
  const fence = await takeLease(store);
  const partitions = Array.from({ length: 10 }, (_, at) => ({ key: `shop-${at}`, scope: {} }));
  const rows: number[] = [];
  const pages: number[] = [];
  for (let slotAtMs = 1; slotAtMs <= 40; slotAtMs++) {
    const run = await store.runs.open({ job: JOB, slotAtMs, kind: 'schedule', fence });
    await store.runs.start({ runId: run!.id, partitions, fence, nowMs: NOW });
    for (const { key } of partitions) {
      const claim = { runId: run!.id, job: JOB, partition: key, fence };
      await store.runs.claim(claim, NOW);
      await store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs: NOW });
    }
    await store.runs.settle({ runId: run!.id, fence, nowMs: NOW });
    const db = new Sqlite(path, { readonly: true });
    rows.push(db.prepare('SELECT COUNT(*) FROM offpeak_run_partition').pluck().get() as number);
    pages.push(db.pragma('page_count', { simple: true }) as number);
    db.close();
  }
  expect(Math.max(...rows)).toBeLessThanOrEqual(keptMax + 2 * partitions.length);
  expect(pages.at(-1)).toBe(pages[20]); // what was freed is used again
  const [oldest] = (await store.runs.list({ job: JOB, limit: 99 })).slice(-1);
  expect(oldest?.totals).toMatchObject({ partitions: 10, partitionsDone: 10 });
  expect(await store.runs.partitions(oldest!.id)).toEqual([]);
});

test('so do the oldest skipped slots, which push no run out', async () => {
  const { store } = await setup();
  const fence = await takeLease(store);
  await store.runs.decidedUntil({ jobs: [JOB], fence, nowMs: 0 });
  const run = await store.runs.open({ job: JOB, slotAtMs: 1, kind: 'schedule', fence });
  const done = await store.runs.settle({ runId: run!.id, fence, nowMs: NOW });
  const decisions = Array.from({ length: ENDED_RUNS_MAX + 5 }, (_, at) => {
    const why = { because: 'overlap', reason: 'run 1 was not over' } as const;
    return { kind: 'skip', slotAtMs: at + 2, ...why, intoRunId: null, slots: 1 } as const;
  });
  const decidedUntilMs = decisions.at(-1)!.slotAtMs;
  await store.runs.decide({ jobs: [{ job: JOB, decisions, decidedUntilMs }], fence, nowMs: NOW });
  const kept = await store.runs.list({ job: JOB, limit: 2 * ENDED_RUNS_MAX });
  expect(kept).toHaveLength(ENDED_RUNS_MAX + 1);
  expect(kept.at(-1)).toEqual(done);
});
