import { type Budget, type BudgetPeriod, drawsOf, isShort } from '../../src/limit/budget';
import { QuotaWindows } from '../../src/limit/quota';

const BUDGETS: Budget[] = [
  { name: 'app-day', limit: 100, per: 'day', scope: ['app'], source: 'test' },
  { name: 'app-month', limit: 900, per: 'month', scope: ['app'], source: 'test' },
  { name: 'app-qps', limit: 5, per: { rollingMs: 1_000 }, scope: ['app'], source: 'test' },
];
const SHANGHAI = { day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }, resetGuardMs: 2_000 } as const;

const windows = new QuotaWindows(SHANGHAI);

function windowsAt(iso: string): string[] {
  const atMs = Date.parse(iso);
  return drawsOf(BUDGETS, { app: 'a' })
    .filter(({ budget }) => !isShort(budget))
    .flatMap(({ budget }) =>
      windows.openAt(budget.per, { fromMs: atMs, toMs: atMs }).map(({ key }) => `${budget.name} ${key}`),
    );
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

describe('the windows of a period', () => {
  const HOUR_MS = 3_600_000;
  const at = (iso: string): number => Date.parse(iso);
  const keysOf = (per: BudgetPeriod, from: string, to = from): string[] =>
    new QuotaWindows(SHANGHAI).openAt(per, { fromMs: at(from), toMs: at(to) }).map(({ key }) => key);

  it('are in a zone of its own where it has one', () => {
    const per = { civil: 'day', at: '00:00', timezone: 'America/Los_Angeles' } as const;
    expect(keysOf(per, '2026-03-14T12:00:00+08:00')).toEqual(['2026-03-13']);
    expect(keysOf(per, '2026-03-14T15:00:01+08:00')).toEqual(['2026-03-13', '2026-03-14']);
  });

  it('lie on the clock, with its offset, where it is fixed', () => {
    const per = { fixedMs: HOUR_MS, offsetMs: 600_000 };
    expect(keysOf(per, '2026-03-14T12:05:00Z')).toEqual(['2026-03-14T11:10:00.000Z']);
    expect(keysOf(per, '2026-03-14T12:10:01Z')).toEqual(['2026-03-14T11:10:00.000Z', '2026-03-14T12:10:00.000Z']);
  });

  it('are both that the time may lie in, while nobody knows which clock is right', () => {
    expect(keysOf('day', '2026-03-14T22:00:00+08:00', '2026-03-15T01:00:00+08:00')).toEqual([
      '2026-03-14',
      '2026-03-15',
    ]);
    expect(keysOf('day', '2026-03-14T10:00:00+08:00', '2026-03-14T13:00:00+08:00')).toEqual(['2026-03-14']);
  });

  it('are both around a reset at either end of that time, where it is longer than a window', () => {
    const per = { fixedMs: HOUR_MS };
    const hoursOf = (from: string, to: string): string[] => keysOf(per, from, to).map((key) => key.slice(11, 13));
    expect(hoursOf('2026-03-14T03:00:00Z', '2026-03-14T06:30:00Z')).toEqual(['02', '03', '06']);
    expect(hoursOf('2026-03-14T03:30:00Z', '2026-03-14T06:00:00Z')).toEqual(['03', '05', '06']);
  });

  it('are found anew when the time goes on, and when it goes back', () => {
    const known = new QuotaWindows(SHANGHAI);
    const days = ['2026-03-14T12:00', '2026-03-14T23:59:59', '2026-03-15T12:00', '2026-03-14T12:00'];
    const open = days.map((day) => {
      const nowMs = at(`${day}+08:00`);
      return known
        .openAt('day', { fromMs: nowMs, toMs: nowMs })
        .map(({ key }) => key.slice(-2))
        .join();
    });
    expect(open).toEqual(['14', '14,15', '15', '14']);
  });

  it('are a slice and all that came before it within the span, where it rolls', () => {
    const nowMs = at('2026-03-14T12:34:56Z');
    const range = { fromMs: nowMs - HOUR_MS, toMs: nowMs };
    const [slice, ...others] = new QuotaWindows(SHANGHAI).openAt({ rollingMs: 5 * HOUR_MS }, range);
    expect(others).toEqual([]);
    // Three minutes, of the latest time that it may be; nothing is dropped before the earliest says so.
    expect(slice).toMatchObject({ startMs: at('2026-03-14T12:33:00Z'), endMs: at('2026-03-14T12:36:00Z') });
    expect(slice!.countsFromMs).toBe(nowMs - 6 * HOUR_MS);
  });

  it('refuse what the ledger does not count', () => {
    expect(() => keysOf('in-flight', '2026-03-14T12:00Z')).toThrow('not counted in the ledger');
  });
});
