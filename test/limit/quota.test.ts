import { drawsOf } from '../../src/limit/budget';
import { ledgerDraws } from '../../src/limit/quota';

const BUDGETS = [
  { name: 'app-day', limit: 100, per: 'day', scope: ['app'], source: 'test' },
  { name: 'app-month', limit: 900, per: 'month', scope: ['app'], source: 'test' },
  { name: 'app-qps', limit: 5, per: { rollingMs: 1_000 }, scope: ['app'], source: 'test' },
] as const;
const SHANGHAI = { day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }, resetGuardMs: 2_000 } as const;

function windowsAt(iso: string): string[] {
  const draws = drawsOf(BUDGETS, { app: 'a' });
  return ledgerDraws(draws, SHANGHAI, Date.parse(iso)).map(({ draw, window }) => `${draw.budget.name} ${window.key}`);
}

describe('the ledger windows of a call', () => {
  it('are those of the day and the month, and none for a short window', () => {
    expect(windowsAt('2026-03-14T12:00:00+08:00')).toEqual(['app-day 2026-03-14', 'app-month 2026-03']);
  });

  it('are both days around a reset, since nobody can tell in which the platform will count it', () => {
    expect(windowsAt('2026-03-14T23:59:59+08:00')).toContain('app-day 2026-03-15');
    expect(windowsAt('2026-03-15T00:00:01+08:00')).toContain('app-day 2026-03-14');
    expect(windowsAt('2026-03-15T00:00:02+08:00')).toEqual(['app-day 2026-03-15', 'app-month 2026-03']);
  });

  it('are both months at the turn of a month', () => {
    expect(windowsAt('2026-03-31T23:59:59+08:00')).toEqual([
      'app-day 2026-03-31',
      'app-day 2026-04-01',
      'app-month 2026-03',
      'app-month 2026-04',
    ]);
  });
});
