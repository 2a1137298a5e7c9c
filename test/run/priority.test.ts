import type { Job } from '../../src/job/parse';
import { itemsJob, ordersJob, pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const USERS = ['101', '102', '103'];
let bundle: Bundle;
afterEach(() => bundle.close());

/** Two jobs on one platform of so many calls a second in all. */
async function open(priorities: { orders?: number; items?: number }): Promise<Bundle> {
  const priority = (of: number | undefined) => (of === undefined ? {} : { priority: of });
  bundle = await setup({
    users: USERS,
    jobs: (users): Job[] => [
      ordersJob(users, { pages: pagesOf(Date.parse(START), 4), ...priority(priorities.orders) }),
      itemsJob(users, priority(priorities.items)),
    ],
    kuaishou: { budgets: { app: { limit: 10, per: '1s', scope: ['app'] } } },
    sandbox: {
      latencyMs: [5, 5],
      kuaishou: {
        merchants: Object.fromEntries(USERS.map((user) => [user, { orders: 200, items: 160 }])),
        limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} },
      },
    },
  });
  return bundle;
}

/** When each job was done, after the start, ms. */
async function runBoth(): Promise<{ ordersMs: number; itemsMs: number }> {
  const { process, play, jobs, clock } = bundle;
  const endMs: Record<string, number> = {};
  bundle.onEvent = (event) => {
    if (event.kind === 'run-ended') endMs[event.run.job] = clock.nowMs() - Date.parse(START);
  };
  await play(Promise.all(jobs.map((job) => process.take(job))));
  return { ordersMs: endMs['orders'] ?? Infinity, itemsMs: endMs['items'] ?? Infinity };
}

describe('two jobs on one platform', () => {
  /** 48 calls for orders, 24 for items, at 10 a second. */
  const allMs = 7_200;

  it('share it: neither waits for the other to end', async () => {
    await open({});
    const { ordersMs, itemsMs } = await runBoth();
    expect(itemsMs).toBeGreaterThan(3_000);
    expect(itemsMs).toBeLessThan(allMs);
    expect(ordersMs).toBeLessThan(allMs * 1.1);
  });

  it('one of higher priority goes first: it ends as if it were alone', async () => {
    await open({ items: 1, orders: 9 });
    const { ordersMs, itemsMs } = await runBoth();
    expect(itemsMs).toBeLessThan(2_400 * 1.3); // each of its users has one call at a time
    expect(ordersMs).toBeLessThan(allMs * 1.1);
  });

  it('one of lower priority gets what the other leaves', async () => {
    await open({ items: 9, orders: 1 });
    const { ordersMs, itemsMs } = await runBoth();
    expect(ordersMs).toBeLessThan(4_800 * 1.2);
    expect(itemsMs).toBeGreaterThan(ordersMs);
  });
});

describe('a call that waits', () => {
  it('is told with the budget that it waits for, and for how long', async () => {
    bundle = await setup({
      users: ['101'],
      job: { pages: pagesOf(Date.parse(START), 12) },
      kuaishou: { budgets: { 'order-list-app-qps': 2 } },
      sandbox: {
        kuaishou: {
          merchants: { '101': { orders: 50, items: 0 } },
          limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} },
        },
      },
    });
    await bundle.run();
    const waits = bundle.events.filter((event) => event.kind === 'waiting');
    expect(waits.length).toBeGreaterThan(5);
    expect(new Set(waits.map(({ because }) => because))).toEqual(new Set(['order-list-app-qps']));
    const longestMs = Math.max(...waits.map(({ waitMs }) => waitMs));
    const lastMs = (bundle.sandbox.ledger.attempts().at(-1)?.atMs ?? 0) - Date.parse(START);
    expect(Math.abs(longestMs - lastMs)).toBeLessThan(1_000);
  });

  it('for a pause is told that', async () => {
    let refused = false;
    bundle = await setup({
      users: ['101'],
      job: { pages: pagesOf(Date.parse(START)) },
      platform: ({ classify }) => ({
        classify: (reply, context) => {
          if (refused) return classify(reply, context);
          refused = true;
          return {
            kind: 'pause',
            code: 'SLOW',
            reason: 'too fast',
            scope: { app: context.scope.app ?? '' },
            forMs: 7_000,
          };
        },
      }),
      sandbox: { kuaishou: { merchants: { '101': { orders: 50, items: 0 } } } },
    });
    await bundle.run();
    const waits = bundle.events.filter((event) => event.kind === 'waiting');
    expect(waits).toEqual([expect.objectContaining({ partition: '101', because: 'pause' })]);
    expect(waits[0]?.waitMs).toBeCloseTo(7_000, -2);
  });
});
