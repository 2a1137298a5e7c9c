import { type Bundle, DAY_MS, type SetupOptions, setup } from './setup';

const MERCHANTS = {
  '101': { orders: 400, items: 0 },
  '102': { orders: 400, items: 0 },
  '103': { orders: 400, items: 0 },
};
const PAGES_EACH = 8;

let bundle: Bundle;
afterEach(() => bundle.close());

async function open(options: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    ...options,
    sandbox: { ...options.sandbox, kuaishou: { merchants: MERCHANTS, ...options.sandbox?.kuaishou } },
  });
  return bundle;
}

async function storedIds(): Promise<Set<string>> {
  return new Set(await bundle.store.records.keys('orders'));
}

function everyOrder(): Set<string> {
  return new Set([...bundle.sandbox.kuaishou.orderIds()].map(String));
}

function parked(): { partition: string; reason: string }[] {
  return bundle.events.flatMap((event) =>
    event.kind === 'parked' ? [{ partition: event.partition, reason: event.reason }] : [],
  );
}

describe('a run whose daily quota ends', () => {
  it('spends the quota to the last call, parks, and is not a failure', async () => {
    const { sandbox, run } = await open({
      kuaishou: { budgets: { 'app-day': 10 } },
      sandbox: { kuaishou: { limits: { appPerDay: 10 } } },
    });
    const first = await run();
    expect(first.state).toBe('parked');
    expect(first.totals).toMatchObject({ partitionsFailed: 0, attempts: 10 });
    expect(sandbox.ledger.attempts()).toHaveLength(10);
    expect(sandbox.ledger.overBudget()).toBe(0);
  });

  it("says until when: the platform's reset, and the guard for the difference of the clocks", async () => {
    const { run } = await open({ kuaishou: { budgets: { 'app-day': 10 } } });
    const { resumesAtMs } = await run();
    expect(resumesAtMs).toBe(Date.parse('2026-03-03T00:00:02+08:00'));
    expect(parked()[0]?.reason).toContain('app-day of 10 is spent');
  });

  it('goes on at the same page on the next days until every record is there once', async () => {
    const { clock, sandbox, run } = await open({
      kuaishou: { budgets: { 'app-day': 10 } },
      sandbox: { kuaishou: { limits: { appPerDay: 10 } } },
    });
    let last = await run();
    for (let day = 0; day < 5 && last.state === 'parked'; day += 1) {
      await clock.advanceTo(last.resumesAtMs ?? 0);
      last = await run();
    }
    expect(last.state).toBe('done');
    expect(last.totals.records).toBe(1_200); // delivered once each
    expect(await storedIds()).toEqual(everyOrder());
    expect(sandbox.ledger.overBudget()).toBe(0);
    expect(sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
    expect(last.totals.attempts).toBe(3 * PAGES_EACH);
  });

  it('goes on after a restart of the process, too', async () => {
    const { clock, run, restart } = await open({ kuaishou: { budgets: { 'app-day': 10 } } });
    const first = await run();
    await restart();
    await clock.advanceTo((first.resumesAtMs ?? 0) + DAY_MS);
    await run();
    await clock.advance(DAY_MS);
    const last = await run();
    expect(last.state).toBe('done');
    expect(last.id).toBe(first.id);
    expect(await storedIds()).toEqual(everyOrder());
  });

  it('resumes parked partitions while others of the run still go on', async () => {
    const { run, events } = await open({
      kuaishou: { testUsers: ['101'], budgets: { 'test-user-day': 3, 'order-list-app-qps': 1 } },
      job: { partitionsInFlight: 2 },
      sandbox: { day: { kind: 'fixed', lengthMs: 5_000 }, kuaishou: { limits: { userPerDay: 3 }, testUsers: ['101'] } },
    });
    await run();
    expect(events.some(({ kind }) => kind === 'parked')).toBe(true);
  });
});

describe('what a refusal stops', () => {
  const small = { appPerDay: null, apiQps: null, apiQpsByApi: {} };

  it("is the whole app when the app's quota is gone, though our own ledger did not know", async () => {
    const { sandbox, run } = await open({ sandbox: { kuaishou: { limits: { ...small, appPerDay: 10 } } } });
    const first = await run();
    expect(first.state).toBe('parked');
    expect(first.totals.partitionsParked).toBe(3);
    // Calls that were in flight together may each be refused; none is sent after the first refusal is known.
    expect(sandbox.ledger.refusals().length).toBeLessThanOrEqual(3);
    expect(first.resumesAtMs).toBe(Date.parse('2026-03-03T00:00:02+08:00'));
  });

  it("is one test user when that user's quota is gone: the others go on", async () => {
    const { run, store } = await open({
      sandbox: { kuaishou: { limits: { ...small, userPerDay: 3 }, testUsers: ['101'] } },
    });
    const first = await run();
    expect(first.totals).toMatchObject({ partitionsParked: 1, partitionsDone: 2 });
    const holds = await store.holds.list(bundle.clock.nowMs());
    expect(holds.map(({ scope }) => scope)).toEqual([{ app: bundle.sandbox.kuaishou.appKey, user: '101' }]);
  });

  it('is one API of one user for [1017]: every partition of another user goes on', async () => {
    const { run, sandbox } = await open({
      sandbox: {
        kuaishou: {
          limits: { ...small, apiUserPerDay: 5 },
          merchants: { ...MERCHANTS, '104': { orders: 100, items: 0 } },
        },
      },
    });
    const first = await run();
    expect(first.totals).toMatchObject({ partitionsParked: 3, partitionsDone: 1 });
    expect(sandbox.ledger.refusals()).toHaveLength(3); // each user's own first
  });

  it('is nothing for long when it is only too fast: a pause, no park, no failure, and the named pace is learned', async () => {
    const { run, sandbox } = await open({
      sandbox: { kuaishou: { limits: { ...small, apiQpsByApi: { 'open.order.cursor.list': 2 } } } },
    });
    const first = await run();
    expect(first.state).toBe('done');
    expect(first.totals.parks).toBe(0);
    const refused = sandbox.ledger.refusals().length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThanOrEqual(6); // in flight before MAX_QPS [2.0] was known
  });

  it('is remembered by the next process: it sends nothing before the reset', async () => {
    const { sandbox, run, restart } = await open({ sandbox: { kuaishou: { limits: { ...small, appPerDay: 10 } } } });
    await run();
    const sent = sandbox.ledger.attempts().length;
    await restart();
    await run();
    expect(sandbox.ledger.attempts()).toHaveLength(sent);
  });
});
