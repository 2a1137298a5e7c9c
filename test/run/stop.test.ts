import type { JobDefinition } from '../../src/index';
import { CUT, stopControl, untilCut } from '../../src/run/stop';
import { fakeClock } from '../fake-clock';
import { ordersQuery, pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, STOP_MS, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const MERCHANTS = {
  '101': { orders: 200, items: 0 },
  '102': { orders: 200, items: 0 },
  '103': { orders: 200, items: 0 },
};

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START)) },
    ...options,
    sandbox: { ...sandbox, kuaishou: { merchants: MERCHANTS, ...sandbox?.kuaishou } },
  });
  return bundle;
}

/** What is counted once the process has ended and given back the permits that it had at hand. */
async function ledger(): Promise<{ used: number; reserved: number }> {
  await bundle.restart();
  const usage = await bundle.store.ledger.usage(bundle.clock.nowMs());
  const { used = 0, reserved = 0 } = usage.find(({ budget }) => budget === 'app-day') ?? {};
  return { used, reserved };
}

describe('a stop in the middle of a run', () => {
  it('sends nothing new; what is in flight ends and is settled; the run goes on in the next process', async () => {
    const { sandbox, run, stopAfterPages } = await open({ sandbox: { latencyMs: [100, 200] } });
    stopAfterPages(4);
    let stoppedAtMs = Infinity;
    bundle.process.stop.stopping.addEventListener('abort', () => {
      stoppedAtMs = bundle.clock.nowMs();
    });
    const stopped = await run();
    expect(stopped).toMatchObject({ state: 'queued', totals: { partitionsFailed: 0, parks: 0 } });
    expect(sandbox.ledger.attempts({ fromMs: stoppedAtMs + 1 })).toEqual([]);
    const sent = sandbox.ledger.attempts().length;
    expect(sent).toBeGreaterThan(4); // some were in flight
    expect(bundle.clock.nowMs() - stoppedAtMs).toBeLessThan(1_000); // no waiting for the deadline
    expect(await ledger()).toEqual({ used: sent, reserved: 0 });

    const done = await run();
    expect(done).toMatchObject({ id: stopped.id, state: 'done', totals: { records: 600, resumes: 0 } });
    expect(sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  it('keeps the page that was complete by then', async () => {
    const { run, stopAfterPages, store } = await open({ users: ['101'] });
    stopAfterPages(2);
    expect((await run()).totals.pages).toBe(2);
    expect(await store.records.keys('orders')).toHaveLength(100);
  });

  it('ends the waits of back-off and pause at once', async () => {
    const { sandbox, run, clock, process } = await open({ users: ['101'] });
    sandbox.failNext(5, 'http-503'); // by the fourth it waits for seconds
    void clock.sleep(3_000).then(() => process.stop.request('now'));
    const startedAtMs = clock.nowMs();
    expect((await run()).state).toBe('queued');
    expect(clock.nowMs() - startedAtMs).toBe(3_000);
  });

  it('sends nothing of what waits for its turn', async () => {
    const { sandbox, run, clock, process, play } = await open({
      kuaishou: { budgets: { 'order-list-app-qps': 1 } },
      job: { pages: pagesOf(Date.parse(START), 10) },
    });
    void clock.sleep(2_500).then(() => process.stop.request('now'));
    expect((await run()).state).toBe('queued');
    const sent = sandbox.ledger.attempts().length;
    await play(clock.sleep(60_000));
    expect(sandbox.ledger.attempts()).toHaveLength(sent);
    expect(await ledger()).toEqual({ used: sent, reserved: 0 });
  });
});

describe('the deadline', () => {
  it('cuts an attempt that hangs; the call counts as sent, and its page is fetched again', async () => {
    const { sandbox, run, clock, process } = await open({ users: ['101'] });
    sandbox.setFaults({ slowBodyMs: 600_000 });
    sandbox.failNext(1, 'slow-body');
    void clock.sleep(1_000).then(() => process.stop.request('now'));
    const startedAtMs = clock.nowMs();
    expect((await run()).state).toBe('queued');
    expect(clock.nowMs() - startedAtMs).toBe(1_000 + STOP_MS);
    expect(await ledger()).toEqual({ used: 1, reserved: 0 });
    expect((await run()).state).toBe('done');
    expect(sandbox.ledger.attempts()).toHaveLength(5);
  });

  const hangs = new Promise<never>(() => undefined);
  it.each<[string, Partial<JobDefinition>]>([
    ['partitions()', { partitions: () => hangs }],
    ['pages()', { pages: hangingPages }],
    ['its sink', { sink: () => hangs }],
  ])('does not wait for a job that hangs in %s', async (_, job) => {
    const { run, clock, process } = await open({ users: ['101'], job: { pages: pagesOf(Date.parse(START)), ...job } });
    void clock.sleep(1_000).then(() => process.stop.request('now'));
    const startedAtMs = clock.nowMs();
    const { state, totals } = await run();
    expect([state, totals.pages]).toEqual(['queued', 0]);
    expect(clock.nowMs() - startedAtMs).toBeLessThanOrEqual(1_000 + STOP_MS + 2_000);
  });

  async function* hangingPages({ call }: Parameters<JobDefinition['pages']>[0]): ReturnType<JobDefinition['pages']> {
    await call(ORDERS, ordersQuery(Date.parse(START)));
    await hangs;
    yield { records: [], cursor: { page: 'never' } };
  }
});

describe('calls side by side', () => {
  const sideBySide = (count: number): Partial<JobDefinition> => ({ pages: pagesOf(Date.parse(START), count) });

  it('of which one parks: those in flight are settled, and the others are not sent', async () => {
    const { sandbox, run } = await open({
      users: ['101'],
      job: sideBySide(30),
      kuaishou: { budgets: { 'in-flight': 5 } },
      sandbox: { latencyMs: [50, 50], kuaishou: { limits: { appPerDay: 3, apiQpsByApi: {}, apiQps: null } } },
    });
    expect((await run()).state).toBe('parked');
    const [refused] = sandbox.ledger.refusals();
    expect(sandbox.ledger.attempts({ fromMs: (refused?.atMs ?? 0) + 52 })).toEqual([]); // its reply took 50 ms
    const sent = sandbox.ledger.attempts().length;
    expect(sent).toBeLessThan(10);
    expect(await ledger()).toEqual({ used: sent, reserved: 0 });
  });

  it('that are waited for one by one do not end the process when the first one parks', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    const { run } = await open({
      users: ['101'],
      kuaishou: { budgets: { 'app-day': 1 } },
      job: {
        async *pages({ call }) {
          const calls = [1, 2, 3].map(() => call(ORDERS, ordersQuery(Date.parse(START))));
          for (const made of calls) await made;
          yield { records: [], cursor: { page: 'x' } };
        },
      },
    });
    expect((await run()).state).toBe('parked');
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });

  it('of which one was made ahead of its page and parks: the partition is parked, not merely interrupted', async () => {
    const { run } = await open({
      users: ['101'],
      kuaishou: { budgets: { 'app-day': 1 } },
      job: {
        sink: () => bundle.engineClock.sleep(1_000), // the call ahead ends meanwhile
        async *pages({ call }) {
          const reply = await call(ORDERS, ordersQuery(Date.parse(START)));
          const ahead = call(ORDERS, { ...ordersQuery(Date.parse(START)), cursor: reply.data.cursor });
          yield { records: reply.data.orderList, cursor: { page: reply.data.cursor } };
          await ahead;
        },
      },
    });
    expect((await run()).state).toBe('parked');
  });
});

describe('untilCut', () => {
  it('leaves no listener behind', async () => {
    bundle = await setup({ users: [] });
    const { stopping } = stopControl(fakeClock(), 1);
    for (let turn = 0; turn < 50; turn += 1) await untilCut(Promise.resolve(turn), stopping);
    const cut = new AbortController();
    const hanging = untilCut(new Promise(() => undefined), cut.signal);
    cut.abort();
    expect(await hanging).toBe(CUT);
    await expect(untilCut(Promise.reject(new Error('own')), stopping)).rejects.toThrow('own');
  });
});
