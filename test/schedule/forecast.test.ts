import { forecastFrom, QUOTAS_MAX, type Traced, type TracedRun } from '../../src/schedule/forecast';

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
const none: Traced = { runs: [], quotas: [] };
const rules = { deadlineOf: () => 100, isMovedByClocks: () => false };

describe('a forecast of two simulations', () => {
  it('takes calls from the p50 case, and parks, carried calls and the slack from the p80 case', () => {
    const parks = [{ atMs: 20, untilMs: 80, reason: 'day is spent' }];
    const late = { ...run, endMs: 90, calls: 8, callsCarried: 3, parks };
    const { runs } = forecastFrom({ span, p50: { ...none, runs: [run] }, p80: { ...none, runs: [late] }, ...rules });
    expect(runs).toMatchObject([
      { calls: 5, callsCarried: 3, parks, finishP50Ms: 50, finishP80Ms: 90, deadlineAtMs: 100, slackMs: 10 },
    ]);
  });

  it('has a run that only one case has', () => {
    const { runs } = forecastFrom({ span, p50: { ...none, runs: [run] }, p80: none, ...rules });
    expect(runs).toMatchObject([{ startMs: 10, finishP50Ms: 50, finishP80Ms: null, slackMs: null }]);
  });

  it('orders runs by start, and shows the fullest quotas', () => {
    const quotas = Array.from({ length: QUOTAS_MAX + 1 }, (_, used) => ({
      name: `q${used}`,
      limit: 100,
      windows: [{ startMs: 0, endMs: 10, used, goneAtMs: null, callsCarried: 0 }],
    }));
    const runs = [
      { ...run, job: 'b' },
      { ...run, job: 'a' },
      { ...run, job: 'c', startMs: 5 },
    ];
    const forecast = forecastFrom({ span, p50: none, p80: { runs, quotas }, ...rules });
    expect(forecast.runs.map(({ job }) => job)).toEqual(['c', 'a', 'b']);
    expect(forecast.quotas).toHaveLength(QUOTAS_MAX);
    expect(forecast.quotas[0]).toMatchObject({
      name: `q${QUOTAS_MAX}`,
      windows: [{ usedP50: 0, usedP80: QUOTAS_MAX }],
    });
  });
});
