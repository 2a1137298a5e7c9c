import { forecastFrom, QUOTAS_MAX, type Traced, type TracedRun, type TracedWindow } from '../../src/schedule/forecast';

const span = { startMs: 0, endMs: 100_000 };
const run: TracedRun = {
  job: 'orders',
  kind: 'schedule',
  slotAtMs: 0,
  startMs: 10,
  endMs: 50,
  calls: 5,
  callsCarried: 0,
  parks: [],
};
const window = { startMs: 0, endMs: 10, used: 0, goneAtMs: null, callsCarried: 0 };
const rules = { span, coveredUntilMs: span.endMs, deadlineOf: () => 100, isMovedByClocks: () => false };

function passOf(part: Partial<Traced>): Traced {
  return { runs: [], quotas: [], ...part };
}

function fullOf(...windows: readonly Partial<TracedWindow>[]): Traced[] {
  return windows.map((part) => passOf({ quotas: [{ name: 'day', limit: 100, windows: [{ ...window, ...part }] }] }));
}

describe('a forecast of several passes', () => {
  it('has the highest of four as its p80, and the middle between the second and the third as its p50', () => {
    const passes = [60, 40, 90, 50].map((endMs) => passOf({ runs: [{ ...run, endMs, calls: endMs / 10 }] }));
    const { runs } = forecastFrom({ ...rules, passes });
    expect(runs).toMatchObject([
      { calls: 6, finishP50Ms: 55, finishP80Ms: 90, deadlineAtMs: 100, slackMs: 10, startMs: 10 },
    ]);
  });

  it('has the parks and carried calls of the pass whose finish is the p80', () => {
    const parks = [{ atMs: 20, untilMs: 80, reason: 'day is spent' }];
    const late = { ...run, endMs: 90, callsCarried: 3, parks };
    const { runs } = forecastFrom({ ...rules, passes: [passOf({ runs: [late] }), passOf({ runs: [run] })] });
    expect(runs).toMatchObject([{ callsCarried: 3, parks }]);
  });

  it('has no p80 finish where one of four passes has none', () => {
    const passes = [60, null, 90, 50].map((endMs) => passOf({ runs: [{ ...run, endMs }] }));
    expect(forecastFrom({ ...rules, passes }).runs).toMatchObject([
      { finishP50Ms: 75, finishP80Ms: null, slackMs: null },
    ]);
  });

  it('has a run that only one pass has', () => {
    const { runs } = forecastFrom({ ...rules, passes: [passOf({ runs: [run] }), passOf({})] });
    expect(runs).toMatchObject([{ startMs: 10, finishP80Ms: 50 }]);
  });

  it('says in which share of the passes a quota runs out, and when at the earliest', () => {
    const passes = fullOf(
      { used: 100, goneAtMs: 7, callsCarried: 8 },
      { used: 90 },
      { used: 80 },
      { used: 100, goneAtMs: 9 },
    );
    expect(forecastFrom({ ...rules, passes }).quotas[0]?.windows).toEqual([
      {
        startMs: 0,
        endMs: 10,
        usedP50: 95,
        usedP80: 100,
        goneAtMs: 7,
        goneShare: 0.5,
        callsCarried: 8,
        callsCarriedMean: 2,
      },
    ]);
  });

  it('counts a pass without a window as one that draws nothing on it', () => {
    const passes = [...fullOf({ used: 40 }), passOf({}), passOf({})];
    expect(forecastFrom({ ...rules, passes }).quotas[0]?.windows).toMatchObject([{ usedP50: 0, usedP80: 40 }]);
  });

  it('leaves out what begins where its cover ends', () => {
    const passes = fullOf({ startMs: 50 }).map(({ quotas }) => ({ quotas, runs: [run, { ...run, slotAtMs: 50 }] }));
    const { runs, quotas, coveredUntilMs } = forecastFrom({ ...rules, coveredUntilMs: 50, passes });
    expect([runs.length, quotas[0]?.windows.length, coveredUntilMs]).toEqual([1, 0, 50]);
  });

  it('orders runs by start, and shows the fullest quotas', () => {
    const quotas = Array.from({ length: QUOTAS_MAX + 1 }, (_, used) => {
      return { name: `q${used}`, limit: 100, windows: [{ ...window, used }] };
    });
    const runs = [
      { ...run, job: 'b' },
      { ...run, job: 'a' },
      { ...run, job: 'c', startMs: 5 },
    ];
    const forecast = forecastFrom({ ...rules, passes: [{ runs, quotas }] });
    expect(forecast.runs.map(({ job }) => job)).toEqual(['c', 'a', 'b']);
    expect(forecast.quotas).toHaveLength(QUOTAS_MAX);
    expect(forecast.quotas[0]).toMatchObject({ name: `q${QUOTAS_MAX}`, windows: [{ usedP80: QUOTAS_MAX }] });
  });
});
