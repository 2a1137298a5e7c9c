import { closeAll, kuaishou, setup } from './calls';

afterEach(closeAll);

it('counts a request when it has arrived, before its latency', async () => {
  const { sandbox, clock } = await setup({ spreadMs: 100, latencyMs: [500, 500] });
  const setOutMs = clock.monotonicMs();
  await clock.run(kuaishou(sandbox));
  const [arrival] = sandbox.ledger.attempts();
  const wayMs = arrival!.monotonicMs - setOutMs;
  expect(wayMs).toBeGreaterThan(0);
  expect(wayMs).toBeLessThan(100);
  expect(clock.monotonicMs() - setOutMs).toBeCloseTo(wayMs + 500);
});

it('draws the ways evenly up to the spread, the same for the same seed', async () => {
  const ways = async (seed: string): Promise<number[]> => {
    const { sandbox, clock } = await setup({ seed, spreadMs: 100, kuaishou: { limits: { apiQps: null } } });
    const setOutMs: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      setOutMs.push(clock.monotonicMs());
      await clock.run(kuaishou(sandbox));
    }
    return sandbox.ledger.attempts().map(({ monotonicMs }, n) => monotonicMs - setOutMs[n]!);
  };
  const [first, again, other] = [await ways('a'), await ways('a'), await ways('b')];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  for (const quarter of [0, 25, 50, 75]) {
    const share = first.filter((ms) => ms >= quarter && ms < quarter + 25).length;
    expect(share).toBeGreaterThan(10);
    expect(share).toBeLessThan(40);
  }
});

it('counts a request whose sender gave up while it was on its way', async () => {
  const { sandbox, clock } = await setup({ spreadMs: 1_000 });
  const sender = new AbortController();
  const gaveUp = fetch(sandbox.kuaishou.url + '/open/item/list/get', { signal: sender.signal }).catch(() => 'gave up');
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  sender.abort();
  expect(await gaveUp).toBe('gave up');
  expect(sandbox.ledger.totals().arrivals).toBe(0);
  await clock.advance(1_000);
  expect(sandbox.ledger.totals().arrivals).toBe(1);
});

it('forgets what is on its way when it closes', async () => {
  const { sandbox, clock } = await setup({ spreadMs: 60_000 });
  const hanging = kuaishou(sandbox).catch(() => 'gone');
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await sandbox.close();
  expect(await hanging).toBe('gone');
  expect(clock.sleeping).toBe(0);
  expect(sandbox.ledger.totals().arrivals).toBe(0);
});
