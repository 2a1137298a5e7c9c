import { type Demand, describeBasis, estimateDemand } from '../../src/schedule/demand';

const run = (calls: number) => ({ calls, durationMs: calls * 1_000 });

describe('the demand of a job', () => {
  test('is what four of five past runs do not exceed, beside what every other one does not', () => {
    expect(estimateDemand([10, 20, 30, 40, 900].map(run), [])).toEqual({
      calls: 40,
      callsP50: 30,
      durationMs: 40_000,
      basis: { kind: 'history', runs: 5 },
    });
  });

  test('follows the newest 20 runs only', () => {
    const runs = [...Array<number>(20).fill(10), ...Array<number>(50).fill(9_000)].map(run);
    expect(estimateDemand(runs, [])).toMatchObject({ calls: 10, basis: { runs: 20 } });
  });

  test('is the median of the other jobs for one that never ran, of those that did run', () => {
    const ran = (calls: number): Demand => estimateDemand([run(calls)], []);
    const guessed = estimateDemand([], []);
    expect(estimateDemand([], [ran(5), guessed, ran(50), ran(7)])).toMatchObject({
      calls: 7,
      basis: { kind: 'platform', jobs: 3 },
    });
    expect(guessed).toMatchObject({ calls: 100, durationMs: 600_000, basis: { kind: 'default' } });
  });

  test('says what it is built on', () => {
    expect(describeBasis({ kind: 'history', runs: 1 })).toBe('from 1 past run, low confidence');
    expect(describeBasis({ kind: 'history', runs: 12 })).toBe('from 12 past runs');
    expect(describeBasis({ kind: 'default' })).toBe('never ran: a guess');
  });
});
