import type { Reading } from '../../src/job/reading';
import type { TooFast } from '../../src/limit/admission';
import type { Learned } from '../../src/limit/learned';
import { qps, setup, times } from './setup';

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
const USER = { app: 'a', user: 'u1' };
const BUDGETS = [qps('user-qps', 10, { scope: ['app', 'user'], pacing: 'burst', guardMs: 0 })];

/** A refusal of user u1, which pauses it for no time. */
const tooFast = (parts: Partial<TooFast> = {}): TooFast => ({ scope: USER, forMs: 0, reason: 'too fast', ...parts });
const reading = (parts: Partial<Reading>): Reading => ({
  scope: USER,
  limit: null,
  remaining: null,
  windowMs: null,
  resetInMs: null,
  ...parts,
});

function open(options: Parameters<typeof setup>[0] = {}) {
  const bundle = setup({ budgets: BUDGETS, platform: 'kuaishou', ...options });
  const { admission, permit, drawsFor, clock, ask } = bundle;
  /** A call of u1 that the platform refuses. */
  const refuse = async (parts: Partial<TooFast> = {}): Promise<void> => {
    await clock.advance(2_000);
    const held = await clock.run(permit('u1'));
    await clock.advance(5);
    admission.refused(held, drawsFor('u1'), tooFast(parts));
    held.release();
  };
  /** A call of u1 that is served after a minute of nothing. */
  const serve = async (afterMs = 0): Promise<void> => {
    await clock.advance(afterMs);
    const held = await clock.run(permit('u1'));
    held.heard({ roundTripMs: 5, ok: true });
    held.release();
  };
  /** Calls of a user that go at once when its window is empty: its limit in force. */
  const limitOf = async (user: string): Promise<number> => {
    await clock.advance(10_000);
    const abort = new AbortController();
    let admitted = 0;
    for (let call = 0; call < 40; call += 1) {
      void ask(user, { signal: abort.signal }).then((answer) => {
        if (answer.kind !== 'permit') return;
        admitted += 1;
        answer.permit.release();
      });
    }
    await clock.advance(1);
    abort.abort();
    await clock.advance(10_000);
    return admitted;
  };
  const read = (...readings: Reading[]): void => admission.read(drawsFor('u1'), readings);
  return { ...bundle, refuse, serve, limitOf, read };
}

const ROW: Learned = {
  platform: 'kuaishou',
  budget: 'user-qps',
  scopeKey: 'app=a;user=u1',
  limit: 4,
  said: null,
  guardMs: null,
  guardRefusedMs: null,
  catchUpMax: null,
  strangers: null,
  refusals: 3,
  refusedAtMs: 1,
  reason: 'too fast',
  changedAtMs: 0,
};

describe('a limit that the platform states', () => {
  it('holds at once when it refuses, for the scope that it named and no other', async () => {
    const { refuse, limitOf } = open();
    await refuse({ perSecond: 4 });
    expect([await limitOf('u1'), await limitOf('u2')]).toEqual([4, 10]);
  });

  it('holds at once when a header says it', async () => {
    const { read, limitOf } = open();
    read(reading({ limit: 4 }));
    expect(await limitOf('u1')).toBe(4);
  });

  it('is the same whether the scope names the app or not: all calls here are of one app', async () => {
    const { refuse, limitOf } = open();
    await refuse({ perSecond: 4, scope: { user: 'u1' } });
    expect(await limitOf('u1')).toBe(4);
  });

  it('is taken for the window of the budget', async () => {
    const { refuse, limitOf } = open({ budgets: [{ ...BUDGETS[0]!, per: { rollingMs: 2_000 } }] });
    await refuse({ perSecond: 3 });
    expect(await limitOf('u1')).toBe(6);
  });

  it('is shown and not trusted where it is more than configured', async () => {
    const { read, limitOf, admission } = open();
    read(reading({ limit: 50 }));
    expect(await limitOf('u1')).toBe(10);
    expect(admission.news()).toMatchObject([{ limit: null, said: 50, reason: "the platform's headers say 50" }]);
  });

  it('is not that of a budget with another window, another unit, or of two that both fit', async () => {
    const { read, limitOf, admission } = open();
    read(reading({ limit: 2, windowMs: MINUTE_MS }), reading({ limit: 2, unit: 'tokens' }));
    expect(await limitOf('u1')).toBe(10);
    expect(admission.news()).toEqual([]);
    const twice = open({ budgets: [...BUDGETS, { ...BUDGETS[0]!, name: 'user-qp10s', per: { rollingMs: 10_000 } }] });
    twice.read(reading({ limit: 2 }));
    expect(twice.admission.news()).toEqual([]);
  });

  it('is held for a day, and only then raised, a twentieth of the configured limit a minute', async () => {
    const budgets = [{ ...BUDGETS[0]!, limit: 40 }];
    const { refuse, serve, limitOf, clock } = open({ budgets });
    await refuse({ perSecond: 20 });
    await clock.advance(DAY_MS - 100_000);
    await serve();
    expect(await limitOf('u1')).toBe(20);
    await serve(100_000);
    expect(await limitOf('u1')).toBe(22);
  });

  it('that is above what holds now does not keep it from recovering up to there', async () => {
    const { refuse, serve, limitOf, read } = open();
    await refuse();
    await refuse();
    await refuse();
    expect(await limitOf('u1')).toBe(6);
    for (let minute = 0; minute < 10; minute += 1) {
      read(reading({ limit: 8 }));
      await serve(MINUTE_MS);
    }
    expect(await limitOf('u1')).toBe(8);
  });
});

