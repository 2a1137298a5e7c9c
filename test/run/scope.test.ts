import type { Arrival } from '../../src/sandbox/arrival';
import { itemsJob, ordersJob } from './jobs';
import { type Bundle, RESUME_AT, type SetupOptions, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const ITEMS = 'open.item.list.get';
const MERCHANTS = {
  '101': { orders: 400, items: 200 },
  '102': { orders: 400, items: 200 },
  '103': { orders: 400, items: 200 },
};
/** No limit but the one of the test. */
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    jobs: (users) => [ordersJob(users), itemsJob(users)],
    ...options,
    sandbox: { latencyMs: [20, 40], ...sandbox, kuaishou: { merchants: MERCHANTS, ...sandbox?.kuaishou } },
  });
  return bundle;
}

/** Both jobs side by side, as the scheduler would have them. */
async function runBoth() {
  const { process, play } = bundle;
  const [orders, items] = await play(Promise.all([process.take(jobNamed('orders')), process.take(jobNamed('items'))]));
  return { orders, items };
}

function jobNamed(name: string) {
  return bundle.jobs.find((job) => job.name === name)!;
}

/** What was sent after a refusal was known, the reply being on its way for at most 40 ms. */
function sentAfter(refusal: Arrival | undefined): readonly Arrival[] {
  return bundle.sandbox.ledger.attempts({ fromMs: (refusal?.atMs ?? Infinity) + 41 });
}

describe('Exceed quota limit, KEY [appkey]', () => {
  it('parks every partition of every job on the app, and nothing is sent after it', async () => {
    const { sandbox } = await open({ sandbox: { kuaishou: { limits: { ...UNLIMITED, appPerDay: 20 } } } });
    const { orders, items } = await runBoth();
    expect([orders.state, items.state]).toEqual(['parked', 'parked']);
    expect([orders.totals.partitionsParked, items.totals.partitionsParked]).toEqual([3, 3]);
    expect([orders.resumesAtMs, items.resumesAtMs]).toEqual([RESUME_AT, RESUME_AT]);
    expect(sentAfter(sandbox.ledger.refusals()[0])).toEqual([]);
    expect(orders.totals.partitionsFailed + items.totals.partitionsFailed).toBe(0);
  });

  it('is found in our own ledger first when the budget is known: nothing is refused at all', async () => {
    const { sandbox } = await open({
      kuaishou: { budgets: { 'app-day': 20 } },
      sandbox: { kuaishou: { limits: { ...UNLIMITED, appPerDay: 20 } } },
    });
    const { orders, items } = await runBoth();
    expect([orders.state, items.state]).toEqual(['parked', 'parked']);
    expect(sandbox.ledger.refusals()).toEqual([]);
    expect(sandbox.ledger.attempts()).toHaveLength(20);
  });

  it('is remembered by the next process, which sends nothing before the reset', async () => {
    const { sandbox, restart } = await open({ sandbox: { kuaishou: { limits: { ...UNLIMITED, appPerDay: 20 } } } });
    await runBoth();
    const sent = sandbox.ledger.attempts().length;
    await restart();
    const { orders, items } = await runBoth();
    expect([orders.state, items.state]).toEqual(['parked', 'parked']);
    expect(sandbox.ledger.attempts()).toHaveLength(sent);
  });
});

describe('Exceed quota limit, KEY [appkey;primaryUserId]', () => {
  it('parks that test user in both jobs; every other user goes on', async () => {
    const { sandbox, store, clock } = await open({
      sandbox: { kuaishou: { limits: { ...UNLIMITED, userPerDay: 5 }, testUsers: ['101'] } },
    });
    const { orders, items } = await runBoth();
    for (const { totals } of [orders, items]) {
      expect(totals).toMatchObject({ partitionsParked: 1, partitionsDone: 2, partitionsFailed: 0 });
    }
    const after = sentAfter(sandbox.ledger.refusals()[0]);
    expect(new Set(after.map(({ scope }) => scope.user))).toEqual(new Set(['102', '103']));
    const holds = await store.holds.list(clock.nowMs());
    expect(holds.map(({ scope }) => scope)).toEqual([{ app: sandbox.kuaishou.appKey, user: '101' }]);
  });
});

describe('[1017] exceed quota limit, [apiId;primaryUserId]', () => {
  it('parks one API of one user: the other API of that user and every other user go on', async () => {
    const { sandbox } = await open({
      users: ['101', '102'],
      sandbox: {
        kuaishou: {
          limits: { ...UNLIMITED, apiUserPerDay: 8 },
          merchants: { '101': { orders: 500, items: 160 }, '102': { orders: 400, items: 160 } },
        },
      },
    });
    const { orders, items } = await runBoth();
    expect(orders.totals).toMatchObject({ partitionsParked: 1, partitionsDone: 1 });
    expect(items.totals).toMatchObject({ partitionsParked: 0, partitionsDone: 2 });
    const refusals = sandbox.ledger.refusals();
    expect(refusals.map(({ api, scope }) => [api, scope.user])).toEqual([[ORDERS, '101']]);
    expect(sentAfter(refusals[0]).filter(({ api, scope }) => api === ORDERS && scope.user === '101')).toEqual([]);
    expect(sandbox.ledger.attempts({ api: ITEMS, user: '101' })).toHaveLength(8);
  });
});

describe('Exceed qps limit, KEY [apiId;appkey], MAX_QPS', () => {
  const slow = { ...UNLIMITED, apiQpsByApi: { [ORDERS]: 2 } };

  it('is a pause of that API for the whole app: no park, no failure, and the other API does not notice', async () => {
    const { sandbox } = await open({ sandbox: { kuaishou: { limits: slow } } });
    const { orders, items } = await runBoth();
    expect([orders.state, items.state]).toEqual(['done', 'done']);
    expect([orders.totals.parks, orders.totals.partitionsFailed]).toEqual([0, 0]);
    const [refused] = sandbox.ledger.refusals();
    const next = sentAfter(refused).find(({ api }) => api === ORDERS);
    expect((next?.atMs ?? 0) - (refused?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000);
    const itemsDoneAtMs = sandbox.ledger.attempts({ api: ITEMS }).at(-1)?.atMs ?? Infinity;
    expect(itemsDoneAtMs - (refused?.atMs ?? 0)).toBeLessThan(1_000);
  });

  it('teaches the pace that it names: after the first refusals there are none', async () => {
    const { sandbox } = await open({ sandbox: { kuaishou: { limits: slow } } });
    await runBoth();
    const refusals = sandbox.ledger.refusals();
    expect(refusals.length).toBeGreaterThan(0);
    const learnedAtMs = (refusals[0]?.atMs ?? 0) + 41;
    expect(sandbox.ledger.refusals({ fromMs: learnedAtMs })).toEqual([]);
    expect(sandbox.ledger.maxInAnyWindow(1_000, { api: ORDERS, fromMs: learnedAtMs })).toBeLessThanOrEqual(2);
  });

  it('teaches the pace of one merchant when it names one: the others keep theirs', async () => {
    const { sandbox } = await open({
      sandbox: {
        kuaishou: {
          limits: { ...UNLIMITED, userQps: 2 },
          merchants: { ...MERCHANTS, '103': { orders: 50, items: 0 } },
        },
      },
    });
    const { orders } = await runBoth();
    expect(orders.state).toBe('done');
    const first = sandbox.ledger.refusals({ api: ORDERS, user: '101' })[0];
    expect(sandbox.ledger.refusals({ api: ORDERS, user: '101', fromMs: (first?.atMs ?? 0) + 41 })).toEqual([]);
  });
});
