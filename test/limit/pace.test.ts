import fc from 'fast-check';
import { Guard, Way } from '../../src/limit/guard';
import { Pace } from '../../src/limit/pace';
import { at, calls, drive, mostIn, paceOf, SPAN_MS, type Step } from './pace-drive';

const WINDOW_MS = SPAN_MS + 50;
const PACING = fc.constantFrom('even' as const, 'burst' as const);

/** Mostly nothing, sometimes up to so much. */
const upTo = (max: number): fc.Arbitrary<number> => fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max }));

describe('a pace', () => {
  it('never lets more than its limit leave in any window and its guard, whatever happens on the way', () => {
    const step = fc.record({
      waitMs: upTo(2_500),
      amount: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })),
      stallMs: upTo(400),
      // Whoever is later asks for another permit.
      lateMs: upTo(900),
    });
    fc.assert(
      fc.property(
        fc.record({
          limit: fc.integer({ min: 12, max: 60 }),
          spanMs: fc.integer({ min: 1_000, max: 5_000 }),
          guardMs: fc.integer({ min: 0, max: 300 }),
          pacing: PACING,
        }),
        fc.array(step, { minLength: 1, maxLength: 150 }),
        (options, steps) => {
          const sends = drive(paceOf(options), steps);
          expect(mostIn(options.spanMs + options.guardMs, sends)).toBeLessThanOrEqual(options.limit);
        },
      ),
    );
  });

  it('never lets more than the highest limit in force leave while its limit is lowered and raised', () => {
    const limit = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });
    const step = fc
      .record({ waitMs: upTo(1_500), lateMs: upTo(900), limit })
      .map(({ limit: next, ...rest }): Step => (next === undefined ? rest : { ...rest, limit: next }));
    fc.assert(
      fc.property(PACING, fc.array(step, { minLength: 1, maxLength: 150 }), (pacing, steps) => {
        const sends = drive(paceOf({ pacing, limit: 20 }), steps);
        sends.forEach(({ takenAtMs, limit: inForce }, at) => {
          // What was admitted within the window up to here, this call included, by when it really left.
          const before = sends.slice(0, at + 1).filter(({ atMs }) => atMs > takenAtMs - WINDOW_MS + 1e-6);
          if (before.length > inForce) throw new Error(`${before.length} of ${inForce} at ${takenAtMs}`);
        });
      }),
    );
  });

  it('keeps its limit on arrival, however the way there varies up to the guard', () => {
    const way = fc.array(fc.record({ waitMs: upTo(1_200), wayMs: fc.nat({ max: 50 }) }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), PACING, way, (limit, pacing, steps) => {
        const sends = drive(paceOf({ limit, pacing, guardMs: 50 }), steps);
        const arrivals = sends.map(({ atMs, amount }, at) => ({ atMs: atMs + steps[at]!.wayMs, amount }));
        expect(mostIn(SPAN_MS, arrivals)).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('keeps calls apart when it is even', () => {
    const sends = drive(paceOf({ limit: 10 }), calls(40));
    const gapsMs = sends.slice(1).map(({ atMs }, at) => atMs - sends[at]!.atMs);
    expect(Math.min(...gapsMs)).toBeGreaterThan(104);
    expect(Math.max(...gapsMs)).toBeLessThan(106);
  });

  it('lets a window fill at once when it is in bursts, and the next one when the first is over', () => {
    const sends = drive(paceOf({ limit: 10, pacing: 'burst' }), calls(20));
    expect(sends.map(({ atMs }) => atMs)).toEqual([...Array<number>(10).fill(0), ...Array<number>(10).fill(WINDOW_MS)]);
  });

  it.each(['even', 'burst'] as const)('uses what the guard leaves of its limit: %s', (pacing) => {
    const sends = drive(paceOf({ limit: 20, pacing }), calls(401));
    expect(400 / (sends.at(-1)!.atMs / 1_000) / 20).toBeCloseTo(SPAN_MS / WINDOW_MS, 3);
  });

  /** How much earlier the last call left than it would have, had the stall cost all that was due in it. */
  const madeUpMs = (pace: Pace, stallMs: number): number => {
    const steps = [...calls(20), { stallMs }, ...calls(60)];
    const spacingMs = pace.spacingMs;
    return 80 * spacingMs + stallMs - drive(pace, steps).at(-1)!.atMs;
  };

  it('makes up for a short stall wholly, and for a long one with a quarter of its window', () => {
    expect(madeUpMs(paceOf({ limit: 100 }), 42.5)).toBeCloseTo(42.5);
    expect(madeUpMs(paceOf({ limit: 100 }), 800)).toBeCloseTo(24 * 10.5);
  });

  it('makes up for less where it was told to', () => {
    const pace = paceOf({ limit: 100 });
    pace.catchUpMax = 2;
    expect(madeUpMs(pace, 800)).toBeCloseTo(10.5);
  });

  it('makes up at three times its pace at most, but for what a timer may be late', () => {
    const sends = drive(paceOf({ limit: 100 }), [...calls(20), { stallMs: 800 }, ...calls(60)]);
    for (let first = 20; first < 40; first += 1) {
      expect(sends[first + 4]!.atMs - sends[first]!.atMs).toBeGreaterThanOrEqual(4 * 3.5 - 4 - 1e-6);
    }
  });

  it('makes up for a wait for other counters with two calls, and for one that nobody asked for with none', () => {
    const pace = paceOf({ limit: 10 });
    pace.take(1, { nowMs: 1_000, dueMs: 1_000, askedAtMs: 0 });
    expect(pace.earliestMs(1, 1_000)).toBeLessThanOrEqual(1_000 + 35);
    const rested = paceOf({ limit: 10 });
    rested.take(1, at(1_000));
    expect(rested.earliestMs(1, 1_000)).toBe(1_105);
  });

  it('never catches up past its window, however it stalls', () => {
    const stalls = fc.array(fc.record({ stallMs: upTo(1_500) }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), stalls, (limit, steps) => {
        expect(mostIn(WINDOW_MS, drive(paceOf({ limit }), steps))).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('gives no credit for a rest: nothing was due in it', () => {
    const sends = drive(paceOf({ limit: 100 }), [...calls(3), { waitMs: 60_000 }, ...calls(3)]);
    expect(sends[4]!.atMs - sends[3]!.atMs).toBeCloseTo(10.5);
    expect(sends[5]!.atMs - sends[4]!.atMs).toBeCloseTo(10.5);
  });

  it.each(['even', 'burst'] as const)('starts as if full when it is told to: %s', (pacing) => {
    expect(paceOf({ fullAtMs: 7_000, pacing }).earliestMs(1, 7_000)).toBe(7_000 + WINDOW_MS);
  });

  it.each(['even', 'burst'] as const)('lets what costs more than the whole limit go when it is empty: %s', (pacing) => {
    const pace = paceOf({ limit: 10, pacing });
    const [first, large, next] = drive(pace, [{ amount: 2 }, { amount: 25 }, { amount: 1 }]);
    expect(large!.atMs - first!.atMs).toBe(WINDOW_MS);
    expect(next!.atMs - large!.atMs).toBeGreaterThanOrEqual(WINDOW_MS);
  });

  it('counts a call from the moment at which it really left', () => {
    const pace = paceOf({ limit: 1 });
    pace.take(1, at(100)).sent?.(400);
    expect(pace.earliestMs(1, 400)).toBe(400 + WINDOW_MS);
  });

  it('counts what left behind a late call from no earlier than that', () => {
    const pace = paceOf({ limit: 2, pacing: 'burst' });
    const late = pace.take(1, at(0));
    pace.take(1, at(100)).sent?.(100);
    late.sent?.(400);
    expect(pace.earliestMs(1, 500)).toBe(400 + WINDOW_MS);
  });
});

describe('a pace in units', () => {
  it('has room again for what a call did not cost', () => {
    const pace = paceOf({ limit: 100, spanMs: 60_000, guardMs: 0 });
    const large = pace.take(100, at(0));
    expect(pace.earliestMs(50, 10)).toBe(60_000);
    large.settle?.(10);
    expect(pace.earliestMs(50, 10)).toBe(6_000); // ten units at an even pace
    expect(pace.used(10)).toBe(10);
  });

  it('counts what a call cost beyond its estimate', () => {
    const pace = paceOf({ limit: 100, spanMs: 60_000, guardMs: 0, pacing: 'burst' });
    pace.take(10, at(0)).settle?.(90);
    expect(pace.earliestMs(10, 10)).toBe(-Infinity);
    expect(pace.earliestMs(11, 10)).toBe(60_000);
  });

  it('takes no notice of a settlement that comes when the window is over', () => {
    const pace = paceOf({ limit: 100, pacing: 'burst' });
    const old = pace.take(100, at(0));
    old.sent?.(0);
    pace.take(60, at(2_000));
    old.settle?.(10);
    expect(pace.used(2_000)).toBe(60);
  });

  it('does not gather crumbs: an empty window is empty', () => {
    const pace = paceOf({ limit: 1, pacing: 'burst' });
    const tenths = Array.from({ length: 10 }, () => pace.take(0.1, at(0)));
    for (const { sent, settle } of tenths) {
      sent?.(0);
      settle?.(0.3);
    }
    expect(pace.used(2_000)).toBe(0);
    expect(pace.isIdle(4_000)).toBe(true);
  });
});

describe('the guard of a pace', () => {
  /** How wide it is after an hour of windows that were filled to this share of the limit. */
  const guardAfter = (share: number): number => {
    const guard = new Guard({ spanMs: SPAN_MS, way: new Way() });
    const pace = new Pace({ limit: 20, spanMs: SPAN_MS, pacing: 'burst', guard, fullAtMs: -Infinity });
    const window = [{ waitMs: 2 * SPAN_MS }, ...calls(share * 20 - 1)];
    drive(pace, Array.from({ length: 1_800 }, () => window).flat());
    return guard.ms;
  };

  it('narrows while its windows are as good as full, and only then', () => {
    expect(guardAfter(1)).toBeLessThan(20);
    expect(guardAfter(0.8)).toBe(20);
  });
});

describe('a pace at rest', () => {
  it('may be forgotten when a whole window has passed', () => {
    const pace = paceOf();
    pace.take(1, at(0)).sent?.(0);
    expect(pace.isIdle(WINDOW_MS - 1)).toBe(false);
    expect(pace.isIdle(WINDOW_MS)).toBe(true);
  });

  it('may not be forgotten while it counts as full', () => {
    expect(paceOf({ fullAtMs: 0 }).isIdle(WINDOW_MS - 1)).toBe(false);
    expect(paceOf({ fullAtMs: 0 }).isIdle(WINDOW_MS)).toBe(true);
  });

  it('takes memory for what its window held, not for its limit', () => {
    const guard = new Guard({ spanMs: SPAN_MS, fixedMs: 0, way: new Way() });
    const bytesOf = (used: number): number => {
      const before = process.memoryUsage().arrayBuffers;
      const paces = Array.from({ length: 2_000 }, () => {
        const pace = paceOf({ limit: 100_000, guard, pacing: 'burst' });
        for (let call = 0; call < used; call += 1) pace.take(1, at(0));
        return pace;
      });
      return (process.memoryUsage().arrayBuffers - before) / paces.length;
    };
    expect(bytesOf(3)).toBeLessThan(200);
    expect(bytesOf(100)).toBeGreaterThan(1_600);
  });
});
