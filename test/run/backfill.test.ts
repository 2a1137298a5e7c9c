import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from '../../src/index';
import type { Backfill, BackfillRequest } from '../../src/job/backfill';
import type { Run } from '../../src/job/run';
import { jsonl } from '../../src/job/sink';
import { DAY_MS, type JobChanges, ordersJob, ordersQuery } from './jobs';
import { type Bundle, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const USERS = ['101', '102'];
/** As many as the orders of the sandbox lie back. */
const DAYS = 6;
const FROM_MS = Date.parse(START) - DAYS * DAY_MS;
/** Of the app and the day: eight are for the job `daily`, and a backfill of all orders needs more than the other twelve. */
const LIMIT = 20;
const DAILY_CALLS = 8;
/** Whoever looks finds the process before dead. */
const DEAD = { host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null };
const LIVE = '{"sinceMs":1,"page":"live"}';

let bundle: Bundle;
afterEach(() => bundle.close());

/** Orders since a bookmark, which can be backfilled. */
const HISTORY: JobChanges = {
  cursor: z.object({ sinceMs: z.number(), page: z.string() }),
  initial: ({ nowMs }) => ({ sinceMs: nowMs - DAY_MS, page: '' }),
  backfill: ({ fromMs }) => ({ sinceMs: fromMs, page: '' }),
  async *pages({ cursor, call, nowMs }) {
    const { sinceMs, ...at } = cursor as { sinceMs: number; page: string };
    for (let { page } = at; page !== 'nomore'; ) {
      const reply = await call(ORDERS, { ...ordersQuery(nowMs), beginTime: sinceMs, endTime: nowMs, cursor: page });
      page = reply.data.cursor;
      yield { records: reply.data.orderList, cursor: { sinceMs, page } };
    }
    yield { records: [], cursor: { sinceMs: nowMs, page: '' } };
  },
};

/** Calls that a scheduled run makes, one a page, five minutes before the reset. */
const DAILY: JobChanges = {
  name: 'daily',
  schedule: { cron: '55 23 * * *', timezone: 'Asia/Shanghai' },
  estimate: { calls: DAILY_CALLS },
  priority: 9,
  initial: () => ({ page: '0' }),
  async *pages({ cursor, call }) {
    for (let n = Number((cursor as { page: string }).page); n < DAILY_CALLS; n += 1) {
      await call('open.item.list.get', { pageNumber: 1, pageSize: 20 });
      yield { records: [], cursor: { page: String(n + 1) } };
    }
    yield { records: [], cursor: { page: '0' } };
  },
};

async function open(changes: JobChanges = {}): Promise<void> {
  bundle = await setup({
    machine: DEAD,
    users: USERS,
    jobs: () => [ordersJob(USERS, { ...HISTORY, ...changes }), ordersJob(['101'], DAILY)],
    kuaishou: { budgets: { 'app-day': LIMIT } },
    sandbox: {
      latencyMs: [5, 5],
      kuaishou: {
        merchants: Object.fromEntries(USERS.map((user) => [user, { orders: 360, items: 1 }])),
        limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} },
      },
    },
  });
}

function ask(changes: Partial<BackfillRequest> = {}): Promise<Backfill> {
  const span = { fromMs: FROM_MS, toMs: Date.parse(START), stepMs: 2 * DAY_MS, order: 'old' as const };
  const request = { job: 'orders', ...span, callsMax: null, by: 'ann', askedAtMs: bundle.clock.nowMs() };
  return bundle.store.backfills.ask({ ...request, ...changes });
}

async function serveUntil(iso: string): Promise<void> {
  const { process, clock, play } = bundle;
  void clock.sleep(Date.parse(iso) - clock.nowMs()).then(() => process.stop.request('the test is over'));
  await play(process.engine.scheduler.serve());
}

async function only(): Promise<Backfill> {
  const [backfill] = await bundle.store.backfills.list({ limit: 1 });
  return backfill!;
}

const runsOf = (job: string): Promise<Run[]> => bundle.store.runs.list({ job, limit: 10 });
const checkpoints = async () => (await bundle.store.checkpoints.list('orders')).map(({ partition }) => partition);
const attempts = (runs: readonly Run[]): number => runs.reduce((sum, { totals }) => sum + totals.attempts, 0);

async function setLive(): Promise<void> {
  for (const partition of USERS) {
    const edit = { job: 'orders', partition, version: 0, cursor: LIVE, change: 'set' as const };
    await bundle.store.checkpoints.edit({ ...edit, nowMs: bundle.clock.nowMs() });
  }
}

/** Every order was asked for once, and is there. */
async function expectWhole(): Promise<void> {
  const found = await bundle.store.records.keys('orders');
  expect([...found].sort()).toEqual([...bundle.sandbox.kuaishou.orderIds()].map(String).sort());
  expect(bundle.sandbox.ledger.pagesServed({ api: ORDERS }).every(({ times }) => times === 1)).toBe(true);
}

