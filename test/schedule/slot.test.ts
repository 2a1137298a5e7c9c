import fc from 'fast-check';
import { DateTime } from 'luxon';
import { parseCron } from '../../src/schedule/cron';
import { nextSlotMs, previousSlotMs } from '../../src/schedule/slot';

const isoOf = (atMs: number, timezone: string): string =>
  DateTime.fromMillis(atMs, { zone: timezone }).toFormat("MM-dd'T'HH:mmZZ");

/** The slots after an instant, as the clocks of the zone show them. */
function slotsAfter(expression: string, timezone: string, from: { at: string; count: number }): string[] {
  const cron = parseCron(expression, 'job');
  const slots: string[] = [];
  let atMs = DateTime.fromISO(from.at, { setZone: true }).toMillis();
  for (let count = 0; count < from.count; count += 1) {
    atMs = nextSlotMs(cron, timezone, atMs);
    slots.push(isoOf(atMs, timezone));
  }
  return slots;
}

describe('a fixed-time job happens exactly once a local day', () => {
  it.each([
    // Spring: the slot in the gap comes at its end, and several collapse into one.
    ['30 2 * * *', 'America/New_York', '2026-03-07T12:00-05:00', ['03-08T03:00-04:00', '03-09T02:30-04:00']],
    ['0 2 * * *', 'Europe/Berlin', '2026-03-28T12:00+01:00', ['03-29T03:00+02:00', '03-30T02:00+02:00']],
    ['0,30 2 * * *', 'Europe/Berlin', '2026-03-29T00:00+01:00', ['03-29T03:00+02:00', '03-30T02:00+02:00']],
    ['0 2,3 * * *', 'Europe/Berlin', '2026-03-29T00:00+01:00', ['03-29T03:00+02:00', '03-30T02:00+02:00']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T12:00+10:30', ['10-04T02:30+11:00', '10-05T02:15+11:00']],
    ['0 0 * * *', 'America/Santiago', '2026-09-05T12:00-04:00', ['09-06T01:00-03:00', '09-07T00:00-03:00']],
    ['30 1 * * *', 'Antarctica/Troll', '2026-03-28T12:00+00:00', ['03-29T03:00+02:00', '03-30T01:30+02:00']],
    ['30 23 * * *', 'America/Nuuk', '2026-03-28T12:00-02:00', ['03-29T00:00-01:00', '03-29T23:30-01:00']],
    // Autumn: the first of two, and not again when the process starts between the two.
    ['30 1 * * *', 'America/New_York', '2026-10-31T12:00-04:00', ['11-01T01:30-04:00', '11-02T01:30-05:00']],
    ['30 1 * * *', 'America/New_York', '2026-11-01T01:00-05:00', ['11-02T01:30-05:00']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00+02:00', ['10-25T02:30+02:00', '10-26T02:30+01:00']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T12:00+11:00', ['04-05T01:45+11:00', '04-06T01:45+10:30']],
    ['0 3 * * *', 'Europe/Riga', '2026-03-28T12:00+02:00', ['03-29T04:00+03:00', '03-30T03:00+03:00']],
    ['0 3 * * *', 'Europe/Riga', '2026-10-24T12:00+03:00', ['10-25T03:00+03:00', '10-26T03:00+02:00']],
    ['0 3 * * *', 'Europe/Riga', '2026-10-25T03:00+03:00', ['10-26T03:00+02:00']],
    ['30 2 * * *', 'America/Los_Angeles', '2026-03-08T00:00-08:00', ['03-08T03:00-07:00', '03-09T02:30-07:00']],
    ['0 1,2,3 * * *', 'America/Los_Angeles', '2026-03-08T00:30-08:00', ['03-08T01:00-08:00', '03-08T03:00-07:00']],
    // A gap from 02:45 to 03:45 and back, and one at midnight.
    ['0 3 * * *', 'Pacific/Chatham', '2026-09-26T12:00+12:45', ['09-27T03:45+13:45', '09-28T03:00+13:45']],
    ['44 2 * * *', 'Pacific/Chatham', '2026-09-26T12:00+12:45', ['09-27T02:44+12:45', '09-28T02:44+13:45']],
    ['0 3 * * *', 'Pacific/Chatham', '2026-04-04T12:00+13:45', ['04-05T03:00+13:45', '04-06T03:00+12:45']],
    ['30 0 * * *', 'America/Havana', '2026-03-07T12:00-05:00', ['03-08T01:00-04:00', '03-09T00:30-04:00']],
    ['30 0 * * *', 'America/Havana', '2026-10-31T12:00-04:00', ['11-01T00:30-04:00', '11-02T00:30-05:00']],
    // Midnight comes once, though the hour before it comes twice and the day before has it.
    ['30 23 * * *', 'America/Santiago', '2026-04-04T12:00-03:00', ['04-04T23:30-03:00', '04-05T23:30-04:00']],
    ['30 23 * * *', 'America/Nuuk', '2026-10-24T12:00-01:00', ['10-24T23:30-01:00', '10-25T23:30-02:00']],
    ['0 0 * * *', 'America/Nuuk', '2026-10-24T12:00-01:00', ['10-25T00:00-02:00', '10-26T00:00-02:00']],
    ['30 1 * * *', 'Antarctica/Troll', '2026-10-24T12:00+02:00', ['10-25T01:30+02:00', '10-26T01:30+00:00']],
    // Ramadan: the clocks go back for a month and then forward.
    ['30 2 * * *', 'Africa/Casablanca', '2026-02-14T12:00+01:00', ['02-15T02:30+01:00', '02-16T02:30+00:00']],
    ['30 2 * * *', 'Africa/Casablanca', '2026-03-21T12:00+00:00', ['03-22T03:00+01:00', '03-23T02:30+01:00']],
    ['45 1 * * *', 'Australia/Lord_Howe', '2026-04-05T01:46+11:00', ['04-06T01:45+10:30']],
    // China had summer time from 1986 to 1991.
    ['30 2 * * *', 'Asia/Shanghai', '1986-05-03T12:00+08:00', ['05-04T03:00+09:00', '05-05T02:30+09:00']],
    ['30 1 * * *', 'Asia/Shanghai', '1986-09-13T12:00+09:00', ['09-14T01:30+09:00', '09-15T01:30+08:00']],
    // The day of the change by its name, not by its number.
    ['30 2 * 3 sunL', 'Europe/Berlin', '2026-03-01T00:00+01:00', ['03-29T03:00+02:00', '03-28T03:00+02:00']],
    ['30 2 * 3 sun#2', 'America/New_York', '2026-03-01T00:00-05:00', ['03-08T03:00-04:00', '03-14T03:00-04:00']],
    ['59 23 L * *', 'Europe/Riga', '2026-02-01T00:00+02:00', ['02-28T23:59+02:00', '03-31T23:59+03:00']],
    ['0 9 LW * *', 'America/New_York', '2026-05-01T00:00-04:00', ['05-29T09:00-04:00', '06-30T09:00-04:00']],
    ['0 12 L 2 *', 'Asia/Shanghai', '2027-12-01T00:00+08:00', ['02-29T12:00+08:00', '02-28T12:00+08:00']],
    // A zone without summer time, a day that never was, and years without the day.
    ['0 3 * * 1-5', 'Asia/Shanghai', '2026-03-06T12:00+08:00', ['03-09T03:00+08:00', '03-10T03:00+08:00']],
    ['30 12 * * *', 'Pacific/Apia', '2011-12-29T00:00-10:00', ['12-29T12:30-10:00', '12-31T12:30+14:00']],
    ['0 0 29 2 *', 'Asia/Shanghai', '2096-03-01T00:00+08:00', ['02-29T00:00+08:00']],
  ])('%s in %s after %s', (...[expression, timezone, at, expected]) => {
    expect(slotsAfter(expression, timezone, { at, count: expected.length })).toEqual(expected);
  });
});

describe('a wildcard job follows real time', () => {
  it.each([
    [
      '0 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:30+01:00',
      ['03-29T01:00+01:00', '03-29T03:00+02:00', '03-29T04:00+02:00'],
    ],
    [
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-10-25T02:10+02:00',
      ['10-25T02:30+02:00', '10-25T02:00+01:00', '10-25T02:30+01:00', '10-25T03:00+01:00'],
    ],
    [
      '0 * * * *',
      'America/New_York',
      '2026-11-01T00:30-04:00',
      ['11-01T01:00-04:00', '11-01T01:00-05:00', '11-01T02:00-05:00'],
    ],
    [
      '*/15 1,2 * * *',
      'Australia/Lord_Howe',
      '2026-10-04T01:40+10:30',
      ['10-04T01:45+10:30', '10-04T02:30+11:00', '10-04T02:45+11:00', '10-05T01:00+11:00'],
    ],
    [
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-05T01:40+11:00',
      ['04-05T01:45+11:00', '04-05T01:30+10:30', '04-05T01:45+10:30', '04-05T02:00+10:30'],
    ],
    [
      '*/30 1 1 11 *',
      'America/New_York',
      '2026-11-01T01:45-04:00',
      ['11-01T01:00-05:00', '11-01T01:30-05:00', '11-01T01:00-04:00'],
    ],
    ['0 * * * *', 'Europe/Riga', '2026-03-29T01:30+02:00', ['03-29T02:00+02:00', '03-29T04:00+03:00']],
    ['0 */2 * * *', 'Pacific/Chatham', '2026-09-27T01:00+12:45', ['09-27T02:00+12:45', '09-27T04:00+13:45']],
    [
      '*/30 * * * *',
      'Pacific/Chatham',
      '2026-04-05T03:10+13:45',
      ['04-05T03:30+13:45', '04-05T03:00+12:45', '04-05T03:30+12:45', '04-05T04:00+12:45'],
    ],
    [
      '0 * * * *',
      'America/Havana',
      '2026-10-31T23:30-04:00',
      ['11-01T00:00-04:00', '11-01T00:00-05:00', '11-01T01:00-05:00'],
    ],
    ['0 * * * *', 'America/Santiago', '2026-09-05T23:30-04:00', ['09-06T01:00-03:00', '09-06T02:00-03:00']],
    ['0 */4 * * *', 'America/Los_Angeles', '2026-03-08T00:00-08:00', ['03-08T04:00-07:00', '03-08T08:00-07:00']],
    [
      '*/30 * * * *',
      'Antarctica/Troll',
      '2026-03-29T00:30+00:00',
      ['03-29T03:00+02:00', '03-29T03:30+02:00', '03-29T04:00+02:00'],
    ],
    ['15 * * * *', 'America/Nuuk', '2026-03-28T22:00-02:00', ['03-28T22:15-02:00', '03-29T00:15-01:00']],
    ['0 * * * *', 'Africa/Casablanca', '2026-03-22T01:30+00:00', ['03-22T03:00+01:00', '03-22T04:00+01:00']],
    ['* * * * *', 'Asia/Shanghai', '2026-03-08T23:59+08:00', ['03-09T00:00+08:00', '03-09T00:01+08:00']],
  ])('%s in %s after %s', (...[expression, timezone, at, expected]) => {
    expect(slotsAfter(expression, timezone, { at, count: expected.length })).toEqual(expected);
  });

  it('has one slot at the end of a gap that swallowed its whole day', () => {
    const after = { at: '2026-03-28T12:00+01:00', count: 3 };
    expect(slotsAfter('*/30 2 * * *', 'Europe/Berlin', after)).toEqual([
      '03-29T03:00+02:00',
      '03-30T02:00+02:00',
      '03-30T02:30+02:00',
    ]);
  });

  it('makes nothing up for a day that never was', () => {
    const after = { at: '2011-12-29T13:00-10:00', count: 1 };
    expect(slotsAfter('*/30 12 * * *', 'Pacific/Apia', after)).toEqual(['12-31T12:00+14:00']);
  });
});

describe('slots of any expression in any zone', () => {
  const zones = fc.constantFrom(
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Shanghai',
    'America/Santiago',
    'Antarctica/Troll',
    'Africa/Casablanca',
    'America/Nuuk',
    'Pacific/Apia',
    'Pacific/Chatham',
    'America/Havana',
    'Europe/Riga',
    'America/Los_Angeles',
  );
  const expressions = fc.constantFrom(
    '* * * * *',
    '*/20 * * * *',
    '*/30 2 * * *',
    '0 */6 * * *',
    '30 2 * * *',
    '15 0,1,2,3,23 * * *',
    '0 3 * * 0',
    '59 23 28-31 * *',
    '0 0 1 * *',
    '30 1 29 2 *',
    'H H * * *',
    '0 0 L * *',
    '30 2 LW * *',
    '0 2 * * sunL',
    '*/10 0,1,2 * * sun#1,sun#2',
  );
  const instants = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2035, 0, 1) });
  // The days around the changes of the clocks, where the mistakes are.
  const changes = fc
    .tuple(
      fc.constantFrom(
        Date.UTC(2026, 2, 8, 7),
        Date.UTC(2026, 2, 29, 1),
        Date.UTC(2026, 9, 25, 1),
        Date.UTC(2026, 10, 1, 6),
        Date.UTC(2026, 9, 3, 15, 30),
        Date.UTC(2026, 3, 4, 15),
        Date.UTC(2026, 8, 6, 4),
      ),
      fc.integer({ min: -7_200_000, max: 7_200_000 }),
    )
    .map(([changeMs, offsetMs]) => changeMs + offsetMs);
  const places = fc.tuple(expressions, zones, fc.oneof(instants, changes));

  it('rise strictly, and nothing lies between one and the next', () => {
    fc.assert(
      fc.property(places, ([expression, timezone, atMs]) => {
        const cron = parseCron(expression, 'job');
        const nextMs = nextSlotMs(cron, timezone, atMs);
        expect(nextMs).toBeGreaterThan(atMs);
        expect(nextSlotMs(cron, timezone, nextMs - 1)).toBe(nextMs);
        expect(nextSlotMs(cron, timezone, nextMs)).toBeGreaterThan(nextMs);
        const betweenMs = atMs + Math.floor((nextMs - atMs) / 2);
        expect(nextSlotMs(cron, timezone, betweenMs)).toBe(betweenMs < nextMs ? nextMs : expect.anything());
      }),
      { numRuns: 1_000 },
    );
  });

  it('are the same forwards and backwards', () => {
    fc.assert(
      fc.property(places, ([expression, timezone, atMs]) => {
        const cron = parseCron(expression, 'job');
        const nextMs = nextSlotMs(cron, timezone, atMs);
        expect(previousSlotMs(cron, timezone, nextMs)).toBe(nextMs);
        const beforeMs = previousSlotMs(cron, timezone, nextMs - 1);
        expect(beforeMs).not.toBeNull();
        expect(beforeMs).toBeLessThanOrEqual(atMs);
        expect(nextSlotMs(cron, timezone, beforeMs!)).toBe(nextMs);
      }),
      { numRuns: 300 },
    );
  });

  it('come exactly once a day for a fixed time, in every zone, for a year', () => {
    for (const timezone of [
      'America/New_York',
      'Europe/Berlin',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Africa/Casablanca',
    ]) {
      const cron = parseCron('30 2 * * *', 'job');
      const endMs = Date.UTC(2027, 0, 1);
      let count = 0;
      for (
        let atMs = nextSlotMs(cron, timezone, Date.UTC(2026, 0, 1));
        atMs < endMs;
        atMs = nextSlotMs(cron, timezone, atMs)
      )
        count += 1;
      expect(count).toBe(365);
    }
  });
});
