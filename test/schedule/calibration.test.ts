import { calibrate, type Outcome } from '../../src/schedule/calibration';

const EXPECTED = { callsP50: 100, callsP80: 120, durationP50Ms: 60_000, durationP80Ms: 90_000 };

function outcomes(calls: readonly number[], durationMs: number | null = 60_000): Outcome[] {
  return calls.map((taken) => ({ expected: EXPECTED, calls: taken, durationMs }));
}

const TEN = Array<number>(10).fill(100);

describe('calibrate', () => {
  it('is good when the median is met and four in five stay within the p80', () => {
    const { calls } = calibrate(outcomes([90, 95, 95, 98, 100, 100, 110, 115, 130, 140]));
    expect(calls).toEqual({ runs: 10, ratio: 1, withinP80: 0.8, verdict: 'good' });
  });

  it('tells an expectation that is too low by its median', () => {
    expect(calibrate(outcomes(TEN.map(() => 130))).calls).toMatchObject({ ratio: 1.3, verdict: 'too-low' });
  });

  it('tells an expectation whose spread is too small although its median is met', () => {
    const { calls } = calibrate(outcomes([80, 90, 95, 98, 100, 100, 150, 150, 160, 170]));
    expect(calls).toMatchObject({ ratio: 1, withinP80: 0.6, verdict: 'too-low' });
  });

  it('tells an expectation that is too high', () => {
    expect(calibrate(outcomes(TEN.map(() => 50))).calls).toMatchObject({ ratio: 0.5, verdict: 'too-high' });
  });

  it('does not judge by fewer than ten runs', () => {
    expect(calibrate(outcomes([500, 500])).calls).toMatchObject({ runs: 2, ratio: 5, verdict: 'few-runs' });
  });

  it('leaves the time of parked runs out, and says nothing where nothing is left', () => {
    const { calls, duration } = calibrate(outcomes(TEN, null));
    expect(calls?.verdict).toBe('good');
    expect(duration).toBeNull();
    expect(calibrate([])).toEqual({ calls: null, duration: null });
  });

  it('counts calls where none were expected as far too many', () => {
    const none = { ...EXPECTED, callsP50: 0, callsP80: 0 };
    const [quiet, loud] = [0, 5].map((calls) =>
      calibrate(Array.from({ length: 10 }, () => ({ expected: none, calls, durationMs: null }))),
    );
    expect(quiet?.calls).toMatchObject({ ratio: 1, verdict: 'good' });
    expect(loud?.calls).toMatchObject({ ratio: Infinity, verdict: 'too-low' });
  });
});
