import { LEASE_HEARTBEAT_MS } from '../../src/job/lease';
import type { UnparkFilter } from '../../src/limit/order';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const merchants = {
  '101': { orders: 400, items: 0 },
  '102': { orders: 400, items: 0 },
  '103': { orders: 400, items: 0 },
};
const MINUTE_MS = 60_000;

let bundle: Bundle;
afterEach(() => bundle.close());

/** An app that gets a day's quota of 10 calls, which Offpeak does not know of. */
async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START)) },
    startAt: '2026-03-02T23:40:00+08:00',
    ...options,
    sandbox: {
      latencyMs: [10, 10],
      ...sandbox,
      kuaishou: { merchants, limits: { ...UNLIMITED, appPerDay: 10 }, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

function unpark(filter: UnparkFilter = {}): Promise<{ holds: number; partitions: number }> {
  const { store, clock } = bundle;
  return store.orders.unpark(filter, { jobs: { shop: bundle.jobs.map(({ name }) => name) }, nowMs: clock.nowMs() });
}

function everyPageOnce(): boolean {
  return bundle.sandbox.ledger.pagesServed().every(({ times }) => times === 1);
}

describe('a quota that comes back in the middle of a day', () => {
  it('is found by one probe within the interval, and the rest follows', async () => {
    const { run, clock, sandbox } = await open({ kuaishou: { reprobe: '5m' } });
    const parked = await run();
    const sent = sandbox.ledger.attempts().length;
    expect((parked.resumesAtMs ?? Infinity) - clock.nowMs()).toBeLessThanOrEqual(5 * MINUTE_MS);
    await clock.advance(5 * MINUTE_MS);
    const again = await run();
    expect(again).toMatchObject({ state: 'parked', totals: { partitionsParked: 3 } });
    expect(sandbox.ledger.attempts()).toHaveLength(sent + 1); // the quota was not back yet
    sandbox.restoreQuota();
    const restoredAtMs = clock.nowMs();
    await clock.advanceTo(again.resumesAtMs ?? 0);
    expect(clock.nowMs() - restoredAtMs).toBeLessThanOrEqual(5 * MINUTE_MS);
    await run();
    expect(sandbox.ledger.attempts({ fromMs: restoredAtMs, verdict: 'served' })).toHaveLength(10);
    expect(everyPageOnce()).toBe(true);
  });

  it('is asked for no later than the reset', async () => {
    const { run } = await open({ kuaishou: { reprobe: '1h' } });
    expect((await run()).resumesAtMs).toBe(Date.parse('2026-03-03T00:00:02+08:00'));
  });

  it('is not asked for at all without reprobe', async () => {
    const { run, clock, sandbox } = await open();
    const { resumesAtMs } = await run();
    const sent = sandbox.ledger.attempts().length;
    sandbox.restoreQuota();
    await clock.advance(15 * MINUTE_MS);
    expect(await run()).toMatchObject({ state: 'parked', resumesAtMs });
    expect(sandbox.ledger.attempts()).toHaveLength(sent);
  });
});

describe('unpark, while the process runs', () => {
  it('lets a parked partition of a run under way go on at the next heartbeat, at the same page', async () => {
    const { run, clock, sandbox, events } = await open({
      kuaishou: { budgets: { 'order-list-app-qps': 1 } },
      sandbox: { kuaishou: { merchants, limits: { ...UNLIMITED, userPerDay: 2 }, testUsers: ['101'] } },
    });
    const orderedMs = 11_000;
    const ordered = clock.sleep(orderedMs).then(() => {
      sandbox.restoreQuota({ scope: { user: '101' } });
      return unpark({ scope: { user: '101' } });
    });
    const ended = run();
    expect(await bundle.play(ordered)).toEqual({ holds: 1, partitions: 1 });
    const orderedAtMs = clock.nowMs();
    await ended;
    const parks = events.filter(({ kind }) => kind === 'parked');
    expect(parks).toHaveLength(2); // it has two calls again, and no more
    const [next] = sandbox.ledger.attempts({ user: '101', fromMs: orderedAtMs });
    expect((next?.atMs ?? Infinity) - orderedAtMs).toBeLessThanOrEqual(LEASE_HEARTBEAT_MS + 4_000); // its turn at 1/s
    expect(everyPageOnce()).toBe(true);
  });

  it('lets a parked run go on at the next heartbeat, and begins with one call', async () => {
    const { run, clock, sandbox, process, play } = await open();
    await run();
    const sent = sandbox.ledger.attempts().length;
    const serving = process.engine.scheduler.serve();
    await play(clock.sleep(12_000));
    expect(sandbox.ledger.attempts()).toHaveLength(sent);
    sandbox.restoreQuota();
    expect(await unpark({ platform: 'shop' })).toEqual({ holds: 1, partitions: 3 });
    const orderedAtMs = clock.nowMs();
    await play(clock.sleep(LEASE_HEARTBEAT_MS + 1_000));
    const after = sandbox.ledger.attempts({ fromMs: orderedAtMs });
    expect(after.filter(({ verdict }) => verdict === 'served')).toHaveLength(10);
    expect((after[1]?.atMs ?? 0) - (after[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(10); // the others waited for the probe
    expect(everyPageOnce()).toBe(true);
    process.stop.request('the test is over');
    await play(serving);
  });

  it('that came too early costs one call', async () => {
    const { run, sandbox, process, play, clock } = await open();
    await run();
    const sent = sandbox.ledger.attempts().length;
    const serving = process.engine.scheduler.serve();
    await unpark();
    await play(clock.sleep(LEASE_HEARTBEAT_MS + 1_000));
    expect(sandbox.ledger.attempts()).toHaveLength(sent + 1);
    process.stop.request('the test is over');
    await play(serving);
    expect((await bundle.store.runs.get(1))?.state).toBe('parked');
  });

  it('does not let what our own count has spent go on: it parks again without a call', async () => {
    const { run, sandbox, process, play, clock } = await open({ kuaishou: { budgets: { 'app-day': 10 } } });
    await run();
    const serving = process.engine.scheduler.serve();
    expect(await unpark()).toMatchObject({ partitions: 3 });
    await play(clock.sleep(LEASE_HEARTBEAT_MS + 1_000));
    expect(sandbox.ledger.attempts()).toHaveLength(10);
    expect((await bundle.store.runs.get(1))?.state).toBe('parked');
    process.stop.request('the test is over');
    await play(serving);
  });
});

describe('unpark, while no process runs', () => {
  it('is done by the next one', async () => {
    const { run, sandbox, process, restart } = await open();
    await run();
    sandbox.restoreQuota();
    expect(await unpark({ job: 'orders', partition: '102' })).toEqual({ holds: 1, partitions: 1 });
    await process.close();
    await restart();
    const sent = sandbox.ledger.attempts().length;
    await run();
    const users = sandbox.ledger
      .attempts()
      .slice(sent)
      .map(({ scope }) => scope.user);
    expect(new Set(users)).toEqual(new Set(['102']));
  });
});
