import type { Arrival } from '../../src/sandbox/arrival';
import { ArrivalLedger } from '../../src/sandbox/ledger';
import { closeAll, ITEMS, kuaishou, ORDERS, setup, USER, yidaToken } from './calls';

const DAY = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' } as const;

afterEach(closeAll);

function arrival(part: Partial<Arrival> & { n: number }): Arrival {
  return {
    atMs: part.n,
    monotonicMs: part.n,
    platform: 'kuaishou',
    api: ITEMS,
    scope: { user: USER },
    verdict: 'served',
    budget: null,
    fault: null,
    page: null,
    recordCount: 1,
    ...part,
  };
}

it('records what every arrival was, whose, and how it was answered', async () => {
  const { sandbox, clock } = await setup({ kuaishou: { limits: { userPerDay: 1 } } });
  await kuaishou(sandbox, { param: { pageSize: 10 } });
  await kuaishou(sandbox);
  await kuaishou(sandbox, { token: 'made-up' });
  await yidaToken(sandbox);
  const app = sandbox.kuaishou.appKey;
  const scope = { app, api: ITEMS, user: USER };
  expect(sandbox.ledger.attempts()).toMatchObject([
    { n: 1, atMs: clock.nowMs(), verdict: 'served', scope, page: `items ${USER} size 10 page 1`, recordCount: 10 },
    { n: 2, verdict: 'refused', scope, budget: 'user-day', page: null, recordCount: 0 },
    { n: 3, verdict: 'denied', scope: { app, api: ITEMS }, budget: null },
    { n: 4, platform: 'yida', api: 'oauth2.accessToken', verdict: 'served' },
  ]);
  expect(sandbox.ledger.totals()).toMatchObject({
    arrivals: 4,
    byVerdict: { served: 2, refused: 1, denied: 1 },
    overBudget: { 'user-day': 1 },
    recordsServed: 10,
  });
});

it('counts how often each page was served whole', async () => {
  const { sandbox } = await setup();
  sandbox.failNext(1, 'malformed');
  await kuaishou(sandbox).catch(() => null);
  for (const pageNumber of [1, 1, 2]) await kuaishou(sandbox, { param: { pageNumber, pageSize: 20 } });
  expect(sandbox.ledger.pagesServed({ user: USER, api: ITEMS })).toMatchObject([
    { page: `items ${USER} size 20 page 1`, times: 2, recordCount: 20 },
    { page: `items ${USER} size 20 page 2`, times: 1 },
  ]);
  expect(sandbox.ledger.pagesServed({ api: ORDERS })).toEqual([]);
});

it('counts arrivals by aligned window and by quota day', async () => {
  const { sandbox, clock } = await setup();
  const startMs = clock.nowMs();
  for (const waitMs of [0, 900, 200, 86_400_000]) {
    await clock.advance(waitMs);
    await kuaishou(sandbox);
  }
  expect(sandbox.ledger.attemptsByWindow({ windowMs: 'day' })).toMatchObject([
    { key: '2026-03-02', startMs, count: 3 },
    { key: '2026-03-03', count: 1 },
  ]);
  const seconds = sandbox.ledger.attemptsByWindow({ windowMs: 1_000, filter: { untilMs: startMs + 60_000 } });
  expect(seconds.map(({ count }) => count)).toEqual([2, 1]);
});

it('finds the fullest window wherever it starts', () => {
  const ledger = new ArrivalLedger(DAY);
  for (const monotonicMs of [0, 10, 400, 900, 1_000, 1_009, 1_010, 5_000]) {
    ledger.record(arrival({ n: ledger.number(), monotonicMs }));
  }
  // 10, 400, 900, 1000, 1009; at 1010 the one of 10 is out.
  expect(ledger.maxInAnyWindow(1_000)).toBe(5);
  expect(ledger.maxInAnyWindow(1)).toBe(1);
  expect(ledger.maxInAnyWindow(10_000, { user: 'nobody' })).toBe(0);
});

it('filters by every field of a filter', () => {
  const ledger = new ArrivalLedger(DAY);
  ledger.record(arrival({ n: 1, scope: { app: 'a', user: '1' } }));
  ledger.record(arrival({ n: 2, verdict: 'refused', budget: 'api-qps', scope: { app: 'a', user: '2' } }));
  ledger.record(arrival({ n: 3, platform: 'yida', api: 'x' }));
  const numbers = (filter: Parameters<typeof ledger.attempts>[0]) => ledger.attempts(filter).map(({ n }) => n);
  expect(numbers({ app: 'a' })).toEqual([1, 2]);
  expect(numbers({ user: '2' })).toEqual([2]);
  expect(numbers({ budget: 'api-qps' })).toEqual([2]);
  expect(numbers({ platform: 'yida', api: 'x' })).toEqual([3]);
  expect(numbers({ fromMs: 2, untilMs: 3 })).toEqual([2]);
  expect(ledger.refusals().map(({ n }) => n)).toEqual([2]);
});

it('drops the oldest arrivals beyond its limit and keeps the counts exact', () => {
  const ledger = new ArrivalLedger(DAY, 3);
  for (let n = 1; n <= 7; n += 1) ledger.record(arrival({ n, verdict: 'refused', budget: 'app-day' }));
  expect(ledger.attempts().map(({ n }) => n)).toEqual([5, 6, 7]);
  expect(ledger.overBudget()).toBe(7);
  expect(ledger.totals()).toMatchObject({ arrivals: 7, dropped: 4, byVerdict: { refused: 7 } });
});
