import type { CounterKind, Instant } from '../../src/sandbox/counter';
import { type Draw, Quota } from '../../src/sandbox/quota';

const WALL_AT_0_MS = Date.parse('2026-03-02T00:00:00+08:00');
const SHANGHAI = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' } as const;
const MINUTE_MS = 60_000;

function at(ms: number): Instant {
  return { wallMs: WALL_AT_0_MS + ms, monotonicMs: ms };
}

function setup(kind: CounterKind = { kind: 'sliding' }): { quota: Quota; admits: (draw: Draw, ms: number) => boolean } {
  const quota = new Quota(SHANGHAI, kind);
  return { quota, admits: (draw, ms) => quota.take([draw], at(ms)) === null };
}

function draw(changes: Partial<Draw>): Draw {
  return { budget: 'any', scope: { app: 'a' }, limit: 2, per: 'second', ...changes };
}

describe('a window of its own length', () => {
  it('slides over what came before each arrival', () => {
    const { admits } = setup();
    const perMinute = draw({ per: { windowMs: MINUTE_MS } });
    const instants = [0, 30_000, 59_999, 60_000, 60_001, 90_000];
    expect(instants.filter((ms) => admits(perMinute, ms))).toEqual([0, 30_000, 60_000, 90_000]);
  });

  it('is a minute of the clock where windows are fixed', () => {
    const { admits } = setup({ kind: 'fixed' });
    const perMinute = draw({ per: { windowMs: MINUTE_MS } });
    const instants = [59_998, 59_999, 59_999, 60_000, 60_001, 119_999, 120_000];
    expect(instants.filter((ms) => admits(perMinute, ms))).toEqual([59_998, 59_999, 60_000, 60_001, 120_000]);
  });

  it('may be counted in another way than the rest of the sandbox', () => {
    const { admits } = setup({ kind: 'fixed' });
    const bucket = draw({ limit: 60, per: { windowMs: MINUTE_MS, counter: { kind: 'bucket', burst: 1 } } });
    expect([0, 999, 1_000, 1_000].filter((ms) => admits(bucket, ms))).toEqual([0, 1_000]);
  });

  it('begins anew when its length is changed', () => {
    const { admits } = setup();
    expect(admits(draw({ limit: 1, per: { windowMs: MINUTE_MS } }), 0)).toBe(true);
    expect(admits(draw({ limit: 1, per: { windowMs: 2 * MINUTE_MS } }), 0)).toBe(true);
  });
});

describe('an amount', () => {
  it.each<[CounterKind]>([[{ kind: 'sliding' }], [{ kind: 'fixed' }], [{ kind: 'bucket', burst: 100 }]])(
    'is taken whole or not at all, counted by %j',
    (kind) => {
      const { quota, admits } = setup(kind);
      const tokens = (amount: number): Draw => draw({ limit: 100, per: { windowMs: MINUTE_MS }, amount });
      expect(admits(tokens(70), 0)).toBe(true);
      expect(admits(tokens(31), 0)).toBe(false);
      expect(admits(tokens(30), 0)).toBe(true);
      expect(quota.usage(at(0))).toMatchObject([{ used: 100, limit: 100 }]);
      expect(admits(tokens(100), MINUTE_MS - 1)).toBe(false);
      expect(admits(tokens(100), MINUTE_MS)).toBe(true);
    },
  );

  it('counts towards a day too', () => {
    const { admits } = setup();
    const tokens = draw({ limit: 100, per: 'day', amount: 60 });
    expect([0, 1, 86_400_000].filter((ms) => admits(tokens, ms))).toEqual([0, 86_400_000]);
  });

  it('that no window holds is refused for ever', () => {
    const { quota, admits } = setup();
    const tokens = draw({ limit: 100, per: { windowMs: MINUTE_MS }, amount: 101 });
    expect(admits(tokens, 0)).toBe(false);
    expect(quota.standing(tokens, at(0)).roomInMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not taken from one budget when another has no room', () => {
    const { quota } = setup();
    const calls = draw({ budget: 'calls', limit: 5 });
    const tokens = draw({ budget: 'tokens', limit: 10, amount: 11 });
    expect(quota.take([calls, tokens], at(0))).toBe(tokens);
    expect(quota.usage(at(0))).toEqual([]);
  });
});

describe('calls in flight', () => {
  const inFlight = draw({ per: 'in-flight' });

  it('make room when they are over, however long they take', () => {
    const { quota, admits } = setup();
    expect([0, 0, 0, 3_600_000].map((ms) => admits(inFlight, ms))).toEqual([true, true, false, false]);
    quota.giveBack([draw({ budget: 'calls' }), inFlight]);
    expect([0, 0].map((ms) => admits(inFlight, ms))).toEqual([true, false]);
  });

  it('are still in flight after a restore, and leave no room behind that was not there', () => {
    const { quota, admits } = setup();
    admits(inFlight, 0);
    quota.restore({ scope: {} });
    expect(quota.usage(at(0))).toMatchObject([{ per: 'in-flight', used: 1 }]);
    quota.giveBack([inFlight]);
    expect([0, 0, 0].map((ms) => admits(inFlight, ms))).toEqual([true, true, false]);
  });
});

it('applies a changed limit to what it has counted', () => {
  const { admits } = setup();
  const perDay = (limit: number): Draw => draw({ limit, per: 'day' });
  expect([2, 2, 2, 3, 3, 1].map((limit) => admits(perDay(limit), 0))).toEqual([true, true, false, true, false, false]);
});

describe('the standing of a counter', () => {
  it.each<[Draw['per'], CounterKind, object]>([
    ['second', { kind: 'sliding' }, { roomInMs: 750, fullInMs: 1_000 }],
    ['second', { kind: 'fixed' }, { roomInMs: 750, fullInMs: 750 }],
    ['second', { kind: 'bucket', burst: 2 }, { roomInMs: 250, fullInMs: 750 }],
    ['day', { kind: 'fixed' }, { roomInMs: 86_399_750, fullInMs: 86_399_750 }],
    ['in-flight', { kind: 'fixed' }, { roomInMs: Number.POSITIVE_INFINITY, fullInMs: Number.POSITIVE_INFINITY }],
  ])('says when there is room again and when nothing is in use: per %s, %j', (per, kind, waits) => {
    const { quota, admits } = setup(kind);
    expect(quota.standing(draw({ per }), at(0))).toEqual({ used: 0, left: 2, roomInMs: 0, fullInMs: 0 });
    admits(draw({ per }), 0);
    admits(draw({ per }), 250);
    expect(quota.standing(draw({ per }), at(250))).toEqual({ used: 2, left: 0, ...waits });
  });
});
