import { upsert, z } from '../../src/index';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const USER = '101';
const ORDERS = 400;
const PAGES = 8;

let bundle: Bundle;
afterEach(() => bundle.close());

/** A daily quota of five calls, and page tokens that do not last until the next day. */
async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    users: [USER],
    day: { kind: 'fixed', lengthMs: 600_000 },
    job: { pages: pagesOf(Date.parse(START)) },
    kuaishou: { budgets: { 'app-day': 5 } },
    ...options,
    sandbox: {
      ...sandbox,
      kuaishou: { merchants: { [USER]: { orders: ORDERS, items: 0 } }, cursorLifetimeMs: 60_000, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

function rewinds(): number {
  return bundle.events.filter(({ kind }) => kind === 'rewound').length;
}

async function stored(): Promise<string[]> {
  return bundle.store.records.keys('orders');
}

describe('a page token that the platform rejects', () => {
  it('sends the partition back to its bookmark: nothing is lost, and nothing is there twice', async () => {
    const { sandbox, run, clock } = await open({ kuaishou: { budgets: { 'app-day': 10 } } });
    bundle.stopAfterPages(5);
    expect(await run()).toMatchObject({ state: 'queued', totals: { pages: 5 } });
    await bundle.restart();
    await clock.advance(60_000); // the token of page six has expired, and five calls are left
    const parked = await run();
    expect(rewinds()).toBe(1);
    expect(parked.state).toBe('parked');
    await clock.advanceTo(parked.resumesAtMs ?? 0);
    const done = await run();
    expect(done.state).toBe('done');
    const keys = await stored();
    expect(keys).toHaveLength(ORDERS);
    expect(new Set(keys)).toEqual(new Set([...sandbox.kuaishou.orderIds()].map(String)));
    const { cursor, bookmark } = (await bundle.store.checkpoints.read('orders', USER)) ?? {};
    expect([cursor, bookmark]).toEqual(['{"page":""}', '{"page":""}']);
  });

  it('goes back to the bookmark of the run before, not to the beginning', async () => {
    const { run, sandbox } = await open({
      kuaishou: { budgets: { 'app-day': 1_000 } },
      job: {
        cursor: z.object({ part: z.number(), page: z.string() }),
        initial: () => ({ part: 0, page: '' }),
        async *pages({ cursor, call }) {
          const { part, page } = cursor as { part: number; page: string };
          const endTime = Date.parse(START) - (1 - part) * 86_400_000;
          const asked = { beginTime: endTime - 86_400_000, endTime, cursor: page === 'bad' ? 'made up' : page };
          await call('open.order.cursor.list', asked);
          if (page === '') yield { records: [], cursor: { part: part + 1, page: '' } };
          if (part === 1) return;
        },
        sink: upsert('orders', { key: 'oid' }),
      },
    });
    expect((await run()).state).toBe('done'); // the bookmark is part 1 now
    const { version = 0 } = (await bundle.store.checkpoints.read('orders', USER)) ?? {};
    await badCursorOnly(version);
    const before = sandbox.ledger.attempts().length;
    await run();
    expect(rewinds()).toBe(1);
    expect(
      sandbox.ledger
        .attempts()
        .slice(before)
        .map(({ verdict }) => verdict),
    ).toEqual(['invalid', 'served']);
  });

  it('fails when the bookmark is rejected as well, after a bounded number of tries', async () => {
    const { run, sandbox, store } = await open({
      platform: () => ({ classify: () => ({ kind: 'rewind', code: '2001', reason: 'cursor无效' }) }),
    });
    const failed = await run();
    expect(failed).toMatchObject({ state: 'failed', totals: { partitionsFailed: 1 } });
    expect(rewinds()).toBe(3);
    expect(sandbox.ledger.attempts()).toHaveLength(4);
    const [share] = await store.runs.partitions(failed.id);
    expect(share?.reason).toBe('the bookmark was rejected as well: cursor无效');
    expect(await stored().catch(() => [])).toEqual([]);
  });

  it(`reads all ${PAGES} pages again from the bookmark, each committed as any other`, async () => {
    const { run, clock, sandbox, restart } = await open({ kuaishou: { budgets: { 'app-day': 100 } } });
    bundle.stopAfterPages(3);
    await run();
    await restart();
    await clock.advance(60_000);
    const done = await run();
    expect(done).toMatchObject({ state: 'done', totals: { records: 3 * 50 + ORDERS, attempts: 3 + 1 + PAGES } });
    expect(await stored()).toHaveLength(ORDERS);
    expect(sandbox.ledger.pagesServed().filter(({ times }) => times === 2)).toHaveLength(3);
  });
});

/** Moves the cursor alone, as a page of a run that did not end does. */
async function badCursorOnly(version: number): Promise<void> {
  const { store, process, clock } = bundle;
  const { fence } = process.engine.lease;
  const run = await store.runs.open({ job: 'orders', slotAtMs: clock.nowMs() + 1, kind: 'manual', fence });
  const claim = { runId: run?.id ?? 0, job: 'orders', partition: USER, fence };
  const nowMs = clock.nowMs();
  await store.runs.start({ runId: claim.runId, partitions: [{ key: USER, scope: { user: USER } }], fence, nowMs });
  await store.runs.claim(claim, nowMs);
  const settlement = { used: [], unsent: [], attempts: [] };
  const write = { upsert: null, state: null };
  await store.runs.commitPage({
    claim,
    version,
    cursor: '{"part":1,"page":"bad"}',
    recordCount: 0,
    write,
    settlement,
    nowMs,
  });
  await store.runs.endTurn({ claim, end: { kind: 'interrupt' }, settlement, nowMs });
  await store.runs.settle({ runId: claim.runId, fence, nowMs });
}
