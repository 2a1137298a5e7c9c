import { qps, setup, times } from './setup';

describe('a call that waits', () => {
  it('leaves without a permit when it is no longer wanted', async () => {
    const { clock, ask, abort, admission } = setup();
    admission.pause({ app: 'a' }, 60_000);
    const call = ask('u1');
    await clock.advance(10);
    abort.abort();
    expect(await call).toEqual({ kind: 'aborted' });
    expect(admission.waiting).toBe(0);
    expect(clock.sleeping).toBe(0); // nothing keeps the process from ending
  });

  it('is not even asked for when its signal has aborted before', async () => {
    const { ask, admission } = setup();
    expect(await ask('u1', { signal: AbortSignal.abort() })).toEqual({ kind: 'aborted' });
    expect(admission.waiting).toBe(0);
  });

  it('gives up alone: those behind it and beside it go on', async () => {
    const { clock, ask, send, atOf } = setup({ budgets: [qps('app-qps', 1)] });
    const single = new AbortController();
    const first = send('u1');
    const given = ask('u1', { signal: single.signal });
    const behind = send('u1');
    single.abort();
    expect(await given).toEqual({ kind: 'aborted' });
    await clock.run(Promise.all([first, behind]));
    expect(atOf('u1')).toEqual([0, 1_020]);
  });

  it('gives up with ten thousand others on one signal, in no time, and nobody sleeps on', async () => {
    const { clock, ask, send, abort, admission, atOf } = setup({ budgets: [qps('app-qps', 5)] });
    const calls = times(10_000, (at) => ask(`u${at % 100}`));
    const { signal } = new AbortController();
    await clock.advance(1_000);
    abort.abort();
    const ended = await Promise.all(calls);
    expect(ended.filter(({ kind }) => kind === 'aborted')).toHaveLength(10_000 - 5);
    expect([admission.waiting, clock.sleeping]).toEqual([0, 0]);
    await clock.run(send('late', { signal }));
    expect(atOf('late')[0]).toBeLessThan(1_051);
  });

  it('needs one timer, however many there are, and none when nobody waits', async () => {
    const { clock, send } = setup();
    const calls = Promise.all(times(200, (at) => send(`u${at % 7}`)));
    await clock.advance(1);
    expect(clock.sleeping).toBe(1);
    await clock.run(calls);
    expect(clock.sleeping).toBe(0);
  });

  it('sleeps for nothing that only an event can tell', async () => {
    const { clock, permit, ask } = setup({ budgets: [], callsInFlightMax: 1 });
    await permit('u1');
    void ask('u1');
    await clock.advance(1);
    expect(clock.sleeping).toBe(0);
  });
});

describe('the wait that is told', () => {
  it('is none, for no reason, when the call may go', () => {
    const { waitOf } = setup();
    expect(waitOf('u1')).toEqual({ waitMs: 0, because: null });
  });

  it.each([2, 5, 30])('is the true one for a lane alone, behind %d calls', async (ahead) => {
    const fixed = { guardMs: 50 };
    const budgets = [qps('app-qps', 20, fixed), qps('user-qps', 5, { ...fixed, scope: ['user'] })];
    const { clock, send, waitOf, nowMs, atOf } = setup({ budgets });
    const calls = times(ahead, () => send('u1'));
    await clock.advance(111);
    const { waitMs, because } = waitOf('u1');
    const toldMs = nowMs() + waitMs;
    calls.push(send('u1'));
    await clock.run(Promise.all(calls));
    expect(atOf('u1').at(-1)).toBeCloseTo(toldMs);
    expect(because).toBe('user-qps');
  });

  it('names what holds the call up the longest', async () => {
    const { admission, send, permit, waitOf, clock } = setup({ callsInFlightMax: 2 });
    void send('u1');
    expect(waitOf('u1').because).toBe('user-qps');
    expect(waitOf('u2').because).toBe('app-qps');
    admission.pause({ user: 'u1' }, 30_000);
    expect(waitOf('u1')).toEqual({ waitMs: 30_000, because: 'pause' });
    const probed = setup({ budgets: [] });
    probed.admission.probe({});
    await probed.permit('u1');
    expect(probed.waitOf('u1')).toEqual({ waitMs: Infinity, because: 'probe' });
    const held = [permit('u3'), permit('u4')];
    await clock.run(Promise.all(held));
    expect(waitOf('u5')).toEqual({ waitMs: Infinity, because: 'places in flight' });
  });

  it('is that of the cost of the call', async () => {
    const { permit, waitOf } = setup({
      budgets: [qps('tokens', 100, { unit: 'tokens', pacing: 'burst', guardMs: 0 })],
    });
    await permit('u1', { costs: { tokens: 60 } });
    expect(waitOf('u1', { tokens: 40 })).toEqual({ waitMs: 0, because: null });
    expect(waitOf('u1', { tokens: 41 })).toEqual({ waitMs: 1_000, because: 'tokens' });
  });

  it('is never less than nothing', async () => {
    const { clock, send, waitOf } = setup();
    await clock.run(send('u1'));
    await clock.advance(500_000);
    expect(waitOf('u1')).toEqual({ waitMs: 0, because: null });
  });
});

describe('a permit', () => {
  it('is stale when its call leaves more than a quarter of a second later', async () => {
    const { clock, ask } = setup();
    const admitted = await clock.run(ask('u1'));
    if (admitted.kind !== 'permit') throw new Error('no permit');
    await clock.advance(250);
    expect(admitted.permit.isStale).toBe(false);
    await clock.advance(1);
    expect(admitted.permit.isStale).toBe(true);
  });
});
