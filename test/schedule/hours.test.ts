import fc from 'fast-check';
import { DateTime } from 'luxon';
import {
  closesAtMs,
  combineHours,
  type Hours,
  neverOpen,
  nextOpenMs,
  openSpans,
  peakSpans,
} from '../../src/schedule/hours';
import { type HoursOwner, type LevelDefinition, parseLevel } from '../../src/schedule/hours-level';

const at = (text: string): number => DateTime.fromISO(text, { setZone: true }).toMillis();
const SHANGHAI = 'Asia/Shanghai';
const GLOBAL: HoursOwner = { level: 'global' };
const PLATFORM: HoursOwner = { level: 'platform', platform: 'dingtalk' };
const JOB: HoursOwner = { level: 'job' };

/** Of a job alone, in Shanghai. */
const own = (definition: Omit<LevelDefinition, 'timezone'>, timezone = SHANGHAI): Hours =>
  combineHours([parseLevel(JOB, { timezone, ...definition })]);
const isOpen = (hours: Hours, text: string): boolean => nextOpenMs(hours, at(text)) === at(text);

describe('a window', () => {
  it('is open from its first instant up to its last, exclusive', () => {
    const hours = own({ windows: ['01:00-06:00'] });
    expect(isOpen(hours, '2026-03-01T00:59:59.999+08:00')).toBe(false);
    expect(isOpen(hours, '2026-03-01T01:00+08:00')).toBe(true);
    expect(isOpen(hours, '2026-03-01T05:59:59.999+08:00')).toBe(true);
    expect(isOpen(hours, '2026-03-01T06:00+08:00')).toBe(false);
  });

  it('may cross midnight', () => {
    const hours = own({ windows: ['22:00-06:00'] });
    expect(isOpen(hours, '2026-03-01T23:00+08:00')).toBe(true);
    expect(isOpen(hours, '2026-03-02T05:59+08:00')).toBe(true);
    expect(isOpen(hours, '2026-03-02T06:00+08:00')).toBe(false);
  });

  it('that crosses midnight belongs to the day on which it opens', () => {
    // 6 March 2026 is a Friday.
    const hours = own({ windows: ['fri 22:00-06:00'] });
    expect(isOpen(hours, '2026-03-06T05:00+08:00')).toBe(false);
    expect(isOpen(hours, '2026-03-07T05:59+08:00')).toBe(true);
    expect(nextOpenMs(hours, at('2026-03-07T06:00+08:00'))).toBe(at('2026-03-13T22:00+08:00'));
  });

  it('is open on the days that it names, as text or as an object', () => {
    for (const window of ['sat-mon 01:00-02:00', { hours: '01:00-02:00', days: ['sat-sun', 'mon'] as const }]) {
      const hours = own({ windows: [window] });
      const opened = openSpans(hours, { startMs: at('2026-03-02T00:00+08:00'), endMs: at('2026-03-09T00:00+08:00') });
      expect(opened.map(({ startMs }) => startMs)).toEqual(
        ['2026-03-02', '2026-03-07', '2026-03-08'].map((day) => at(`${day}T01:00+08:00`)),
      );
    }
  });

  it('is always open when there is none, and when it lasts all day', () => {
    expect(nextOpenMs(combineHours([]), 5)).toBe(5);
    expect(closesAtMs(combineHours([]), 5)).toBe(Infinity);
    expect(isOpen(own({ windows: ['00:00-24:00'] }), '2026-03-01T00:00+08:00')).toBe(true);
    expect(closesAtMs(own({ windows: ['00:00-24:00'] }), at('2026-03-01T00:00+08:00'))).toBe(Infinity);
  });

  it('opens next at the nearest of several', () => {
    const hours = own({ windows: ['01:00-02:00', '13:00-14:00'] });
    expect(nextOpenMs(hours, at('2026-03-01T03:00+08:00'))).toBe(at('2026-03-01T13:00+08:00'));
    expect(nextOpenMs(hours, at('2026-03-01T13:30+08:00'))).toBe(at('2026-03-01T13:30+08:00'));
    expect(nextOpenMs(hours, at('2026-03-01T20:00+08:00'))).toBe(at('2026-03-02T01:00+08:00'));
  });

  it('closes when the last of those that meet closes', () => {
    const hours = own({ windows: ['01:00-03:00', '03:00-04:00', '03:30-05:00', '06:00-07:00'] });
    expect(closesAtMs(hours, at('2026-03-01T01:30+08:00'))).toBe(at('2026-03-01T05:00+08:00'));
    expect(closesAtMs(hours, at('2026-03-01T05:30+08:00'))).toBe(at('2026-03-01T05:30+08:00'));
  });
});

