import type { Budget } from '../../src/limit/budget';
import { sharedDraw } from '../../src/limit/share-budget';

const SCOPE = { app: 'ks1', org: 'own', api: '*' };

function budget(name: string, changes: Partial<Budget> = {}): Budget {
  return { name, limit: 100, per: 'day', scope: ['app'], source: 'test', ...changes };
}

function shared(...budgets: Budget[]): string | undefined {
  return sharedDraw(budgets, SCOPE)?.counter;
}

describe('the budget that jobs share', () => {
  it('is the day of the account, before its month and before windows on the clock', () => {
    const fixed = budget('three-hours', { per: { fixedMs: 10_800_000 } });
    const month = budget('month', { per: 'month', scope: ['org'] });
    const pacific = budget('pacific', { per: { civil: 'day', at: '00:00', timezone: 'America/Los_Angeles' } });
    expect(shared(fixed, month, budget('day'))).toBe('day|app=ks1');
    expect(shared(fixed, month, pacific)).toBe('pacific|app=ks1');
    expect(shared(fixed, month)).toBe('month|org=own');
    const ofMonth = budget('civil-month', { limit: 50, per: { civil: 'month', at: '00:00', timezone: 'Asia/Tokyo' } });
    expect(shared(ofMonth, budget('day'))).toBe('day|app=ks1');
    expect(shared(budget('hour', { per: { fixedMs: 3_600_000 } }), fixed)).toBe('three-hours|app=ks1');
  });

  it('is the smallest of those that are equal', () => {
    expect(shared(budget('app-day'), budget('org-day', { scope: ['org'], limit: 50 }))).toBe('org-day|org=own');
  });

  it('is none that counts a part of the calls, units, a rolling span or a moment', () => {
    expect(
      shared(
        budget('user-day', { scope: ['app', 'user'] }),
        budget('api-day', { scope: ['api'] }),
        budget('one-api', { only: { api: ['a'] } }),
        budget('all-but-one', { except: { api: ['a'] } }),
        budget('tokens', { unit: 'tokens' }),
        budget('rolling', { per: { rollingMs: 86_400_000 } }),
        budget('minute', { per: { fixedMs: 60_000 } }),
        budget('in-flight', { per: 'in-flight' }),
      ),
    ).toBeUndefined();
  });
});
