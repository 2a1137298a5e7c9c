import fc from 'fast-check';
import { type ShareClaimant, type ShareRequest, shareQuota, surplusOf } from '../../src/limit/share';

const OPEN = { expected: 0, isFirm: false };

function claimant(job: string, changes: Partial<ShareClaimant> = {}): ShareClaimant {
  return { job, priority: 5, reserve: 0, weight: 1, cap: null, used: 0, ...OPEN, ...changes };
}

function share(limit: number, claimants: readonly ShareClaimant[], usedByOthers = 0): Record<string, number> {
  return Object.fromEntries(shareQuota({ limit, usedByOthers, claimants }));
}

describe('shares of a quota', () => {
  it('are equal where nothing else is said, and by weight where it is', () => {
    expect(share(1_000, [claimant('a'), claimant('b')])).toEqual({ a: 500, b: 500 });
    expect(share(1_000, [claimant('a'), claimant('b', { weight: 4 })])).toEqual({ a: 200, b: 800 });
  });

  it('give the reserve first and share the rest', () => {
    expect(share(1_000, [claimant('a', { reserve: 600 }), claimant('b')])).toEqual({ a: 800, b: 200 });
  });

  it('give reserves that are more than there is by priority until all is gone', () => {
    const claimants = [
      claimant('last', { reserve: 500, priority: 9 }),
      claimant('first', { reserve: 500, priority: 1 }),
      claimant('second', { reserve: 800 }),
    ];
    expect(share(1_000, claimants)).toEqual({ first: 500, second: 500, last: 0 });
  });

  it('hand back what a job will not need, of its reserve too', () => {
    const done = claimant('done', { reserve: 600, used: 100, expected: 0, isFirm: true });
    expect(share(1_000, [done, claimant('b')])).toEqual({ done: 100, b: 900 });
    const small = claimant('small', { weight: 9, expected: 50, isFirm: true });
    expect(share(1_000, [small, claimant('b')])).toEqual({ small: 50, b: 950 });
  });

  it('count what was used before: nobody is asked for it back', () => {
    expect(share(1_000, [claimant('a', { used: 700 }), claimant('b')])).toEqual({ a: 700, b: 300 });
    expect(share(1_000, [claimant('a', { used: 200 }), claimant('b')], 300)).toEqual({ a: 350, b: 350 });
  });

  it('keep to a cap, also against a reserve that was granted before', () => {
    expect(share(1_000, [claimant('a', { cap: 100, reserve: 100 }), claimant('b')])).toEqual({ a: 100, b: 900 });
    expect(share(1_000, [claimant('a', { cap: 100, used: 150 }), claimant('b')])).toEqual({ a: 150, b: 850 });
  });

  it('are exact in whole calls', () => {
    expect(share(10, [claimant('a'), claimant('b'), claimant('c')])).toEqual({ a: 4, b: 3, c: 3 });
  });
});

describe('the surplus', () => {
  it('is what is left when every job has what it is expected to need', () => {
    const claimants = [
      claimant('a', { used: 100, expected: 200, isFirm: true }),
      claimant('b', { expected: 50, reserve: 300 }),
    ];
    expect(surplusOf({ limit: 1_000, usedByOthers: 50, claimants })).toBe(350);
  });

  it('is never below zero', () => {
    const claimants = [claimant('a', { expected: 2_000, isFirm: true })];
    expect(surplusOf({ limit: 1_000, usedByOthers: 0, claimants })).toBe(0);
  });
});

