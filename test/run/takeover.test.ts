import { OffpeakError } from '../../src/errors';
import { isLease, LEASE_HEARTBEAT_MS, LEASE_TTL_MS, type Lease, type LeaseStore } from '../../src/job/lease';
import { HeldLease } from '../../src/run/held-lease';
import { keepLease, standBy } from '../../src/run/lease';
import type { Machine } from '../../src/store/machine';
import { openStore, type Store } from '../../src/store/open';
import { fakeClock } from '../fake-clock';
import { pagesOf } from './jobs';
import { type Bundle, type Process, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const MERCHANTS = {
  '101': { orders: 400, items: 0 },
  '102': { orders: 400, items: 0 },
  '103': { orders: 400, items: 0 },
};

let bundle: Bundle;
afterEach(() => bundle.close());

/** Processes of one machine; `dead` is who does not live any more. */
function machines(): { first: Machine; second: Machine; dead: Set<number> } {
  const dead = new Set<number>();
  const of = (pid: number): Machine => ({
    host: 'mac-1',
    bootId: 'boot-1',
    pid,
    processStart: (asked) => (dead.has(asked) ? null : '5000'),
  });
  return { first: of(100), second: of(200), dead };
}

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle & ReturnType<typeof machines>> {
  const known = machines();
  bundle = await setup({
    machine: known.first,
    job: { pages: pagesOf(Date.parse(START)) },
    ...options,
    sandbox: { ...sandbox, kuaishou: { merchants: MERCHANTS, ...sandbox?.kuaishou } },
  });
  return Object.assign(bundle, known);
}

/** Lets the second process take over in the middle of a run of the first, which does not know. */
async function takeOver(pages: number): Promise<{ first: Promise<unknown>; second: Process }> {
  const { process, another, dead, second: machine, play } = bundle as Awaited<ReturnType<typeof open>>;
  let takeNow = (): void => undefined;
  const due = new Promise<void>((resolve) => {
    takeNow = resolve;
  });
  let left = pages;
  bundle.onEvent = ({ kind }) => {
    if (kind === 'page' && (left -= 1) === 0) takeNow();
  };
  const taking = due.then(() => {
    dead.add(100);
    return another(machine);
  });
  const first = process.take(bundle.job).catch((thrown: unknown) => thrown);
  return { first, second: await play(taking) };
}

describe('a process that stood still while another took the store over', () => {
  it('is refused its next write, and sends nothing more', async () => {
    const { sandbox, clock, play } = await open({ sandbox: { latencyMs: [10, 20] } });
    const { first } = await takeOver(4);
    const takenAtMs = clock.nowMs();
    expect(await play(first)).toMatchObject({ code: 'FENCED' });
    // What was in flight at that moment may have arrived; nothing was sent for a reply that came after.
    expect(sandbox.ledger.attempts({ fromMs: takenAtMs + 21 })).toEqual([]);
  });

  it('cannot reserve with its fence, even for a call without a budget of a day', async () => {
    const { sandbox, play } = await open({ kuaishou: { budgets: { 'app-day': false } } });
    const { first } = await takeOver(2);
    const sent = sandbox.ledger.attempts().length;
    expect(await play(first)).toMatchObject({ code: 'FENCED' });
    expect(sandbox.ledger.attempts().length - sent).toBeLessThanOrEqual(3); // one for each partition, in flight
  });

  it('is succeeded by one that finishes the run: every record once, and what was under way counts as used', async () => {
    const { sandbox, play, job } = await open();
    const { first, second } = await takeOver(5);
    await play(first);
    const done = await play(second.take(job));
    expect(done).toMatchObject({ state: 'done', totals: { records: 1_200 } });
    expect(new Set(await second.store.records.keys('orders'))).toEqual(
      new Set([...sandbox.kuaishou.orderIds()].map(String)),
    );
    const [appDay] = (await second.store.ledger.usage(bundle.clock.nowMs())).filter(
      ({ budget }) => budget === 'app-day',
    );
    expect(appDay).toMatchObject({ used: sandbox.ledger.attempts().length });
    expect(sandbox.ledger.pagesServed().every(({ times }) => times <= 2)).toBe(true);
  });

  it('is not made up for by job code that hides the error', async () => {
    const { play } = await open({
      job: {
        async *pages({ call }) {
          for (let page = 0; page < 100; page += 1) {
            await call(ORDERS, { beginTime: Date.parse(START) - 1_000, endTime: Date.parse(START) }).catch(() => null);
            yield { records: [], cursor: { page: String(page) } };
          }
        },
      },
    });
    const { first } = await takeOver(4);
    expect(await play(first)).toMatchObject({ code: 'FENCED' });
  });

  it('is asked to stop at its next heartbeat', async () => {
    const { process, clock, play, dead, another, second } = await open();
    dead.add(100);
    await another(second);
    expect(process.stop.reason).toBeNull();
    await play(clock.sleep(LEASE_HEARTBEAT_MS + 1));
    expect(process.stop.reason).toBe('the lease was lost');
  });
});

describe('processes one after another', () => {
  it.each([
    ['after a clean stop', 'clean'],
    ['after a crash', 'crash'],
  ])('never exceed the rate between them in any second, %s', async (_, end) => {
    const limits = { apiQpsByApi: { [ORDERS]: 10 } };
    const { sandbox, stopAfterPages, run, restart, dead, another, second, job, play } = await open({
      kuaishou: { budgets: { 'order-list-app-qps': 10 } },
      sandbox: { kuaishou: { limits } },
    });
    stopAfterPages(10);
    await run();
    if (end === 'clean') {
      await restart();
    } else {
      dead.add(100);
      bundle.process = await another(second);
    }
    expect(await play(bundle.process.take(job))).toMatchObject({ state: 'done' });
    expect(sandbox.ledger.attempts()).toHaveLength(24);
    expect(sandbox.ledger.maxInAnyWindow(1_000, { api: ORDERS })).toBeLessThanOrEqual(10);
    expect(sandbox.ledger.overBudget()).toBe(0);
  });

  it('do not wait for the short windows when the one before ended long ago', async () => {
    const { process, another, run, clock } = await open({ kuaishou: { budgets: { 'order-list-app-qps': 10 } } });
    await process.close();
    await clock.advance(2_000);
    bundle.process = await another();
    const startedAtMs = clock.nowMs();
    await run({ calls: { left: 1 } });
    expect(clock.nowMs() - startedAtMs).toBeLessThan(100);
  });
});

describe('the lease', () => {
  /** A store that answers as it is told. */
  function answering(answers: readonly (Lease | null)[]): LeaseStore & { asked: () => number } {
    let asked = 0;
    const holder = { host: 'mac-1', pid: 100, command: 'start', heartbeatAtMs: 0, expiresAtMs: LEASE_TTL_MS };
    return {
      asked: () => asked,
      acquire: () => Promise.resolve(answers[asked++] ?? holder),
      renew: () => Promise.resolve(asked++ < 2),
      release: () => Promise.resolve(),
      holder: () => Promise.resolve(holder),
    };
  }

  const MINE: Lease = { fence: 2, previous: 'clean', previousEndedAtMs: 0, previousSeenAtMs: 0 };

  beforeEach(async () => {
    await open({ users: [] });
  });

  it('is taken by who stands by within a second of its release, and the holder is named once', async () => {
    const { clock, play, process, another, first, second } = bundle as Awaited<ReturnType<typeof open>>;
    const told: number[] = [];
    const waiting = await openedStore(second);
    const stop = new AbortController();
    const parts = { leases: waiting.lease, clock, signal: stop.signal };
    const taken = standBy(parts, 'start', ({ pid }) => void told.push(pid));
    await play(clock.sleep(30_000));
    await process.close();
    const releasedAtMs = clock.nowMs();
    const lease = await play(taken);
    expect(lease && isLease(lease)).toBe(true);
    expect(clock.nowMs() - releasedAtMs).toBeLessThanOrEqual(1_000);
    expect(told).toEqual([first.pid]);
    await waiting.lease.release(lease?.fence ?? 0, clock.nowMs());
    await waiting.close();
    expect((await another(first)).engine.lease.previous).toBe('clean');
  });

  it('is not waited for any longer than until the stop', async () => {
    const clock = fakeClock();
    const stop = new AbortController();
    const taken = standBy({ leases: answering([null, null]), clock, signal: stop.signal }, 'start', () => undefined);
    await clock.advance(3_000);
    stop.abort();
    expect(await clock.run(taken)).toBeNull();
  });

  it('is waited for while its holder stands still in the middle of a write', async () => {
    const clock = fakeClock();
    const busy = new OffpeakError('STORE_BUSY', 'locked');
    const leases = { ...answering([MINE]), acquire: jest.fn().mockRejectedValueOnce(busy).mockResolvedValue(MINE) };
    const parts = { leases, clock, signal: new AbortController().signal };
    expect(await clock.run(standBy(parts, 'start', () => undefined))).toEqual(MINE);
    const broken = {
      ...parts,
      leases: { ...leases, acquire: () => Promise.reject(new OffpeakError('STORE_CORRUPT', '')) },
    };
    await expect(standBy(broken, 'start', () => undefined)).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  it('is renewed until another process has it', async () => {
    const clock = fakeClock();
    const leases = answering([MINE]);
    const lease = new HeldLease({ leases, clock, fence: MINE.fence });
    const kept = keepLease({ lease, clock, signal: new AbortController().signal }, () => Promise.resolve());
    expect(await clock.run(kept)).toBe(false);
    expect(leases.asked()).toBe(3);
  });

  it('is kept without another word until the end', async () => {
    const clock = fakeClock();
    const end = new AbortController();
    const lease = new HeldLease({ leases: answering([MINE]), clock, fence: MINE.fence });
    const kept = keepLease({ lease, clock, signal: end.signal }, () => Promise.resolve());
    await clock.advance(LEASE_HEARTBEAT_MS);
    end.abort();
    expect(await clock.run(kept)).toBe(true);
  });

  function openedStore(machine: Machine): Promise<Store> {
    return openStore(`${bundle.directory}/test.db`, { clock: bundle.clock, machine });
  }
});
