import { type Demand, describeBasis, estimateDemand, type PastRun } from '../../src/schedule/demand';

const DAY_MS = 86_400_000;
const NEWEST = Date.parse('2026-03-01T00:00Z'); // a Sunday

const run = (calls: number): PastRun => ({ slotAtMs: NEWEST, calls, durationMs: calls * 1_000 });

function demandOf(runs: readonly PastRun[], sources: Partial<Parameters<typeof estimateDemand>[0]> = {}): Demand {
  const weekdayOf = (atMs: number): number => (new Date(atMs).getUTCDay() + 6) % 7;
  return estimateDemand({ runs, estimate: null, others: [], weekdayOf, ...sources });
}

/** Daily runs, the newest first: a call each, but 50 on Mondays. */
function weeks(count: number): PastRun[] {
  return Array.from({ length: count * 7 }, (_, day) => ({
    ...run(day % 7 === 6 ? 50 : 1),
    slotAtMs: NEWEST - day * DAY_MS,
  }));
}

describe('the demand of a job', () => {
  test('is what four of five past runs do not exceed, beside the median', () => {
    expect(demandOf([10, 20, 30, 40, 900].map(run))).toMatchObject({
      calls: 40,
      durationMs: 40_000,
      p50: { calls: 30, durationMs: 30_000 },
      p80: { calls: 40, durationMs: 40_000 },
      weekdays: null,
      basis: { kind: 'history', runs: 5 },
    });
  });

  test('has a mean in which the newest runs weigh most', () => {
    expect(demandOf([100, 0].map(run)).mean).toEqual({ calls: 20, durationMs: 20_000 });
    expect(demandOf([0, 100].map(run)).mean.calls).toBeCloseTo(80);
    expect(demandOf(Array<PastRun>(20).fill(run(7))).mean.calls).toBeCloseTo(7);
  });

  test('follows the newest 20 runs only', () => {
    const runs = [...Array<number>(20).fill(10), ...Array<number>(50).fill(9_000)].map(run);
    expect(demandOf(runs)).toMatchObject({ calls: 10, basis: { runs: 20 } });
  });

  test('tells the days of the week apart once four weeks are known, and is planned for the busiest', () => {
    const demand = demandOf(weeks(4));
    expect(demand.weekdays?.map(({ calls }) => calls)).toEqual([50, 1, 1, 1, 1, 1, 1]);
    expect(demand).toMatchObject({ calls: 50, p80: { calls: 1 } });
    expect(demandOf(weeks(3))).toMatchObject({ weekdays: null, calls: 1 });
  });

  test('is what its file estimates while it never ran', () => {
    const estimate = { calls: 9_000, durationMs: 1_200_000 };
    expect(demandOf([], { estimate, others: [demandOf([run(5)])] })).toMatchObject({
      ...estimate,
      basis: { kind: 'estimate' },
    });
    expect(demandOf([run(5)], { estimate })).toMatchObject({ calls: 5 });
  });

  test('is the median of the other jobs for one that never ran, of those that did run', () => {
    const ran = (calls: number): Demand => demandOf([run(calls)]);
    const guessed = demandOf([]);
    expect(demandOf([], { others: [ran(5), guessed, ran(50), ran(7)] })).toMatchObject({
      calls: 7,
      basis: { kind: 'platform', jobs: 3 },
    });
    expect(guessed).toMatchObject({ calls: 100, durationMs: 600_000, basis: { kind: 'default' } });
  });

  test('says what it is built on', () => {
    expect(describeBasis({ kind: 'history', runs: 1 })).toBe('from 1 past run, low confidence');
    expect(describeBasis({ kind: 'history', runs: 12 })).toBe('from 12 past runs');
    expect(describeBasis({ kind: 'estimate' })).toBe('never ran: as its job file estimates');
    expect(describeBasis({ kind: 'default' })).toBe('never ran: a guess');
  });
});
