import { PASSES_MAX, type PastCalls, passesOf } from '../../src/schedule/past-days';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-03-02T00:00:00Z');
const HOUR_MS = 3_600_000;

/** One run a day at 03:00, the newest the day before the span. */
function daily(job: string, calls: readonly number[]): PastCalls {
  const runs = calls.map((of, at) => ({ slotAtMs: START_MS - (at + 1) * DAY_MS + 3 * HOUR_MS, calls: of }));
  return { job, platform: 'shop', runs, assumed: 7 };
}

/** What each pass has for the run of a job on a day of the span. */
function drawn(jobs: readonly PastCalls[], job: string, day = 0): number[] {
  return passesOf(jobs, START_MS).map((callsOf) => callsOf(job, START_MS + day * DAY_MS + 3 * HOUR_MS));
}

describe('the passes of a forecast', () => {
  it('are one with what is assumed while nothing ran', () => {
    expect(drawn([daily('orders', [])], 'orders')).toEqual([7]);
  });

  it('are as many as days are known, up to four', () => {
    expect(drawn([daily('orders', [5, 9])], 'orders').sort()).toEqual([5, 9]);
    expect(drawn([daily('orders', [1, 2, 3, 4, 5, 6])], 'orders')).toHaveLength(PASSES_MAX);
  });

  it('take a day from each quarter of the past days, in order of their calls', () => {
    const calls = [20, 1, 19, 2, 18, 3, 17, 4, 16, 5, 15, 6, 14, 7, 13, 8, 12, 9, 11, 10];
    expect(drawn([daily('orders', calls)], 'orders')).toEqual([3, 8, 13, 18]);
  });

  it('repeat one and the same day for all jobs of a platform', () => {
    const jobs = [daily('orders', [10, 20, 30, 40]), daily('refunds', [1, 2, 3, 4])];
    expect(drawn(jobs, 'orders').map((calls) => calls / 10)).toEqual(drawn(jobs, 'refunds'));
  });

  it('have each quarter once on each day, and none has all the busy ones', () => {
    const jobs = [daily('orders', [10, 20, 30, 40])];
    const [first, second] = [drawn(jobs, 'orders', 0), drawn(jobs, 'orders', 1)];
    expect([...second].sort()).toEqual([...first].sort());
    expect(second).not.toEqual(first);
  });

  it('take the same weekday once four of it are known', () => {
    const weeks = Array.from({ length: 28 }, (_, at) => ((at + 1) % 7 === 0 ? 100 + at : 1));
    expect(drawn([daily('orders', weeks)], 'orders').every((calls) => calls > 100)).toBe(true);
    expect(drawn([daily('orders', weeks)], 'orders', 1)).toEqual([1, 1, 1, 1]);
    expect(drawn([daily('orders', weeks.slice(0, 20))], 'orders')).toContain(1);
  });

  it('take the oldest run of a job that is younger than the day', () => {
    const jobs = [daily('orders', [10, 20, 30, 40]), daily('new', [3])];
    expect(drawn(jobs, 'new')).toEqual([3, 3, 3, 3]);
  });

  it('know nothing of the days of another platform', () => {
    const alone = [daily('orders', [10, 40, 20, 30])];
    const forms = { ...daily('forms', [...Array(28).keys()]), platform: 'yida' };
    for (const day of [0, 1, 9]) expect(drawn([...alone, forms], 'orders', day)).toEqual(drawn(alone, 'orders', day));
  });

  it('find the run of a start that is hours after its slot', () => {
    const [callsOf] = passesOf([daily('orders', [5])], START_MS);
    expect(callsOf?.('orders', START_MS + 8 * HOUR_MS)).toBe(5);
  });
});