describe('a blackout', () => {
  it('closes what the windows leave open', () => {
    const hours = own({
      windows: ['22:00-06:00'],
      blackouts: [{ dates: ['2026-11-10/2026-11-12'], reason: 'Double 11 freeze' }],
    });
    expect(closesAtMs(hours, at('2026-11-09T23:00+08:00'))).toBe(at('2026-11-10T00:00+08:00'));
    expect(nextOpenMs(hours, at('2026-11-10T00:00+08:00'))).toBe(at('2026-11-13T00:00+08:00'));
  });

  it('with hours, days and dates holds where all of them do', () => {
    // In November 2026 the 6th and the 13th are Fridays.
    const hours = own({
      blackouts: [{ hours: '20:00-02:00', days: 'fri', dates: ['2026-11-01/2026-11-10'], reason: 'stocktaking' }],
    });
    expect(isOpen(hours, '2026-11-06T19:59+08:00')).toBe(true);
    expect(nextOpenMs(hours, at('2026-11-06T20:00+08:00'))).toBe(at('2026-11-07T02:00+08:00'));
    expect(isOpen(hours, '2026-11-05T21:00+08:00')).toBe(true);
    expect(isOpen(hours, '2026-11-13T21:00+08:00')).toBe(true);
  });
});

describe('hours of three levels', () => {
  const hours = combineHours([
    parseLevel(GLOBAL, { timezone: 'UTC', blackouts: [{ days: 'sun', reason: 'nobody is there' }] }),
    parseLevel(PLATFORM, { timezone: 'America/New_York', windows: ['20:00-23:00'] }),
    parseLevel(JOB, { timezone: SHANGHAI, windows: ['08:30-12:00'] }),
  ]);

  it('are open where every level is, each in its zone', () => {
    // 20:00 in New York is 01:00 UTC and 09:00 in Shanghai.
    expect(nextOpenMs(hours, at('2026-01-05T00:00Z'))).toBe(at('2026-01-05T01:00Z'));
    expect(closesAtMs(hours, at('2026-01-05T02:00Z'))).toBe(at('2026-01-05T04:00Z'));
    // In summer the platform opens an hour earlier, and the job as ever.
    expect(nextOpenMs(hours, at('2026-07-06T00:00Z'))).toBe(at('2026-07-06T00:30Z'));
    expect(closesAtMs(hours, at('2026-07-06T00:30Z'))).toBe(at('2026-07-06T03:00Z'));
    // 4 January is a Sunday.
    expect(nextOpenMs(hours, at('2026-01-03T04:00Z'))).toBe(at('2026-01-05T01:00Z'));
  });

  it('are listed within a span', () => {
    const span = { startMs: at('2026-01-05T02:00Z'), endMs: at('2026-01-07T02:00Z') };
    expect(openSpans(hours, span)).toEqual([
      { startMs: at('2026-01-05T02:00Z'), endMs: at('2026-01-05T04:00Z') },
      { startMs: at('2026-01-06T01:00Z'), endMs: at('2026-01-06T04:00Z') },
      { startMs: at('2026-01-07T01:00Z'), endMs: at('2026-01-07T02:00Z') },
    ]);
  });

  it('have the busy hours of any level', () => {
    const busy = combineHours([
      parseLevel(GLOBAL, { timezone: SHANGHAI, peaks: ['09:00-11:00'] }),
      parseLevel(PLATFORM, { timezone: SHANGHAI, peaks: ['mon 10:00-12:00', '20:00-22:00'] }),
    ]);
    const span = { startMs: at('2026-03-02T00:00+08:00'), endMs: at('2026-03-03T10:00+08:00') };
    expect(peakSpans(busy, span)).toEqual([
      { startMs: at('2026-03-02T09:00+08:00'), endMs: at('2026-03-02T12:00+08:00') },
      { startMs: at('2026-03-02T20:00+08:00'), endMs: at('2026-03-02T22:00+08:00') },
      { startMs: at('2026-03-03T09:00+08:00'), endMs: at('2026-03-03T10:00+08:00') },
    ]);
    expect(isOpen(busy, '2026-03-02T10:00+08:00')).toBe(true);
  });
});