const claimants: fc.Arbitrary<ShareClaimant[]> = fc
  .array(
    fc.record({
      priority: fc.integer({ min: 0, max: 9 }),
      reserve: fc.integer({ min: 0, max: 400 }),
      weight: fc.integer({ min: 1, max: 1_000 }),
      cap: fc.option(fc.integer({ min: 1, max: 600 })),
      used: fc.integer({ min: 0, max: 300 }),
      expected: fc.integer({ min: 0, max: 600 }),
      isFirm: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((all) => all.map((each, at) => ({ ...each, job: `j${at}` })));

const requests: fc.Arbitrary<ShareRequest> = fc.record({
  limit: fc.integer({ min: 1, max: 3_000 }),
  usedByOthers: fc.integer({ min: 0, max: 500 }),
  claimants,
});

/** The most that a job may have. */
function mostOf({ used, expected, isFirm, cap }: ShareClaimant, limit: number): number {
  return Math.max(used, Math.min(isFirm ? used + expected : limit, cap ?? Infinity, limit));
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0);
}

/** What there is to give out. */
function leftIn({ limit, usedByOthers, claimants: all }: ShareRequest): number {
  return Math.max(0, limit - usedByOthers - sum(all.map(({ used }) => used)));
}

describe('whatever the jobs are', () => {
  it('allowances are whole, between what is used and what is wanted, and give out all that can be given, no more', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const allowances = shareQuota(request);
        let room = 0;
        for (const each of request.claimants) {
          const allowance = allowances.get(each.job) ?? -1;
          expect(Number.isInteger(allowance)).toBe(true);
          expect(allowance).toBeGreaterThanOrEqual(each.used);
          expect(allowance).toBeLessThanOrEqual(mostOf(each, request.limit));
          room += mostOf(each, request.limit) - each.used;
        }
        const given = sum(allowances.values()) - sum(request.claimants.map(({ used }) => used));
        expect(given).toBe(Math.min(leftIn(request), room));
      }),
    );
  });

  it('reserves are honoured by priority: one that is not granted in full leaves nothing beyond the reserves before it', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const allowances = shareQuota(request);
        let left = leftIn(request);
        for (const each of [...request.claimants].sort((a, b) => a.priority - b.priority)) {
          const reserve = Math.min(each.reserve, mostOf(each, request.limit));
          const granted = Math.min(left, Math.max(0, reserve - each.used));
          expect(allowances.get(each.job)).toBeGreaterThanOrEqual(each.used + granted);
          left -= granted;
        }
      }),
    );
  });

  it('no job could have one call more without taking it from one that has no more for its weight', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const { limit } = request;
        const allowances = shareQuota(request);
        const beyond = (each: ShareClaimant): number =>
          (allowances.get(each.job) ?? 0) - Math.min(each.reserve, mostOf(each, limit));
        for (const poor of request.claimants) {
          if ((allowances.get(poor.job) ?? 0) >= mostOf(poor, limit)) continue;
          for (const rich of request.claimants) {
            const floor = Math.max(0, rich.used - Math.min(rich.reserve, mostOf(rich, limit)));
            if (rich === poor || beyond(rich) <= floor) continue; // nothing of it was shared out
            expect(beyond(rich) / rich.weight).toBeLessThanOrEqual((beyond(poor) + 1) / poor.weight + 1e-9);
          }
        }
      }),
    );
  });

  it('a larger limit takes nothing from anybody, and a job that wants less gives the others no less', () => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 500 }), (request, more) => {
        const allowances = shareQuota(request);
        const larger = shareQuota({ ...request, limit: request.limit + more });
        for (const [job, allowance] of allowances) expect(larger.get(job)).toBeGreaterThanOrEqual(allowance);
        const [first, ...others] = request.claimants;
        const done = shareQuota({ ...request, claimants: [{ ...first!, expected: 0, isFirm: true }, ...others] });
        for (const { job } of others) expect(done.get(job)).toBeGreaterThanOrEqual(allowances.get(job) ?? 0);
      }),
    );
  });

  it('the surplus and what is kept never exceed what is left', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const surplus = surplusOf(request);
        expect(surplus).toBeGreaterThanOrEqual(0);
        expect(surplus).toBeLessThanOrEqual(leftIn(request));
      }),
    );
  });
});
