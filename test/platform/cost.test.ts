import { estimateOf } from '../../src/platform/cost';
import type { Platform } from '../../src/platform/platform';
import { setupKuaishou } from './setup';

const CALL = { api: 'chat', params: {}, scope: {} };

function costing(costs: Record<string, number>): Platform {
  return { ...setupKuaishou(), cost: () => costs };
}

describe('what a call will cost', () => {
  it('is nothing but the call where nobody says more', () => {
    expect(estimateOf(setupKuaishou(), CALL)).toEqual({});
  });

  it("is the platform's estimate", () => {
    expect(estimateOf(costing({ tokens: 900 }), CALL)).toEqual({ tokens: 900 });
  });

  it("is the job's own where it has one, unit by unit", () => {
    const platform = costing({ tokens: 900, points: 3 });
    expect(estimateOf(platform, { ...CALL, cost: { tokens: 1_200 } })).toEqual({ tokens: 1_200, points: 3 });
    expect(estimateOf(setupKuaishou(), { ...CALL, cost: { tokens: 5 } })).toEqual({ tokens: 5 });
  });

  it('is rounded up to whole units', () => {
    expect(estimateOf(setupKuaishou(), { ...CALL, cost: { points: 0.2, tokens: 0 } })).toEqual({
      points: 1,
      tokens: 0,
    });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1_000_000_001, '5' as unknown as number])(
    'is a fault of the job when it is %s',
    (amount) => {
      const make = (): unknown => estimateOf(setupKuaishou(), { ...CALL, cost: { tokens: amount } });
      expect(make).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
      expect(make).toThrow(/^call\("chat"\) cost\.tokens: expected a number from 0 to 1000000000, got /);
    },
  );
});
