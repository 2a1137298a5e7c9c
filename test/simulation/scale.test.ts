import type { Budget } from '../../src/limit/budget';
import { boundedScale, scaledBudgets, scaledLearned } from '../../src/simulation/scale';

const app = ['app'] as const;
const qps: Budget = { name: 'qps', limit: 10, per: { rollingMs: 1_000 }, scope: app, source: 'test' };
const day: Budget = { name: 'day', limit: 5_000, per: 'day', scope: app, source: 'test' };
const ofUser: Budget = { name: 'user-day', limit: 900, per: 'day', scope: ['app', 'user'], source: 'test' };
const atOnce: Budget = { name: 'at once', limit: 4, per: 'in-flight', scope: app, source: 'test' };
const tokens: Budget = { name: 'tokens', limit: 9, per: 'day', unit: 'tokens', scope: app, source: 'test' };

describe('the scale of a simulation', () => {
  it('leaves budgets as they are where calls are simulated one by one', () => {
    const one = { callsPerCall: 1, usersPerPartition: 1 };
    expect(scaledBudgets([qps, day, atOnce, tokens], one)).toEqual([qps, day, atOnce]);
  });

  it('keeps the rate of a short window, and fills it with whole simulated calls', () => {
    const [scaled] = scaledBudgets([qps], { callsPerCall: 7, usersPerPartition: 1 });
    const { rollingMs } = scaled?.per as { rollingMs: number };
    expect(scaled).toMatchObject({ unit: 'calls' });
    expect((scaled?.limit ?? 0) % 7).toBe(0);
    expect((scaled?.limit ?? 0) / rollingMs).toBeCloseTo(10 / 1_000, 10);
    expect(rollingMs).toBeLessThanOrEqual(60_000);
  });

  it('counts quotas in calls, pooled over the users of a partition, and leaves the calls at once', () => {
    const scale = { callsPerCall: 7, usersPerPartition: 3 };
    expect(scaledBudgets([day, ofUser, atOnce], scale)).toMatchObject([
      { limit: 5_000, unit: 'calls' },
      { limit: 2_700, unit: 'calls' },
      { limit: 4, per: 'in-flight' },
    ]);
  });

  it('is bounded by the smallest quota and the slowest rate', () => {
    const wanted = { callsPerCall: 1_000, usersPerPartition: 1 };
    expect(boundedScale([day], wanted).callsPerCall).toBe(125);
    expect(boundedScale([qps], wanted).callsPerCall).toBe(150);
    expect(boundedScale([{ ...qps, limit: 1, per: { rollingMs: 60_000 } }], wanted).callsPerCall).toBe(1);
  });

  it('stretches a learned limit as it does the budget', () => {
    const scale = { callsPerCall: 5, usersPerPartition: 1 };
    const learned = { platform: 'shop', budget: 'qps', scopeKey: 'app=a', limit: 8, said: null, guardMs: 40 };
    const rest = { guardRefusedMs: 20, catchUpMax: null, strangers: null, refusals: 1, refusedAtMs: 0 };
    const row = { ...learned, ...rest, reason: 'too fast', changedAtMs: 0 };
    const [scaled] = scaledBudgets([qps], scale);
    const { limit } = scaledLearned(row, [qps], scale);
    expect((limit ?? 0) / (scaled?.limit ?? 1)).toBeCloseTo(0.8, 10);
  });
});
