import { setMaxListeners } from 'node:events';
import type { Scope } from '../../src/job/scope';
import { Admission, type Permit } from '../../src/limit/admission';
import { type Budget, drawsOf } from '../../src/limit/budget';
import { fakeClock } from '../fake-clock';

const SECOND = { rollingMs: 1_000 };
const BUDGETS: Budget[] = [
  { name: 'app-qps', limit: 20, per: SECOND, scope: ['app'], source: 'test' },
  { name: 'user-qps', limit: 5, per: SECOND, scope: ['user'], source: 'test' },
  { name: 'in-flight', limit: 3, per: 'in-flight', scope: ['app'], source: 'test' },
];

function setup({ budgets = BUDGETS, fullAtMs = -Infinity } = {}) {
  const clock = fakeClock();
  const admission = new Admission({ clock, fullAtMs });
  const sent: { user: string; atMs: number }[] = [];
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  /** Asks for a permit; a call that is admitted is in flight for `holdMs`. */
  const send = async (user: string, holdMs = 0): Promise<Permit | null> => {
    const scope: Scope = { app: 'a', user, api: 'list' };
    const permit = await admission.admit({ scope, draws: drawsOf(budgets, scope), signal: abort.signal });
    if (!permit) return null;
    permit.sent();
    sent.push({ user, atMs: clock.monotonicMs() });
    if (holdMs > 0) await clock.sleep(holdMs);
    permit.release();
    return permit;
  };
  const mostIn = (spanMs: number, user?: string): number => {
    const times = sent.filter((call) => user === undefined || call.user === user).map(({ atMs }) => atMs);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + spanMs).length));
  };
  return { clock, admission, send, sent, mostIn, abort };
}

describe('admission', () => {
  it('admits a call only when every budget that it draws on admits it', async () => {
    const { clock, send, mostIn } = setup();
    const calls = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].flatMap((user) => Array.from({ length: 10 }, () => send(user)));
    await clock.run(Promise.all(calls));
    expect(mostIn(1_000)).toBeLessThanOrEqual(20);
    for (const user of ['u1', 'u6']) expect(mostIn(1_000, user)).toBeLessThanOrEqual(5);
  });

  it('does not let a user with a long queue delay another user', async () => {
    const { clock, send, sent } = setup();
    const hot = Array.from({ length: 50 }, () => send('hot'));
    await clock.advance(100);
    const askedAtMs = clock.monotonicMs();
    await clock.run(send('cold'));
    expect((sent.find(({ user }) => user === 'cold')?.atMs ?? 0) - askedAtMs).toBeLessThan(200);
    await clock.run(Promise.all(hot));
  });

  it('never has more calls in flight than the budget says, and goes on as they end', async () => {
    const { clock, send, admission } = setup();
    const calls = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].map((user) => send(user, 10_000));
    await clock.advance(5_000);
    expect(admission.waiting).toBe(3);
    await clock.run(Promise.all(calls));
    expect(admission.waiting).toBe(0);
  });

  it('holds back exactly the scope that a pause names', async () => {
    const { clock, send, sent, admission } = setup();
    admission.pause({ user: 'u1' }, 30_000);
    const startMs = clock.monotonicMs();
    await clock.run(Promise.all([send('u1'), send('u2')]));
    expect((sent.find(({ user }) => user === 'u2')?.atMs ?? 0) - startMs).toBeLessThan(1_000);
    expect((sent.find(({ user }) => user === 'u1')?.atMs ?? 0) - startMs).toBeGreaterThanOrEqual(30_000);
  });

  it('does not let a shorter pause cut a longer one', async () => {
    const { clock, send, sent, admission } = setup();
    const startMs = clock.monotonicMs();
    admission.pause({ app: 'a' }, 30_000);
    admission.pause({ app: 'a' }, 1_000);
    await clock.run(send('u1'));
    expect((sent[0]?.atMs ?? 0) - startMs).toBeGreaterThanOrEqual(30_000);
  });

  it('lowers the budget of the scope that the platform named, and no other', async () => {
    const { clock, send, admission, mostIn } = setup({ budgets: BUDGETS.slice(0, 2) });
    const scope: Scope = { app: 'a', user: 'u1', api: 'list' };
    admission.learn(drawsOf(BUDGETS, scope), { user: 'u1' }, 2);
    const calls = ['u1', 'u2'].flatMap((user) => Array.from({ length: 20 }, () => send(user)));
    await clock.run(Promise.all(calls));
    expect(mostIn(1_000, 'u1')).toBe(2);
    expect(mostIn(1_000, 'u2')).toBeGreaterThanOrEqual(4);
  });

  it('lets a call that is no longer wanted leave without a permit', async () => {
    const { clock, send, abort, admission, sent } = setup();
    admission.pause({ app: 'a' }, 60_000);
    const call = send('u1');
    await clock.advance(10);
    abort.abort();
    expect(await clock.run(call)).toBeNull();
    expect(sent).toHaveLength(0);
    expect(admission.waiting).toBe(0);
    expect(clock.sleeping).toBe(0); // nothing keeps the process from ending
  });

  it('knows a scope without its app for the same: all calls here are of one app', async () => {
    const { clock, send, admission, mostIn } = setup({ budgets: BUDGETS.slice(0, 2) });
    const scope: Scope = { app: 'a', user: 'u1', api: 'list' };
    admission.learn(drawsOf(BUDGETS, scope), { app: 'a', user: 'u1' }, 2);
    await clock.run(Promise.all(Array.from({ length: 6 }, () => send('u1'))));
    expect(mostIn(1_000, 'u1')).toBe(2);
  });

  it('admits no more calls at once than the queue behind it has places', async () => {
    const clock = fakeClock();
    const admission = new Admission({ clock, fullAtMs: -Infinity, callsInFlightMax: 2 });
    const { signal } = new AbortController();
    const ask = (user: string) => admission.admit({ scope: { user }, draws: [], signal });
    const first = await ask('u1');
    await ask('u2');
    const third = ask('u3');
    await clock.advance(1_000);
    expect(admission.waiting).toBe(1);
    first?.release();
    expect(await third).not.toBeNull();
  });

  it('starts with full windows when it is told to', async () => {
    const { clock } = setup();
    const admission = new Admission({ clock, fullAtMs: clock.monotonicMs() });
    const scope: Scope = { app: 'a', user: 'u1' };
    const startMs = clock.monotonicMs();
    await clock.run(admission.admit({ scope, draws: drawsOf(BUDGETS, scope), signal: new AbortController().signal }));
    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(1_000);
  });

  it('forgets idle counters, and stays exact for those that it keeps', async () => {
    const { clock, send, mostIn } = setup({ budgets: BUDGETS.slice(1, 2) });
    for (let round = 0; round < 3; round += 1) {
      await clock.run(Promise.all(Array.from({ length: 1_200 }, (_, user) => send(`u${round}-${user}`))));
      await clock.advance(2_000);
    }
    await clock.run(Promise.all(Array.from({ length: 12 }, () => send('u0-0'))));
    expect(mostIn(1_000, 'u0-0')).toBeLessThanOrEqual(5);
  });
});
