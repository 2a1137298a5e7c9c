import { qps, setup, times } from './setup';

const USER_QPS = qps('user-qps', 5, { scope: ['user'] });
const WINDOW_MS = 1_020;

describe('admission', () => {
  it('admits a call only when every budget that it draws on admits it', async () => {
    const { clock, send, mostIn } = setup();
    const users = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'];
    await clock.run(Promise.all(users.flatMap((user) => times(10, () => send(user)))));
    expect(mostIn(1_000)).toBeLessThanOrEqual(20);
    for (const user of users) expect(mostIn(1_000, user)).toBeLessThanOrEqual(5);
  });

  it('holds capacity of no budget while a call waits for another', async () => {
    const budgets = [qps('app-qps', 1, { pacing: 'burst' }), USER_QPS];
    const { clock, send, atOf, admission } = setup({ budgets });
    admission.pause({ user: 'blocked' }, 60_000);
    const blocked = send('blocked');
    await clock.run(send('free'));
    expect(atOf('free')).toEqual([0]);
    await clock.run(blocked);
    expect(atOf('blocked')).toEqual([60_000]);
  });

  it('does not let a user with a long queue delay another user', async () => {
    const { clock, send, atOf, nowMs } = setup();
    const hot = times(50, () => send('hot'));
    await clock.advance(100);
    const askedAtMs = nowMs();
    await clock.run(send('cold'));
    expect(atOf('cold')[0]! - askedAtMs).toBeLessThan(200);
    await clock.run(Promise.all(hot));
  });

  it('starts with full windows when it is told to', async () => {
    const clock = setup().clock;
    const { send, clock: own, atOf } = setup({ fullAtMs: clock.monotonicMs() });
    await own.run(send('u1'));
    expect(atOf('u1')).toEqual([WINDOW_MS]);
  });

  it('counts a budget for calls of every scope that has its names, and of no other', async () => {
    const budgets = [qps('one-api', 1, { scope: ['api'], only: { api: ['slow'] } })];
    const { clock, send, atOf } = setup({ budgets });
    await clock.run(Promise.all([send('u1', { api: 'slow' }), send('u2', { api: 'slow' }), send('u3'), send('u3')]));
    expect([atOf('u1'), atOf('u2'), atOf('u3')]).toEqual([[0], [WINDOW_MS], [0, 0]]);
  });

  it('admits by cost, in the unit of each budget', async () => {
    const budgets = [qps('tokens', 100, { unit: 'tokens', pacing: 'burst' }), qps('calls', 10, { pacing: 'burst' })];
    const { clock, send, sent } = setup({ budgets });
    await clock.run(Promise.all(times(4, () => send('u1', { costs: { tokens: 40 } }))));
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 0, WINDOW_MS, WINDOW_MS]);
  });

  it('lets the next call go as soon as one is settled to less than it was estimated at', async () => {
    const budgets = [qps('tokens', 100, { unit: 'tokens' })];
    const { clock, permit, atOf } = setup({ budgets });
    const costs = { tokens: 100 };
    const first = await permit('u1', { costs });
    const second = permit('u2', { costs: { tokens: 50 } });
    await clock.advance(200);
    first.settle({ tokens: 5 });
    await clock.run(second);
    expect(atOf('u2')).toEqual([200]);
  });

  it('forgets idle counters, and stays exact for those that it keeps', async () => {
    const { clock, send, mostIn } = setup({ budgets: [USER_QPS] });
    for (let round = 0; round < 3; round += 1) {
      await clock.run(Promise.all(times(1_200, (user) => send(`u${round}-${user}`))));
      await clock.advance(2_000);
    }
    await clock.run(Promise.all(times(12, () => send('u0-0'))));
    expect(mostIn(1_000, 'u0-0')).toBeLessThanOrEqual(5);
  });

  it.each(times(4, (at) => 997 + at))(
    'never counts twice over while it forgets idle ones: %d counters',
    async (idle) => {
      const budgets = [qps('user-qps', 1, { scope: ['user'] }), qps('user-api', 9, { scope: ['user', 'api'] })];
      const { clock, send, admission, atOf } = setup({ budgets });
      const budget = qps('org-qps', 1, { scope: ['org'] });
      for (let org = 0; org < idle; org += 1) {
        const scope = { org: `${org}` };
        admission.waitOf({ scope, draws: [{ budget, scope, counter: `org-qps|org=${org}` }] });
      }
      await clock.run(Promise.all([send('u', { api: 'x' }), send('u', { api: 'y' })]));
      expect(atOf('u')).toEqual([0, WINDOW_MS]);
    },
  );

  it('never forgets a counter that a waiting call holds, though it costs nothing there', async () => {
    const budgets = [qps('tokens', 1, { scope: ['user'], unit: 'tokens', pacing: 'burst' })];
    const { clock, send, admission, atOf } = setup({ budgets });
    admission.pause({ user: 'u', api: 'x' }, 5_000);
    const calls = [send('u', { api: 'x', costs: { tokens: 0 } })];
    await clock.run(Promise.all(times(1_100, (at) => send(`other-${at}`, { costs: { tokens: 0 } }))));
    calls.push(send('u', { api: 'x', costs: { tokens: 1 } }), send('u', { api: 'y', costs: { tokens: 1 } }));
    await clock.run(Promise.all(calls));
    expect(atOf('u')).toEqual([0, 5_000, 5_000]);
  });
});

