import { type Budget } from '../../src/limit/budget';
import { type Quotas, quotaDoubtEndMs } from '../../src/limit/quota-doubt';

const HOUR_MS = 3_600_000;
const NOON_MS = Date.parse('2026-03-10T04:00Z'); // 12:00 in Shanghai
const quotas = (...budgets: Budget[]): Quotas => ({
  budgets,
  day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
  resetGuardMs: 2_000,
});
const budget = (per: Budget['per']): Budget => ({ name: 'b', limit: 9, per, scope: ['app'], source: 'test' });

describe('when windows of which the ledger knows nothing count no more', () => {
  it('is never in doubt where no budget is longer than a minute', () => {
    expect(quotaDoubtEndMs(quotas(), NOON_MS)).toBeNull();
    expect(quotaDoubtEndMs(quotas(budget({ rollingMs: 60_000 }), budget('in-flight')), NOON_MS)).toBeNull();
  });

  it('is at the next reset and its guard', () => {
    expect(quotaDoubtEndMs(quotas(budget('day')), NOON_MS)).toBe(NOON_MS + 12 * HOUR_MS + 2_000);
  });

  it('is a whole span from now where it rolls', () => {
    expect(quotaDoubtEndMs(quotas(budget({ rollingMs: 5 * HOUR_MS })), NOON_MS)).toBe(NOON_MS + 5 * HOUR_MS);
  });

  it('is when the last of them ends', () => {
    const both = quotas(budget({ rollingMs: 5 * HOUR_MS }), budget({ rollingMs: 60_000 }), budget('day'));
    expect(quotaDoubtEndMs(both, NOON_MS)).toBe(NOON_MS + 12 * HOUR_MS + 2_000);
  });
});
