import { type Bundle, RESUME_AT, type SetupOptions, setup } from './setup';

const MERCHANTS = {
  '101': { orders: 400, items: 0 },
  '102': { orders: 400, items: 0 },
  '103': { orders: 400, items: 0 },
};
const PAGES_EACH = 8;
const SHORT_DAY = { kind: 'fixed', lengthMs: 600_000 } as const;
const TEN_CALLS: SetupOptions = {
  kuaishou: { budgets: { 'app-day': 10 } },
  sandbox: { kuaishou: { limits: { appPerDay: 10 } } },
};

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

function at(kind: string, partition: string): number {
  return bundle.events.findIndex(
    (event) => event.kind === kind && 'partition' in event && event.partition === partition,
  );
}

describe('a run whose daily quota ends', () => {
  it('spends the quota to the last call, parks, and is not a failure', async () => {
    const { sandbox, run } = await open(TEN_CALLS);
    const first = await run();
    expect(first.state).toBe('parked');
    expect(first.totals).toMatchObject({ partitionsFailed: 0, attempts: 10 });
    expect(sandbox.ledger.attempts()).toHaveLength(10);
    expect(sandbox.ledger.overBudget()).toBe(0);
  });

  it("says until when: the platform's reset, and the guard for the difference of the clocks", async () => {
    const { run, events } = await open(TEN_CALLS);
    const { resumesAtMs } = await run();
    expect(resumesAtMs).toBe(RESUME_AT);
    expect(events.find(({ kind }) => kind === 'parked')).toMatchObject({
      reason: expect.stringContaining('app-day of 10 is spent') as string,
    });
  });

  it('goes on at the same page on the next days until every record is there once', async () => {
    const { clock, sandbox, run } = await open({ ...TEN_CALLS, day: SHORT_DAY });
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
    const { clock, sandbox, run, restart } = await open({ ...TEN_CALLS, day: SHORT_DAY });
    const first = await run();
    let last = first;
    for (let day = 0; day < 5 && last.state === 'parked'; day += 1) {
      await restart();
      await clock.advanceTo(last.resumesAtMs ?? 0);
      last = await run();
    }
    expect(last).toMatchObject({ state: 'done', id: first.id });
    expect(await storedIds()).toEqual(everyOrder());
    expect(sandbox.ledger.overBudget()).toBe(0);
  });

  it('sends nothing before the reset when it is asked to go on', async () => {
    const { sandbox, run, restart } = await open(TEN_CALLS);
    await run();
    await restart();
    expect((await run()).state).toBe('parked');
    expect(sandbox.ledger.attempts()).toHaveLength(10);
  });

  it('resumes parked partitions while others of the run still go on', async () => {
    const { run } = await open({
      day: { kind: 'fixed', lengthMs: 10_000 },
      kuaishou: { testUsers: ['101'], resetGuardMs: 100, budgets: { 'test-user-day': 2, 'order-list-app-qps': 1 } },
      sandbox: {
        kuaishou: {
          limits: { userPerDay: 2 },
          testUsers: ['101'],
          merchants: { ...MERCHANTS, '101': { orders: 150, items: 0 } },
        },
      },
    });
    const only = await run();
    expect(only.state).toBe('done'); // in one go
    expect(only.totals).toMatchObject({ partitionsDone: 3, records: 950 });
    expect(only.totals.resumes).toBe(only.totals.parks);
    expect(at('parked', '101')).toBeGreaterThan(-1);
    expect(at('resumed', '101')).toBeLessThan(at('completed', '102'));
    expect(await storedIds()).toEqual(everyOrder());
  });
});