describe('calls in flight', () => {
  it('are never more than the budget says, and go on as they end', async () => {
    const { clock, send, admission } = setup();
    const calls = ['u1', 'u2', 'u3', 'u4', 'u5', 'u6'].map((user) => send(user, { holdMs: 10_000 }));
    await clock.advance(5_000);
    expect(admission.waiting).toBe(3);
    await clock.run(Promise.all(calls));
    expect(admission.waiting).toBe(0);
  });

  it('are no more than the queue behind has places', async () => {
    const { permit, ask, clock, admission } = setup({ budgets: [], callsInFlightMax: 2 });
    const first = await permit('u1');
    await permit('u2');
    const third = ask('u3');
    await clock.advance(1_000);
    expect(admission.waiting).toBe(1);
    first.release();
    expect((await third).kind).toBe('permit');
  });

  it('free their place once, however often they are released', async () => {
    const { permit, ask, clock, admission } = setup({ budgets: [], callsInFlightMax: 1 });
    const first = await permit('u1');
    first.release();
    first.release();
    await permit('u2');
    void ask('u3');
    await clock.advance(1_000);
    expect(admission.waiting).toBe(1);
  });
});

describe('a pause', () => {
  it('holds back exactly the scope that it names', async () => {
    const { clock, send, atOf, admission } = setup();
    admission.pause({ user: 'u1' }, 30_000);
    await clock.run(Promise.all([send('u1'), send('u2')]));
    expect(atOf('u2')[0]).toBeLessThan(1_000);
    expect(atOf('u1')).toEqual([30_000]);
  });

  it('that is shorter never cuts a longer one', async () => {
    const { clock, send, atOf, admission } = setup();
    admission.pause({ app: 'a' }, 30_000);
    admission.pause({ app: 'a' }, 1_000);
    await clock.run(send('u1'));
    expect(atOf('u1')).toEqual([30_000]);
  });

  it('that is longer holds what already waits for a shorter one', async () => {
    const { clock, send, atOf, admission } = setup();
    admission.pause({ app: 'a' }, 1_000);
    const call = send('u1');
    await clock.advance(500);
    admission.pause({ app: 'a' }, 30_000);
    await clock.run(call);
    expect(atOf('u1')).toEqual([30_500]);
  });

  it('of a wider and of a narrower scope both hold', async () => {
    const { clock, send, atOf, admission } = setup();
    admission.pause({ user: 'u1', api: 'list' }, 2_000);
    admission.pause({}, 1_000);
    await clock.run(Promise.all([send('u1'), send('u2')]));
    expect([atOf('u2'), atOf('u1')]).toEqual([[1_000], [2_000]]);
  });

  it('shows until it is over', async () => {
    const { clock, admission, scopeOf } = setup();
    admission.pause({ user: 'u1' }, 1_000);
    expect(admission.isPaused(scopeOf('u1'))).toBe(true);
    expect(admission.isPaused(scopeOf('u2'))).toBe(false);
    await clock.advance(1_000);
    expect(admission.isPaused(scopeOf('u1'))).toBe(false);
  });

  it('that is lifted lets all that wait for it go at once', async () => {
    const { clock, send, atOf, admission } = setup({ budgets: [] });
    admission.pause({ app: 'a' }, 300_000);
    const calls = Promise.all([send('u1'), send('u2'), send('u1')]);
    await clock.advance(700);
    admission.lift();
    await clock.run(calls);
    expect([atOf('u1'), atOf('u2')]).toEqual([[700, 700], [700]]);
    expect(clock.sleeping).toBe(0);
  });
});

describe('a probe', () => {
  /** Many calls that want to go; `endOne` ends the one that is in flight the longest, and says how many then are. */
  function probed() {
    const bundle = setup({ budgets: [], callsInFlightMax: 1_000 });
    bundle.admission.probe({ app: 'a' });
    const permits = times(200, () => bundle.permit('u'));
    let ended = 0;
    const endOne = async (ok = true): Promise<number> => {
      const permit = await permits[ended++]!;
      permit.heard({ roundTripMs: 1, ok });
      permit.release();
      await bundle.clock.advance(1);
      return bundle.sent.length - ended;
    };
    return { ...bundle, endOne };
  }

  it('is one call', async () => {
    const { clock, sent } = probed();
    await clock.advance(60_000);
    expect(sent).toHaveLength(1);
  });

  it('doubles what may be in flight with each call that is served, until nobody is held back', async () => {
    const { endOne } = probed();
    const inFlight: number[] = [];
    for (let call = 0; call < 7; call += 1) inFlight.push(await endOne());
    expect(inFlight).toEqual([2, 4, 8, 16, 32, 194, 193]);
  });

  it('halves it with each that is not', async () => {
    const { endOne } = probed();
    const inFlight: number[] = [];
    for (const ok of [true, true, true, false, false]) inFlight.push(await endOne(ok));
    expect(inFlight).toEqual([2, 4, 8, 7, 6]); // eight at once, then four, then two: none follows before there is room
    for (let call = 0; call < 5; call += 1) inFlight.push(await endOne(false));
    expect(inFlight.slice(5)).toEqual([5, 4, 3, 2, 1]);
    expect(await endOne(false)).toBe(1);
    expect(await endOne()).toBe(2);
  });

  it('holds nobody outside of its scope', async () => {
    const { permit, clock, admission, sent } = setup({ budgets: [] });
    admission.probe({ user: 'u1' });
    void permit('u1');
    void permit('u1');
    await Promise.all([permit('u2'), permit('u2')]);
    await clock.advance(1_000);
    expect(sent.map(({ user }) => user)).toEqual(['u1', 'u2', 'u2']);
  });

  it('begins anew at the next reset', async () => {
    const { permit, clock, admission, sent } = setup({ budgets: [] });
    admission.probe({});
    for (let call = 0; call < 7; call += 1) {
      const held = await permit('u1');
      held.heard({ roundTripMs: 1, ok: true });
      held.release();
    }
    admission.probe({});
    void permit('u1');
    void permit('u1');
    await clock.advance(1_000);
    expect(sent).toHaveLength(8);
  });
});