describe('refusals without a figure', () => {
  it('lower a limit by a fifth when they come again far below it; one alone may be a hiccup', async () => {
    const { refuse, limitOf } = open();
    await refuse();
    expect(await limitOf('u1')).toBe(10);
    await refuse();
    expect(await limitOf('u1')).toBe(8);
    await refuse();
    expect(await limitOf('u1')).toBe(6);
  });

  it('are two hiccups when they lie more than a minute apart', async () => {
    const { refuse, limitOf, clock } = open();
    await refuse();
    await clock.advance(MINUTE_MS);
    await refuse();
    expect(await limitOf('u1')).toBe(10);
  });

  it('of calls that were in flight together are one', async () => {
    const { permit, clock, admission, drawsFor, limitOf } = open();
    const held = await clock.run(Promise.all([permit('u1'), permit('u1'), permit('u1')]));
    await clock.advance(5);
    for (const each of held) admission.refused(each, drawsFor('u1'), tooFast());
    expect(await limitOf('u1')).toBe(10);
  });

  it('teach nothing where the limit is over all callers', async () => {
    const { refuse, limitOf } = open();
    for (let call = 0; call < 10; call += 1) await refuse({ isHidden: true });
    expect(await limitOf('u1')).toBe(10);
  });

  it('teach nothing where the budget does not learn; a figure that the platform names still holds', async () => {
    const { refuse, limitOf } = open({ budgets: [{ ...BUDGETS[0]!, learns: false }] });
    for (let call = 0; call < 10; call += 1) await refuse();
    expect(await limitOf('u1')).toBe(10);
    await refuse({ perSecond: 4 });
    expect(await limitOf('u1')).toBe(4);
  });

  it('never lower a limit below one', async () => {
    const { refuse, limitOf } = open();
    for (let call = 0; call < 20; call += 1) await refuse();
    expect(await limitOf('u1')).toBe(1);
  });

  it('pause the scope at once', async () => {
    const { refuse, send, clock, atOf, nowMs } = open();
    await refuse({ forMs: 30_000 });
    const saidAtMs = nowMs();
    await clock.run(Promise.all([send('u1'), send('u2')]));
    expect([atOf('u1').at(-1), atOf('u2').at(-1)]).toEqual([saidAtMs + 30_000, saidAtMs]);
  });

  it('near the limit widen the guard, and leave the limit alone', async () => {
    const budgets = [qps('user-qps', 10, { scope: ['app', 'user'], pacing: 'burst' })];
    const { permit, clock, admission, drawsFor, limitOf } = open({ budgets });
    const held = await clock.run(Promise.all(times(10, () => permit('u1'))));
    await clock.advance(5);
    admission.refused(held[9]!, drawsFor('u1'), tooFast());
    expect(admission.news()).toMatchObject([
      { limit: null, guardMs: 40, guardRefusedMs: 20, catchUpMax: null, refusals: 1, reason: 'too fast' },
    ]);
    admission.refused(held[9]!, drawsFor('u1'), tooFast()); // left before the guard was widened
    expect(admission.news()).toMatchObject([{ guardMs: 40, refusals: 2 }]);
    expect(await limitOf('u1')).toBe(10);
  });
});