describe('hours without an opening in sight', () => {
  it('open at no instant that is known, and say so at once', () => {
    const hours = own({ windows: ['mon 01:00-06:00'], blackouts: [{ days: 'mon', reason: 'closed' }] });
    expect(nextOpenMs(hours, at('2026-03-01T00:00+08:00'))).toBe(Infinity);
    expect(neverOpen(hours)).toBe(true);
  });

  it('are told from those that a freeze of a year closes', () => {
    const blackouts = [{ dates: ['2026-01-01/2026-12-31'], reason: 'the shop is closed' }];
    const hours = own({ windows: ['mon 01:00-06:00'], blackouts });
    expect(neverOpen(hours)).toBe(false);
    expect(nextOpenMs(hours, at('2026-01-01T00:00+08:00'))).toBe(at('2027-01-04T01:00+08:00'));
  });

  it('are found over the levels, too', () => {
    const night = parseLevel(PLATFORM, { timezone: SHANGHAI, windows: ['01:00-06:00'] });
    expect(neverOpen(combineHours([night, parseLevel(JOB, { timezone: SHANGHAI, windows: ['08:00-12:00'] })]))).toBe(
      true,
    );
    expect(neverOpen(combineHours([night, parseLevel(JOB, { timezone: 'UTC', windows: ['08:00-18:00'] })]))).toBe(
      false,
    );
  });

  it('are looked for again as time goes on', () => {
    const blackouts = [
      { dates: ['2026-01-01/2026-12-31'], reason: 'the shop is closed' },
      { dates: ['2027-01-01/2027-06-30'], reason: 'the shop is still closed' },
    ];
    const hours = own({ blackouts });
    expect(nextOpenMs(hours, at('2026-01-01T00:00+08:00'))).toBe(Infinity);
    expect(nextOpenMs(hours, at('2027-01-01T00:00+08:00'))).toBe(at('2027-07-01T00:00+08:00'));
  });
});

describe('hours of any kind', () => {
  const clock = fc.integer({ min: 0, max: 47 }).map((half) => `${two(half >> 1)}:${half % 2 === 0 ? '00' : '30'}`);
  const clockHours = fc
    .tuple(clock, clock)
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from}-${to}`);
  const days = fc.constantFrom('mon', 'fri,sat', 'mon-fri', 'sat-mon');
  const window = fc.oneof(
    clockHours,
    fc.tuple(days, clockHours).map((parts) => parts.join(' ')),
  );
  const blackout = fc.record({
    hours: clockHours,
    days: fc.constantFrom('sun' as const, 'tue-thu' as const),
    reason: fc.constant('why'),
  });
  const level = fc.record({
    timezone: fc.constantFrom(SHANGHAI, 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana', 'Africa/Casablanca'),
    windows: fc.array(window, { maxLength: 3 }),
    blackouts: fc.array(blackout, { maxLength: 2 }),
  });
  const levels = fc.tuple(level, level).map((both) => both.map((one) => parseLevel(JOB, one)));
  const instant = fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2027-01-01T00:00Z') });

  it('give one answer, in whatever order they are asked', () => {
    fc.assert(
      fc.property(levels, fc.array(instant, { minLength: 1, maxLength: 5 }), (some, instants) => {
        const hours = combineHours(some);
        for (const atMs of [...instants, ...instants]) {
          const fresh = combineHours(some);
          expect(nextOpenMs(hours, atMs)).toBe(nextOpenMs(fresh, atMs));
          expect(closesAtMs(hours, atMs)).toBe(closesAtMs(fresh, atMs));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('open where their spans begin, and close where those end', () => {
    fc.assert(
      fc.property(levels, instant, (some, startMs) => {
        const hours = combineHours(some);
        const span = { startMs, endMs: startMs + 20 * 86_400_000 };
        let atMs = startMs;
        for (const open of openSpans(hours, span)) {
          expect(nextOpenMs(hours, atMs)).toBe(open.startMs);
          atMs = Math.min(closesAtMs(hours, open.startMs), span.endMs);
          expect(atMs).toBe(open.endMs);
        }
        expect(nextOpenMs(hours, atMs)).toBeGreaterThanOrEqual(span.endMs);
      }),
      { numRuns: 200 },
    );
  });
});

function two(number: number): string {
  return String(number).padStart(2, '0');
}
