import { type Hold, Holds } from '../../src/limit/hold';

function hold(parts: Partial<Hold> = {}): Hold {
  return { platform: 'p', scope: { app: 'a' }, untilMs: 1_000, code: 'QUOTA', reason: '', sinceMs: 0, ...parts };
}

function setup(...given: readonly Partial<Hold>[]): Holds {
  const holds = new Holds();
  for (const parts of given) holds.add(hold(parts));
  return holds;
}

const CALL = { app: 'a', user: 'u', api: 'list' };

describe('holds', () => {
  it('stop every call that their scope covers until their instant, and no other', () => {
    const holds = setup({ scope: { app: 'a', user: 'u' } });
    expect(holds.stopping(CALL, 999)).toMatchObject({ untilMs: 1_000 });
    expect(holds.stopping(CALL, 1_000)).toBeNull();
    expect(holds.stopping({ ...CALL, user: 'v' }, 0)).toBeNull();
    expect(holds.stopping({ app: 'a' }, 0)).toBeNull();
  });

  it('of one scope are as long as the longest, in whatever order they come', () => {
    expect(setup({ untilMs: 2_000 }, { untilMs: 1_000 }).stopping(CALL, 1_500)?.untilMs).toBe(2_000);
    expect(setup({ untilMs: 1_000 }, { untilMs: 2_000 }).stopping(CALL, 1_500)?.untilMs).toBe(2_000);
  });

  it('keep the first reason where two end together', () => {
    expect(setup({ reason: 'first' }, { reason: 'second' }).stopping(CALL, 0)?.reason).toBe('first');
  });

  it('of several scopes: the longest is told', () => {
    const [app, user] = [{ untilMs: 2_000 }, { scope: { app: 'a', user: 'u' }, untilMs: 3_000 }];
    expect(setup(app, user).stopping(CALL, 0)?.untilMs).toBe(3_000);
    expect(setup(user, app).stopping(CALL, 0)?.untilMs).toBe(3_000);
    expect(setup({ ...app, untilMs: 4_000 }, user).stopping(CALL, 0)?.untilMs).toBe(4_000);
  });

  it('that have ended are taken once, those over the scope only', () => {
    const user = { app: 'a', user: 'u' };
    const holds = setup({ untilMs: 2_000 }, { scope: user }, { scope: { app: 'a', user: 'v' } });
    expect(holds.takeEnded(CALL, 999)).toEqual([]);
    expect(holds.takeEnded(CALL, 1_000)).toEqual([hold({ scope: user })]);
    expect(holds.takeEnded(CALL, 1_000)).toEqual([]);
    expect(holds.stopping(CALL, 1_000)?.untilMs).toBe(2_000);
    expect(holds.takeEnded({ app: 'a', user: 'v' }, 1_000)).toHaveLength(1);
  });

  it('are replaced as a whole', () => {
    const holds = setup({ untilMs: 9_000 }, { scope: { app: 'b' } });
    holds.replace([hold({ untilMs: 500 })]);
    expect(holds.stopping(CALL, 499)?.untilMs).toBe(500);
    expect(holds.stopping(CALL, 500)).toBeNull();
    expect(holds.stopping({ app: 'b' }, 0)).toBeNull();
  });
});
