import fc from 'fast-check';
import { Pace } from '../../src/limit/pace';

const SPAN_MS = 1_000;

function setup({ limit = 10, guardMs = 50, fullAtMs = -Infinity } = {}) {
  return new Pace({ limit, spanMs: SPAN_MS, guardMs, fullAtMs });
}

/** Sends as early as the pace lets it, from `startMs` on; waits before each call as told. */
function sendAll(pace: Pace, waitsMs: readonly number[], startMs = 0): number[] {
  let nowMs = startMs;
  return waitsMs.map((waitMs) => {
    nowMs = Math.max(nowMs + waitMs, pace.earliestMs());
    pace.take(nowMs);
    return nowMs;
  });
}

function mostInAnyWindow(sentAtMs: readonly number[], spanMs: number): number {
  return Math.max(
    ...sentAtMs.map((fromMs) => sentAtMs.filter((atMs) => atMs >= fromMs && atMs < fromMs + spanMs).length),
  );
}

describe('a pace', () => {
  it('never sends more than its limit in any window, whatever the waits between the calls', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2_500 })), { minLength: 1, maxLength: 200 }),
        (limit, waitsMs) => {
          const sentAtMs = sendAll(setup({ limit }), waitsMs);
          // The guard is kept too: any window and guard together hold no more than the limit.
          expect(mostInAnyWindow(sentAtMs, SPAN_MS + 49)).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it('sends evenly instead of in a burst at the start of each window', () => {
    const sentAtMs = sendAll(setup({ limit: 10 }), Array<number>(40).fill(0));
    expect(mostInAnyWindow(sentAtMs, 100)).toBeLessThanOrEqual(2);
  });

  it('uses nearly all of its limit', () => {
    const sentAtMs = sendAll(setup({ limit: 20 }), Array<number>(400).fill(0));
    const seconds = (sentAtMs.at(-1) ?? 0) / 1_000;
    expect(sentAtMs.length / seconds / 20).toBeGreaterThan(0.94); // 1000 / 1050 is what the guard leaves
  });

  it('catches up after a short stall, but with a few calls only', () => {
    const pace = setup({ limit: 100 });
    sendAll(pace, Array<number>(20).fill(0));
    const stalledUntilMs = pace.earliestMs() + 40; // about four calls late
    const sentAtMs = sendAll(pace, Array<number>(10).fill(0), stalledUntilMs);
    expect(sentAtMs.filter((atMs) => atMs === stalledUntilMs)).toHaveLength(3);
  });

  it('does not open with a burst after a rest', () => {
    const pace = setup({ limit: 100 });
    sendAll(pace, [0, 0, 0]);
    const sentAtMs = sendAll(pace, [0, 0, 0], 60_000);
    expect(new Set(sentAtMs).size).toBe(3);
  });

  it('starts as if full after an unclean stop: the first call waits a whole window', () => {
    const pace = setup({ fullAtMs: 7_000 });
    expect(pace.earliestMs()).toBe(7_000 + SPAN_MS + 50);
  });

  it('keeps to a lower limit that the platform named, and is never raised by one', () => {
    const pace = setup({ limit: 10 });
    pace.lower(4);
    pace.lower(8);
    expect(pace.limit).toBe(4);
    expect(mostInAnyWindow(sendAll(pace, Array<number>(40).fill(0)), SPAN_MS)).toBeLessThanOrEqual(4);
  });

  it('counts a call from the moment at which it really left', () => {
    const pace = setup({ limit: 1 });
    const place = pace.take(100);
    pace.restamp(place, 400);
    expect(pace.earliestMs()).toBe(400 + SPAN_MS + 50);
  });

  it('may be forgotten only when a whole window has passed, and never with a learned limit', () => {
    const pace = setup();
    pace.take(0);
    expect(pace.isIdle(1_000)).toBe(false);
    expect(pace.isIdle(1_100)).toBe(true);
    pace.lower(3);
    expect(pace.isIdle(100_000)).toBe(false);
  });
});
