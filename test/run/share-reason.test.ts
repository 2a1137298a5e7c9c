import { backfillCapReason, capReason, shareReason, surplusReason } from '../../src/run/share-reason';

const BUDGET = { name: 'app-day', limit: 20_000 };
const TERMS = { reserve: 1_500, weight: 2, cap: null, used: 12_000, budget: BUDGET };
const kept = (...calls: number[]) => calls.map((each, at) => ({ job: `job-${at + 1}`, calls: each }));

describe('why a job may make no more calls today', () => {
  test('names its share and the terms of it', () => {
    expect(shareReason(TERMS, [])).toBe('its share of app-day is spent: 12,000 of 20,000 (reserve 1,500, weight 2)');
  });

  test('names its cap', () => {
    expect(capReason(TERMS)).toBe('its cap of app-day is reached: 12,000 of 20,000');
  });

  test('names the calls of a backfill', () => {
    expect(backfillCapReason(BUDGET, { used: 1_000, callsMax: 1_000 })).toBe(
      "the backfill's calls of app-day are spent: 1,000 of 1,000",
    );
  });

  test('names the jobs that calls are kept for, those with the most first, three at most', () => {
    const reason = (...calls: number[]): string => shareReason(TERMS, kept(...calls)).replace(/.*\)/, '');
    expect(reason(100)).toBe('; 100 are kept for job-1');
    expect(reason(100, 300, 900)).toBe('; 1,300 are kept for job-3, job-2, job-1');
    expect(reason(1, 2, 3, 4, 5)).toBe('; 15 are kept for job-5, job-4, job-3 and 2 more');
  });

  test('names a surplus that is spent by everybody together', () => {
    const claimant = { job: 'a', priority: 5, expected: 0, isFirm: true, reserve: 0, weight: 1, cap: null };
    const claimants = [
      { ...claimant, used: 4_000 },
      { ...claimant, job: 'b', used: 500 },
    ];
    expect(surplusReason(BUDGET, { limit: 20_000, usedByOthers: 50, claimants }, kept(9))).toBe(
      'the surplus of app-day is spent: 4,550 of 20,000 are used; 9 are kept for job-1',
    );
  });
});
