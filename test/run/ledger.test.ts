import type { LedgerUsage } from '../../src/limit/ledger';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const USER = '101';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    users: [USER],
    job: { pages: pagesOf(Date.parse(START)) },
    ...options,
    sandbox: {
      ...sandbox,
      kuaishou: { merchants: { [USER]: { orders: 400, items: 0 } }, limits: UNLIMITED, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

/** The rows of the app's days that hold an instant. */
async function days(atMs: number): Promise<Pick<LedgerUsage, 'windowKey' | 'used' | 'reserved'>[]> {
  const usage = await bundle.store.ledger.usage(atMs, 'shop');
  return usage
    .filter(({ budget }) => budget === 'app-day')
    .map(({ windowKey, used, reserved }) => ({ windowKey, used, reserved }));
}

describe('the ledger around a reset', () => {
  const reset = Date.parse('2026-03-03T00:00:00+08:00');

  it.each([
    ['shortly before it', '2026-03-02T23:59:59.000+08:00'],
    ['shortly after it', '2026-03-03T00:00:01.000+08:00'],
  ])('counts a call sent %s in both days: nobody can tell in which the platform does', async (_, startAt) => {
    const { run } = await open({ startAt });
    await run({ calls: { left: 1 } });
    expect(await days(reset - 1)).toEqual([{ windowKey: '2026-03-02', used: 1, reserved: 0 }]);
    expect(await days(reset)).toEqual([{ windowKey: '2026-03-03', used: 1, reserved: 0 }]);
  });

  it.each([
    ['well before it', '2026-03-02T23:59:57.000+08:00', [1, 0]],
    ['well after it', '2026-03-03T00:00:03.000+08:00', [0, 1]],
  ])('counts a call sent %s in its own day', async (_, startAt, expected) => {
    const { run } = await open({ startAt });
    await run({ calls: { left: 1 } });
    const [before] = await days(reset - 1);
    const [after] = await days(reset);
    expect([before?.used ?? 0, after?.used ?? 0]).toEqual(expected);
  });
});

describe('the quota of a day', () => {
  const day = { kind: 'fixed', lengthMs: 600_000 } as const;
  const seven: SetupOptions = {
    day,
    users: ['101', '102', '103'],
    kuaishou: { budgets: { 'app-day': 7 }, resetGuardMs: 2_000 },
    sandbox: {
      latencyMs: [10, 50],
      kuaishou: {
        merchants: {
          '101': { orders: 200, items: 0 },
          '102': { orders: 200, items: 0 },
          '103': { orders: 200, items: 0 },
        },
        limits: { ...UNLIMITED, appPerDay: 7 },
      },
    },
  };

  it('is never overspent as the platform counts it, through restarts, crashes and faults', async () => {
    const { sandbox, clock, run, restart, stopAfterPages, another, play } = await open({
      ...seven,
      machine: { host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null }, // whoever looks finds it dead
    });
    sandbox.setFaults({ errorRate: 0.2, resetRate: 0.1, malformedRate: 0.1 });
    let last = null;
    for (let turn = 0; turn < 30 && last?.state !== 'done'; turn += 1) {
      stopAfterPages((turn % 3) + 1);
      if (turn % 3 === 2) {
        const zombie = bundle.process;
        const crashed = zombie.take(bundle.job).catch(() => null);
        await play(clock.sleep(30));
        bundle.process = await another({ host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null });
        await play(crashed);
      } else {
        await restart();
      }
      last = await run();
      if (last.state === 'parked') await clock.advanceTo(last.resumesAtMs ?? 0);
    }
    expect(last?.state).toBe('done');
    expect(sandbox.ledger.overBudget()).toBe(0);
    const perDay = sandbox.ledger.attemptsByWindow({ windowMs: 'day' }).map(({ count }) => count);
    expect(Math.max(...perDay)).toBeLessThanOrEqual(7);
    expect(new Set(await bundle.store.records.keys('orders')).size).toBe(600);
  });

  it('counts what a dead process had reserved as used: it may have been sent', async () => {
    const dead = { host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null };
    const { sandbox, clock, play, another } = await open({ ...seven, machine: dead });
    sandbox.setFaults({ slowBodyMs: 3_000 });
    sandbox.failNext(3, 'slow-body');
    const first = bundle.process;
    const crashed = first.take(bundle.job).catch(() => null);
    await play(clock.sleep(1_000));
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 0, reserved: 3 })]);
    bundle.process = await another(dead);
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 3, reserved: 0 })]);
    await play(crashed);
  });
});

describe('an attempt that never left', () => {
  it('gives its draws back at once: an outage leaves the day as it was', async () => {
    const { sandbox, clock, process, play, job } = await open({ kuaishou: { budgets: { 'app-day': 2 } } });
    await sandbox.close();
    const failing = process.take(job);
    await play(clock.sleep(5_000)); // three attempts by now
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 0, reserved: 1 })]);
    expect((await play(failing)).state).toBe('failed'); // and not parked until tomorrow
  });

  it('because the call could not be made draws nothing', async () => {
    const { run, restart, clock } = await open({
      platform: () => ({
        request: () => {
          throw new Error('the request cannot be made');
        },
      }),
    });
    expect((await run()).state).toBe('failed');
    await restart();
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 0, reserved: 0 })]);
  });

  it('because its origin is not the platform’s gives its draws back', async () => {
    const { run, restart, clock } = await open({
      platform: ({ request }) => ({
        request: (call, auth) => ({ ...request(call, auth), url: 'http://127.0.0.1:9/elsewhere' }),
      }),
    });
    expect((await run()).state).toBe('failed');
    await restart();
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 0, reserved: 0 })]);
  });
});

describe('an attempt whose reply cannot be told', () => {
  it('counts as used', async () => {
    const { run, clock } = await open({
      platform: () => ({
        classify: () => {
          throw new Error('a bug in a platform');
        },
      }),
    });
    expect((await run()).state).toBe('failed');
    expect(await days(clock.nowMs())).toEqual([expect.objectContaining({ used: 1, reserved: 0 })]);
  });
});
