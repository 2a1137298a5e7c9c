import type { Arrival } from '../../src/sandbox/arrival';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
/** A reply is on its way for so long: what arrives within it left before it came. */
const LATENCY_MS = 100;
const DAY_MS = 600_000;
/** Well within a day: around a reset a refusal may be of the day before. */
const START = '2026-03-02T23:52:00+08:00';
const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
const USERS = ['101', '102', '103', '104', '105', '106'];

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  const merchants = Object.fromEntries(USERS.map((user) => [user, { orders: 500, items: 0 }]));
  bundle = await setup({
    day: { kind: 'fixed', lengthMs: DAY_MS },
    startAt: START,
    job: { pages: pagesOf(Date.parse(START), 4) },
    ...options,
    sandbox: {
      latencyMs: [LATENCY_MS, LATENCY_MS],
      ...sandbox,
      kuaishou: { merchants, limits: UNLIMITED, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

/** How many calls were in flight when each of these arrived, itself included. */
function inFlight(arrivals: readonly Arrival[]): number[] {
  return arrivals.map(
    ({ monotonicMs }, at) =>
      arrivals.slice(0, at + 1).filter((earlier) => monotonicMs - earlier.monotonicMs < LATENCY_MS).length,
  );
}

/** Takes the run to the end of a quota of so many calls a day, and moves the clock to where it goes on. */
async function parkAt(perDay: number): Promise<number> {
  const { run, clock, sandbox } = await open({
    sandbox: { kuaishou: { limits: { ...UNLIMITED, appPerDay: perDay } } },
  });
  const parked = await run();
  expect(parked.state).toBe('parked');
  const sent = sandbox.ledger.attempts().length;
  await clock.advanceTo(parked.resumesAtMs ?? 0);
  return sent;
}

describe('after a reset', () => {
  it('one call goes as a probe, the others wait for its outcome, then follow two, four and more at once', async () => {
    const sent = await parkAt(40);
    await bundle.run();
    const after = bundle.sandbox.ledger.attempts().slice(sent);
    const counts = inFlight(after);
    expect(counts.slice(0, 3)).toEqual([1, 1, 2]);
    expect(Math.max(...counts.slice(0, 7))).toBe(4);
    expect(Math.max(...counts.slice(0, 15))).toBe(8);
  });

  it('a probe that is served costs the run nothing but its round trip', async () => {
    const sent = await parkAt(60);
    const resumedAtMs = bundle.clock.nowMs();
    await bundle.run();
    const [probe, next] = bundle.sandbox.ledger.attempts().slice(sent);
    expect((probe?.atMs ?? 0) - resumedAtMs).toBeLessThan(10);
    expect((next?.atMs ?? Infinity) - (probe?.atMs ?? 0)).toBeLessThan(LATENCY_MS + 10);
  });

  it('a probe that is refused parks all others, and none of them is sent', async () => {
    // The platform's day is longer than it says: at our reset its quota is still gone.
    const { run, clock, sandbox } = await open({
      kuaishou: { day: { kind: 'fixed', lengthMs: DAY_MS / 2 } },
      startAt: '2026-03-02T23:51:00+08:00',
      sandbox: { kuaishou: { limits: { ...UNLIMITED, appPerDay: 40 } } },
    });
    const first = await run();
    const sent = sandbox.ledger.attempts().length;
    await clock.advanceTo(first.resumesAtMs ?? 0);
    const again = await run();
    expect(sandbox.ledger.attempts()).toHaveLength(sent + 1);
    expect(again).toMatchObject({ state: 'parked', totals: { partitionsParked: USERS.length, partitionsFailed: 0 } });
    expect((again.resumesAtMs ?? 0) - (first.resumesAtMs ?? 0)).toBe(DAY_MS / 2);
  });

  it('of one merchant only that merchant begins with a probe', async () => {
    const { run, clock, sandbox } = await open({
      users: ['101', '102'],
      sandbox: { kuaishou: { limits: { ...UNLIMITED, userPerDay: 12 }, testUsers: ['101'] } },
    });
    const parked = await run();
    const sent = sandbox.ledger.attempts({ user: '101' }).length;
    expect(inFlight(sandbox.ledger.attempts({ user: '102' })).slice(0, 2)).toEqual([1, 2]);
    await clock.advanceTo(parked.resumesAtMs ?? 0);
    await run();
    expect(inFlight(sandbox.ledger.attempts({ user: '101' }).slice(sent)).slice(0, 3)).toEqual([1, 1, 2]);
  });
});

describe('after a restart', () => {
  it('the first call goes alone', async () => {
    const { run, restart, stopAfterPages, sandbox } = await open();
    stopAfterPages(3);
    await run();
    const sent = sandbox.ledger.attempts({ api: ORDERS }).length;
    expect(inFlight(sandbox.ledger.attempts()).slice(0, 3)).toEqual([1, 2, 3]); // the first process ever needs no probe
    await restart();
    bundle.onEvent = () => undefined;
    await run();
    expect(inFlight(sandbox.ledger.attempts().slice(sent)).slice(0, 3)).toEqual([1, 1, 2]);
  });
});