describe('a limit that was lowered', () => {
  it('recovers step by step with calls that are served, up to the configured limit', async () => {
    const { refuse, serve, limitOf, admission } = open();
    await refuse();
    await refuse();
    await refuse(); // 6 of 10
    await serve(MINUTE_MS);
    expect(await limitOf('u1')).toBe(7);
    await serve(); // not yet: the step before was 20 s ago
    expect(await limitOf('u1')).toBe(7);
    for (let minute = 0; minute < 5; minute += 1) await serve(MINUTE_MS);
    expect(await limitOf('u1')).toBe(10);
    expect(admission.news()).toMatchObject([{ limit: null, reason: 'recovered: back at the configured limit' }]);
  });

  it('does not recover while nothing is served', async () => {
    const { refuse, clock, limitOf } = open();
    await refuse();
    await refuse();
    await clock.advance(DAY_MS);
    expect(await limitOf('u1')).toBe(8);
  });
});

describe('what was learned', () => {
  it('holds from the first call of the next process', async () => {
    const { limitOf } = open({ learned: [ROW] });
    expect([await limitOf('u1'), await limitOf('u2')]).toEqual([4, 10]);
  });

  it('goes on recovering where the process before left off', async () => {
    const now = setup().clock.nowMs();
    const lowered = { ...ROW, changedAtMs: now };
    const stated = { ...lowered, said: 4 };
    for (const [row, limits] of [
      [lowered, [4, 5]],
      [stated, [4, 4]],
    ] as const) {
      const { serve, limitOf } = open({ learned: [row] });
      await serve();
      const before = await limitOf('u1');
      await serve(MINUTE_MS);
      expect([before, await limitOf('u1')]).toEqual(limits);
    }
  });

  it('is of no effect where the configured limit is lower by now', async () => {
    const { limitOf } = open({ learned: [{ ...ROW, limit: 30, said: 30 }] });
    expect(await limitOf('u1')).toBe(10);
  });

  it('brings its guard and what may catch up', async () => {
    const budgets = [qps('user-qps', 10, { scope: ['app', 'user'], pacing: 'burst' })];
    const learned = [{ ...ROW, limit: null, guardMs: 120, guardRefusedMs: 90, catchUpMax: 3 }];
    const { refuse, admission } = open({ budgets, learned });
    await refuse();
    expect(admission.news()).toMatchObject([
      { limit: null, guardMs: 120, guardRefusedMs: 90, catchUpMax: 3, refusals: 4 },
    ]);
  });

  it('is told once, only of counters where something changed', async () => {
    const { refuse, send, clock, admission } = open({ learned: [ROW] });
    await clock.run(send('u2'));
    expect(admission.news()).toEqual([]);
    await refuse({ perSecond: 3 });
    expect(admission.news()).toMatchObject([{ platform: 'kuaishou', scopeKey: 'app=a;user=u1', limit: 3, said: 3 }]);
    expect(admission.news()).toEqual([]);
  });

  it.each([
    ['of the counter', { budget: 'user-qps', scopeKey: 'app=a;user=u1' }, [10, 4]],
    ['of the budget', { budget: 'user-qps' }, [10, 10]],
    ['of everything', {}, [10, 10]],
    ['of another budget', { budget: 'app-qps' }, [4, 4]],
  ])('is forgotten when an operator says so: %s', async (_, filter, limits) => {
    const learned = [ROW, { ...ROW, scopeKey: 'app=a;user=u2' }];
    const { limitOf, admission } = open({ learned });
    await limitOf('u1'); // one counter is in use, the other is not yet
    admission.forget(filter);
    expect([await limitOf('u1'), await limitOf('u2')]).toEqual(limits);
    expect(admission.news()).toEqual([]);
  });

  it('that is forgotten lets what waits for it go at once', async () => {
    const { send, clock, admission, sent } = open({ learned: [{ ...ROW, changedAtMs: setup().clock.nowMs() }] });
    const calls = Promise.all(times(10, () => send('u1')));
    await clock.advance(100);
    expect(sent).toHaveLength(4);
    admission.forget({});
    await clock.run(calls);
    expect(sent.at(-1)!.atMs).toBe(100);
  });
});