describe('a backfill', () => {
  it('goes on over two days of the quota, leaves what scheduled runs need, and touches no live checkpoint', async () => {
    await open();
    await setLive();
    const live = await bundle.store.checkpoints.list('orders');
    await ask();
    await serveUntil('2026-03-02T23:59:00+08:00');
    const first = await runsOf('orders');
    expect(attempts(first)).toBe(LIMIT - DAILY_CALLS);
    expect(first[0]).toMatchObject({ state: 'parked', kind: 'backfill' });
    expect(await runsOf('daily')).toMatchObject([{ state: 'done', totals: { attempts: DAILY_CALLS, parks: 0 } }]);

    await bundle.restart();
    await serveUntil('2026-03-03T00:05:00+08:00');
    expect(await only()).toMatchObject({ state: 'done', chunksDone: 3 });
    const runs = await runsOf('orders');
    expect(runs.map(({ past }) => past?.fromMs)).toEqual([4, 2, 0].map((days) => FROM_MS + days * DAY_MS));
    expect(runs.every(({ state }) => state === 'done')).toBe(true);
    await expectWhole();
    expect(await bundle.store.checkpoints.list('orders')).toEqual(live);
  });

  it('makes no more than its own calls a window, newest chunk first', async () => {
    await open();
    await ask({ callsMax: 5, order: 'new' });
    await serveUntil('2026-03-02T23:59:00+08:00');
    const runs = await runsOf('orders');
    expect(attempts(runs)).toBe(5);
    expect(runs.at(-1)?.past).toMatchObject({ toMs: Date.parse(START), callsMax: 5 });
    const shares = await bundle.store.runs.partitions(runs[0]?.id ?? 0);
    expect(shares.map(({ reason }) => reason)).toContain("the backfill's calls of app-day are spent: 5 of 5");
    expect(shares[0]?.parkedUntilMs).toBe(Date.parse('2026-03-03T00:00:02+08:00'));
  });

  it('that a stop interrupts goes on at the page where it was', async () => {
    await open();
    await ask();
    bundle.stopAfterPages(4);
    await serveUntil('2026-03-02T23:54:00+08:00');
    const [run] = await runsOf('orders');
    expect(run).toMatchObject({ state: 'queued' });
    bundle.onEvent = () => undefined;
    await bundle.restart();
    await serveUntil('2026-03-03T00:05:00+08:00');
    expect(await only()).toMatchObject({ state: 'done' });
    await expectWhole();
    expect(await checkpoints()).toEqual([]);
  });

  it('whose process dies in the middle is gone on with, and at most a page of each partition is fetched again', async () => {
    await open();
    await ask();
    const { process, another, play } = bundle;
    const inTheMiddle = new Promise<void>((resolve) => {
      let left = 4;
      bundle.onEvent = ({ kind }) => {
        if (kind === 'page' && (left -= 1) === 0) resolve();
      };
    });
    const dying = process.engine.scheduler.serve().catch((thrown: unknown) => thrown);
    bundle.process = await play(inTheMiddle.then(() => another(DEAD)));
    expect(await play(dying)).toMatchObject({ code: 'FENCED' });
    await serveUntil('2026-03-03T00:05:00+08:00');
    expect(await only()).toMatchObject({ state: 'done', chunksDone: 3 });
    const keys = await bundle.store.records.keys('orders');
    expect([...keys].sort()).toEqual([...bundle.sandbox.kuaishou.orderIds()].map(String).sort());
    const again = bundle.sandbox.ledger.pagesServed({ api: ORDERS }).filter(({ times }) => times > 1);
    expect(again.length).toBeLessThanOrEqual(USERS.length);
    expect(await checkpoints()).toEqual([]);
  });

  it('that is canceled under way ends after the present page, and leaves no checkpoint', async () => {
    await open();
    const { id } = await ask();
    let pages = 0;
    let canceled: Promise<unknown> = Promise.resolve();
    bundle.onEvent = ({ kind }) => {
      if (kind !== 'page' || (pages += 1) !== 2) return;
      canceled = bundle.store.backfills.cancel(id, { by: 'bob', nowMs: bundle.clock.nowMs() });
      void canceled.then(() => bundle.process.engine.scheduler.wake());
    };
    await serveUntil('2026-03-02T23:54:00+08:00');
    await canceled;
    expect(await only()).toMatchObject({ state: 'canceled', reason: 'canceled by bob' });
    expect(await runsOf('orders')).toMatchObject([{ state: 'canceled' }]);
    expect(pages).toBeLessThan(6);
    expect(await checkpoints()).toEqual([]);
  });

  it('that failed is left until it is retried, and goes on where it failed', async () => {
    let isBroken = true;
    const pages: JobChanges['pages'] = async function* (context) {
      if (isBroken && context.partition.key === '102') throw new Error('no such form');
      yield* HISTORY.pages!(context);
    };
    await open({ pages });
    const { id } = await ask();
    await serveUntil('2026-03-02T23:53:00+08:00');
    expect(await only()).toMatchObject({ state: 'failed', chunksDone: 0, reason: 'run 1 failed: 102: no such form' });
    isBroken = false;
    expect(await bundle.store.backfills.retry(id, bundle.clock.nowMs())).toMatchObject({ state: 'active' });
    await bundle.restart();
    await serveUntil('2026-03-03T00:05:00+08:00');
    expect(await only()).toMatchObject({ state: 'done', chunksDone: 3 });
    await expectWhole();
  });

  it('of a job that says nothing of backfills fails, and says what to add', async () => {
    await open({ backfill: undefined } as unknown as JobChanges);
    await ask();
    await serveUntil('2026-03-02T23:53:00+08:00');
    const { state, reason } = await only();
    expect(state).toBe('failed');
    expect(reason).toContain('jobs/orders.ts backfill: expected a function, got none: orders cannot be backfilled');
  });

  it('writes files of its own where the sink keeps files', async () => {
    await open({ sink: jsonl('out') });
    await ask({ stepMs: DAYS * DAY_MS });
    await serveUntil('2026-03-03T00:05:00+08:00');
    expect(await only()).toMatchObject({ state: 'done' });
    const files = await readdir(join(bundle.directory, 'out', 'orders'));
    expect(files.sort()).toEqual(USERS.map((user) => `${user}%7Ebackfill-1.jsonl`));
  });
});
