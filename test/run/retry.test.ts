import type { Outcome } from '../../src/job/outcome';
import type { ClassifyContext } from '../../src/platform/platform';
import { FAULT_KINDS, type FaultKind } from '../../src/sandbox/fault';
import { pagesOf } from './jobs';
import { type Bundle, type PlatformChanges, RESUME_AT, type SetupOptions, START, setup } from './setup';

const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
/** The attempts of one call: the first, and one for each of its six back-offs. */
const ATTEMPTS_MAX = 7;

let bundle: Bundle;
afterEach(() => bundle.close());

async function open({ sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    users: ['101'],
    ...options,
    sandbox: {
      ...sandbox,
      kuaishou: { merchants: { '101': { orders: 200, items: 0 } }, limits: UNLIMITED, ...sandbox?.kuaishou },
    },
  });
  return bundle;
}

/** What the ledger holds for the app's day once the process has ended and given back the permits that it had at hand. */
async function used(): Promise<{ used: number; reserved: number }> {
  await bundle.restart();
  const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop');
  const { used: spent = 0, reserved = 0 } = usage.find(({ budget }) => budget === 'app-day') ?? {};
  return { used: spent, reserved };
}

function gapsMs(): number[] {
  const instants = bundle.sandbox.ledger.attempts().map(({ monotonicMs }) => monotonicMs);
  return instants.slice(1).map((instant, at) => instant - (instants[at] ?? instant));
}

const SPOILING = FAULT_KINDS.filter((kind) => kind !== 'slow-body');

describe('an attempt that fails in passing', () => {
  it.each<FaultKind>(SPOILING)('is made again after %s, and counted', async (kind) => {
    const { sandbox, run } = await open();
    sandbox.failNext(2, kind);
    const done = await run();
    expect(done).toMatchObject({ state: 'done', totals: { records: 200, attempts: 6 } });
    expect(sandbox.ledger.attempts()).toHaveLength(6);
    expect(await used()).toEqual({ used: 6, reserved: 0 });
  });

  it('is cut when its body stands still for half a minute, and made again', async () => {
    const { sandbox, run } = await open();
    sandbox.setFaults({ slowBodyMs: 600_000 });
    sandbox.failNext(1, 'slow-body');
    const done = await run();
    expect(done.state).toBe('done');
    expect(sandbox.ledger.attempts()).toHaveLength(5);
    expect(gapsMs()[0]).toBeGreaterThanOrEqual(30_000);
  });

  it('is waited for when its body is only slow', async () => {
    const { sandbox, run } = await open();
    sandbox.setFaults({ slowBodyMs: 20_000 });
    sandbox.failNext(1, 'slow-body');
    expect((await run()).state).toBe('done');
    expect(sandbox.ledger.attempts()).toHaveLength(4);
  });

  it('is made later and later, at most so often, and then its partition fails with the reason', async () => {
    const { sandbox, run, store } = await open();
    sandbox.failNext(100, 'http-502');
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(sandbox.ledger.attempts()).toHaveLength(ATTEMPTS_MAX);
    const gaps = gapsMs();
    expect(gaps.every((gap, at) => gap > (gaps[at - 1] ?? 0))).toBe(true);
    expect(gaps.at(-1)).toBeLessThanOrEqual(30_000);
    const [share] = await store.runs.partitions(failed.id);
    expect(share?.reason).toBe(`gave up after ${ATTEMPTS_MAX} attempts: HTTP 502 (HTTP_502)`);
    expect(await used()).toEqual({ used: ATTEMPTS_MAX, reserved: 0 });
  });

  it('leaves the committed pages where they are: the next run goes on from the same page', async () => {
    const { sandbox, run, clock } = await open({ job: { pages: pagesOf(Date.parse(START)) } });
    bundle.onEvent = (event) => {
      if (event.kind === 'page' && sandbox.ledger.attempts().length === 2) sandbox.failNext(ATTEMPTS_MAX, 'malformed');
    };
    expect(await run()).toMatchObject({ state: 'failed', totals: { pages: 2, records: 100 } });
    await clock.advance(1_000);
    expect(await run()).toMatchObject({ state: 'done', totals: { pages: 3, records: 100 } });
    expect(sandbox.ledger.pagesServed().map(({ times }) => times)).toEqual([1, 1, 1, 1]);
  });

  it('gives its permits back when nobody listens: an outage uses up no quota', async () => {
    const { sandbox, run, store } = await open({ kuaishou: { budgets: { 'app-day': 5 } } });
    await sandbox.close();
    const failed = await run();
    expect(failed.state).toBe('failed');
    const [share] = await store.runs.partitions(failed.id);
    expect(share?.reason).toContain('ECONNREFUSED');
    expect(await used()).toEqual({ used: 0, reserved: 0 });
  });
});

/** A platform that answers every call in this way. */
function always(outcome: (context: ClassifyContext) => Outcome): PlatformChanges {
  return () => ({ classify: (_, context) => outcome(context) });
}

describe('a pause', () => {
  const pause = (forMs: number) =>
    always(({ scope }) => ({ kind: 'pause', code: 'SLOW', reason: 'too fast', scope, forMs }));

  it('is bounded: who is refused for ever fails in the end', async () => {
    const { sandbox, run, store } = await open({ platform: pause(1_000) });
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(sandbox.ledger.attempts()).toHaveLength(121);
    expect(Math.min(...gapsMs())).toBeGreaterThanOrEqual(1_000);
    const [share] = await store.runs.partitions(failed.id);
    expect(share?.reason).toBe('still refused after 120 pauses: too fast');
  });

  it('becomes a park when it is longer than five minutes', async () => {
    const { sandbox, run, clock } = await open({ platform: pause(300_001) });
    const parked = await run();
    expect(parked).toMatchObject({ state: 'parked', totals: { partitionsFailed: 0 } });
    expect((parked.resumesAtMs ?? 0) - clock.nowMs()).toBe(300_001);
    expect(sandbox.ledger.attempts()).toHaveLength(1);
  });

  it('of five minutes is spent inside the run', async () => {
    let calls = 0;
    const { sandbox, run } = await open({
      platform: ({ classify }) => ({
        classify: (reply, context) => {
          calls += 1;
          const { scope } = context;
          if (calls > 1) return classify(reply, context);
          return { kind: 'pause', code: 'SLOW', reason: 'too fast', scope, forMs: 300_000 };
        },
      }),
    });
    expect((await run()).state).toBe('done');
    expect(sandbox.ledger.attempts()).toHaveLength(5);
  });
});

describe('a refusal on its way over the reset', () => {
  const lastMoment = '2026-03-02T23:59:59.900+08:00';

  it('costs the day that is over, not the new one', async () => {
    const { sandbox, run, clock } = await open({
      startAt: lastMoment,
      sandbox: { latencyMs: [500, 500], kuaishou: { limits: { ...UNLIMITED, appPerDay: 1 } } },
      job: { pages: pagesOf(Date.parse(START), 2) },
    });
    const parked = await run();
    expect(sandbox.ledger.refusals()).toHaveLength(1);
    expect(clock.nowMs()).toBeGreaterThan(Date.parse('2026-03-03T00:00:00+08:00'));
    expect(parked).toMatchObject({ state: 'parked', resumesAtMs: RESUME_AT });
  });
});
