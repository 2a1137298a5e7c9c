import fc from 'fast-check';
import { DateTime } from 'luxon';
import { type DayRule, formatInstant, isTimezone, nextResetMs, windowAt } from '../../src/time/window';

const at = (text: string): number => DateTime.fromISO(text, { setZone: true }).toMillis();
const isoOf = (ms: number, zone: string): string =>
  DateTime.fromMillis(ms, { zone }).toISO({ suppressMilliseconds: true, suppressSeconds: true }) ?? '';

function civil(timezone: string, resetAt = '00:00'): DayRule {
  return { kind: 'civil', at: resetAt, timezone };
}

describe('a quota day', () => {
  it.each([
    ['Asia/Shanghai', '00:00', '2026-03-01T23:59+08:00', '2026-03-01', '2026-03-02T00:00+08:00'],
    ['Asia/Shanghai', '00:00', '2026-03-02T00:00+08:00', '2026-03-02', '2026-03-03T00:00+08:00'],
    ['Asia/Shanghai', '03:00', '2026-03-01T02:59+08:00', '2026-02-28', '2026-03-01T03:00+08:00'],
    ['America/Los_Angeles', '00:00', '2026-03-08T12:00-07:00', '2026-03-08', '2026-03-09T00:00-07:00'],
    ['America/Los_Angeles', '00:00', '2026-11-01T12:00-08:00', '2026-11-01', '2026-11-02T00:00-08:00'],
    ['America/Santiago', '00:00', '2026-09-06T12:00-03:00', '2026-09-06', '2026-09-07T00:00-03:00'],
    ['Europe/Berlin', '02:30', '2026-10-25T02:30+02:00', '2026-10-25', '2026-10-26T02:30+01:00'],
    ['Europe/Berlin', '02:30', '2026-10-25T02:15+01:00', '2026-10-25', '2026-10-26T02:30+01:00'],
  ])('of %s with its reset at %s holds %s as %s, up to %s', (...[timezone, resetAt, now, key, end]) => {
    const span = windowAt(civil(timezone, resetAt), 'day', at(now));
    expect(span.key).toBe(key);
    expect(isoOf(span.endMs, timezone)).toBe(isoOf(at(end), timezone));
  });

  it('has 23 or 25 hours when the clocks change', () => {
    const hoursOf = (now: string): number => {
      const { startMs, endMs } = windowAt(civil('America/Los_Angeles'), 'day', at(now));
      return (endMs - startMs) / 3_600_000;
    };
    expect(hoursOf('2026-03-08T12:00-07:00')).toBe(23);
    expect(hoursOf('2026-11-01T12:00-08:00')).toBe(25);
  });

  it('follows the one before without a gap, in every zone, at every time, with keys that sort', () => {
    const zones = fc.constantFrom(
      'Asia/Shanghai',
      'America/Los_Angeles',
      'America/Santiago',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'Africa/Cairo',
    );
    const times = fc.constantFrom('00:00', '00:30', '01:30', '02:00', '02:30', '08:00', '23:59');
    const instants = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) });
    fc.assert(
      fc.property(
        zones,
        times,
        fc.constantFrom('day' as const, 'month' as const),
        instants,
        (...[timezone, resetAt, unit, nowMs]) => {
          const rule = civil(timezone, resetAt);
          const span = windowAt(rule, unit, nowMs);
          expect(span.startMs).toBeLessThanOrEqual(nowMs);
          expect(span.endMs).toBeGreaterThan(nowMs);
          expect(windowAt(rule, unit, span.startMs)).toEqual(span);
          expect(windowAt(rule, unit, span.endMs - 1)).toEqual(span);
          const next = windowAt(rule, unit, span.endMs);
          expect(next.startMs).toBe(span.endMs);
          expect(next.key > span.key).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a quota month', () => {
  it('runs from reset to reset', () => {
    const span = windowAt(civil('Asia/Shanghai', '08:00'), 'month', at('2026-03-01T07:59+08:00'));
    expect(span).toEqual({
      key: '2026-02',
      startMs: at('2026-02-01T08:00+08:00'),
      endMs: at('2026-03-01T08:00+08:00'),
    });
  });
});

describe('a day of a fixed length', () => {
  it('is counted from the epoch', () => {
    const rule: DayRule = { kind: 'fixed', lengthMs: 60_000 };
    expect(windowAt(rule, 'day', 90_000)).toMatchObject({ startMs: 60_000, endMs: 120_000 });
    expect(windowAt(rule, 'month', 90_000)).toMatchObject({ startMs: 0, endMs: 1_800_000 });
    expect(nextResetMs(rule, 120_000)).toBe(180_000);
    expect(windowAt(rule, 'day', 120_000).key > windowAt(rule, 'day', 60_000).key).toBe(true);
  });
});

describe('zones and instants', () => {
  it('are known by their IANA names', () => {
    expect(['Asia/Shanghai', 'UTC', 'Etc/UTC'].map(isTimezone)).toEqual([true, true, true]);
    expect(['', 'local', 'Asia/Peking', 'CST+8'].map(isTimezone)).toEqual([false, false, false, false]);
  });

  it('are shown in the zone in which the platform counts', () => {
    expect(formatInstant(at('2026-03-02T00:00+08:00'), civil('Asia/Shanghai'))).toBe('2026-03-02 00:00 Asia/Shanghai');
    expect(formatInstant(61_000, { kind: 'fixed', lengthMs: 1 })).toBe('1970-01-01 00:01:01 UTC');
  });
});
