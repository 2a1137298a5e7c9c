import { DateTime } from 'luxon';
import { parseCron } from '../../src/schedule/cron';
import { combineHours, openSpans } from '../../src/schedule/hours';
import { parseLevel } from '../../src/schedule/hours-level';
import { nextSlotMs } from '../../src/schedule/slot';

/**
 * What happens on the days on which the clocks change, and on the odd days of the calendar: a line for each zone, day and
 * schedule. An instant on the day itself is written without its date. What is expected comes from a walk through every minute
 * of these days with another library for time zones (Python's zoneinfo), not from this code.
 */
const SLOTS = `
America/New_York      2026-03-08  30 2 * * *       03:00-04:00
America/New_York      2026-03-08  */30 1-3 * * *   01:00-05:00 01:30-05:00 03:00-04:00 03:30-04:00
America/New_York      2026-11-01  30 1 * * *       01:30-04:00
America/New_York      2026-11-01  */30 1-2 * * *   01:00-04:00 01:30-04:00 01:00-05:00 01:30-05:00 02:00-05:00 02:30-05:00
America/Los_Angeles   2026-03-08  15 2 * * *       03:00-07:00
America/Los_Angeles   2026-03-08  */30 1-3 * * *   01:00-08:00 01:30-08:00 03:00-07:00 03:30-07:00
America/Los_Angeles   2026-11-01  0 1 * * *        01:00-07:00
America/Los_Angeles   2026-11-01  */30 1-2 * * *   01:00-07:00 01:30-07:00 01:00-08:00 01:30-08:00 02:00-08:00 02:30-08:00
Europe/Berlin         2026-03-29  30 2 * * *       03:00+02:00
Europe/Berlin         2026-03-29  */30 2 * * *     03:00+02:00
Europe/Berlin         2026-10-25  30 2 * * *       02:30+02:00
Europe/Berlin         2026-10-25  */30 2-3 * * *   02:00+02:00 02:30+02:00 02:00+01:00 02:30+01:00 03:00+01:00 03:30+01:00
Europe/Riga           2026-03-29  0 3 * * *        04:00+03:00
Europe/Riga           2026-03-29  */30 2-4 * * *   02:00+02:00 02:30+02:00 04:00+03:00 04:30+03:00
Europe/Riga           2026-10-25  59 3 * * *       03:59+03:00
Europe/Riga           2026-10-25  */30 3-4 * * *   03:00+03:00 03:30+03:00 03:00+02:00 03:30+02:00 04:00+02:00 04:30+02:00
Australia/Lord_Howe   2026-10-04  15 2 * * *       02:30+11:00
Australia/Lord_Howe   2026-10-04  */15 1-2 * * *   01:00+10:30 01:15+10:30 01:30+10:30 01:45+10:30 02:30+11:00 02:45+11:00
Australia/Lord_Howe   2026-04-05  45 1 * * *       01:45+11:00
Australia/Lord_Howe   2026-04-05  */15 1-2 * * *   01:00+11:00 01:15+11:00 01:30+11:00 01:45+11:00 01:30+10:30 01:45+10:30 02:00+10:30 02:15+10:30 02:30+10:30 02:45+10:30
Pacific/Chatham       2026-09-27  0 3 * * *        03:45+13:45
Pacific/Chatham       2026-09-27  */30 2-4 * * *   02:00+12:45 02:30+12:45 04:00+13:45 04:30+13:45
Pacific/Chatham       2026-04-05  0 3 * * *        03:00+13:45
Pacific/Chatham       2026-04-05  */30 2-3 * * *   02:00+13:45 02:30+13:45 03:00+13:45 03:30+13:45 03:00+12:45 03:30+12:45
America/Santiago      2026-09-06  0 0 * * *        01:00-03:00
America/Santiago      2026-09-06  */30 0-1 * * *   01:00-03:00 01:30-03:00
America/Santiago      2026-04-04  30 23 * * *      23:30-03:00
America/Santiago      2026-04-04  */30 22-23 * * *  22:00-03:00 22:30-03:00 23:00-03:00 23:30-03:00 23:00-04:00 23:30-04:00
America/Havana        2026-03-08  30 0 * * *       01:00-04:00
America/Havana        2026-03-08  */30 0-1 * * *   01:00-04:00 01:30-04:00
America/Havana        2026-11-01  30 0 * * *       00:30-04:00
America/Havana        2026-11-01  */30 0-1 * * *   00:00-04:00 00:30-04:00 00:00-05:00 00:30-05:00 01:00-05:00 01:30-05:00
America/Nuuk          2026-03-28  30 23 * * *      2026-03-29T00:00-01:00
America/Nuuk          2026-03-28  */30 22-23 * * *  22:00-02:00 22:30-02:00
America/Nuuk          2026-10-24  30 23 * * *      23:30-01:00
America/Nuuk          2026-10-24  */30 22-23 * * *  22:00-01:00 22:30-01:00 23:00-01:00 23:30-01:00 23:00-02:00 23:30-02:00
Antarctica/Troll      2026-03-29  30 1 * * *       03:00+02:00
Antarctica/Troll      2026-03-29  */30 0-3 * * *   00:00+00:00 00:30+00:00 03:00+02:00 03:30+02:00
Antarctica/Troll      2026-10-25  30 1 * * *       01:30+02:00
Antarctica/Troll      2026-10-25  */30 1-3 * * *   01:00+02:00 01:30+02:00 02:00+02:00 02:30+02:00 01:00+00:00 01:30+00:00 02:00+00:00 02:30+00:00 03:00+00:00 03:30+00:00
Africa/Casablanca     2026-02-15  30 2 * * *       02:30+01:00
Africa/Casablanca     2026-02-15  */30 2-3 * * *   02:00+01:00 02:30+01:00 02:00+00:00 02:30+00:00 03:00+00:00 03:30+00:00
Africa/Casablanca     2026-03-22  30 2 * * *       03:00+01:00
Africa/Casablanca     2026-03-22  */30 1-3 * * *   01:00+00:00 01:30+00:00 03:00+01:00 03:30+01:00
Pacific/Apia          2011-12-30  0 12 * * *       none
Pacific/Apia          2011-12-30  */30 12 * * *    none
Pacific/Apia          2020-09-27  30 3 * * *       04:00+14:00
Pacific/Apia          2020-09-27  */30 2-4 * * *   02:00+13:00 02:30+13:00 04:00+14:00 04:30+14:00
Pacific/Apia          2021-04-04  30 3 * * *       03:30+14:00
Pacific/Apia          2021-04-04  */30 3-4 * * *   03:00+14:00 03:30+14:00 03:00+13:00 03:30+13:00 04:00+13:00 04:30+13:00
Asia/Shanghai         2026-03-08  30 2 * * *       02:30+08:00
Asia/Shanghai         2026-03-08  */30 2 * * *     02:00+08:00 02:30+08:00
Asia/Shanghai         1986-05-04  30 2 * * *       03:00+09:00
Asia/Shanghai         1986-05-04  */30 1-3 * * *   01:00+08:00 01:30+08:00 03:00+09:00 03:30+09:00
Asia/Shanghai         1986-09-14  30 1 * * *       01:30+09:00
Asia/Shanghai         1986-09-14  */30 1-2 * * *   01:00+09:00 01:30+09:00 01:00+08:00 01:30+08:00 02:00+08:00 02:30+08:00
`;

/** Leap days, ends of months, and those on which the clocks change as well. */
const CALENDAR_SLOTS = `
Asia/Shanghai         2028-02-29  0 3 29 2 *       03:00+08:00 2032-02-29T03:00+08:00
Asia/Shanghai         2026-02-28  0 3 29 2 *       2028-02-29T03:00+08:00
Asia/Shanghai         2026-02-28  0 3 L 2 *        03:00+08:00 2027-02-28T03:00+08:00 2028-02-29T03:00+08:00
America/New_York      2026-02-28  30 2 L * *       02:30-05:00 2026-03-31T02:30-04:00 2026-04-30T02:30-04:00
Asia/Shanghai         2026-02-01  0 3 31 * *       2026-03-31T03:00+08:00 2026-05-31T03:00+08:00
Asia/Shanghai         2028-02-29  59 23 L-1 * *    2028-03-30T23:59+08:00
Asia/Shanghai         2028-02-28  59 23 L-1 * *    23:59+08:00 2028-03-30T23:59+08:00
Asia/Shanghai         2028-02-29  */30 0 29 2 *    00:00+08:00 00:30+08:00 2032-02-29T00:00+08:00
Europe/Berlin         2024-03-31  30 2 L 3 *       03:00+02:00 2025-03-31T02:30+02:00
Europe/Berlin         2027-10-31  30 2 L 10 *      02:30+02:00 2028-10-31T02:30+01:00
Europe/Berlin         2027-10-31  */30 2 31 10 *   02:00+02:00 02:30+02:00 02:00+01:00 02:30+01:00 2028-10-31T02:00+01:00
Australia/Lord_Howe   2028-10-01  15 2 1 * *       02:30+11:00 2028-11-01T02:15+11:00
America/Santiago      2026-09-06  0 0 6 * *        01:00-03:00 2026-10-06T00:00-03:00
Europe/Riga           2026-12-31  59 23 L * *      23:59+02:00 2027-01-31T23:59+02:00
America/New_York      2100-02-28  0 3 L 2 *        03:00-05:00 2101-02-28T03:00-05:00
`;

const WINDOWS = `
America/New_York      2026-03-08  01:30-02:30      01:30-05:00/03:00-04:00
America/New_York      2026-11-01  01:30-02:30      01:30-04:00/02:30-05:00
America/Los_Angeles   2026-03-08  02:00-03:00      03:00-07:00/04:00-07:00
America/Los_Angeles   2026-11-01  00:30-01:30      00:30-07:00/01:30-07:00
Europe/Berlin         2026-03-29  02:00-02:45      03:00+02:00/03:45+02:00
Europe/Berlin         2026-10-25  02:00-03:00      02:00+02:00/03:00+01:00
Europe/Riga           2026-03-29  03:15-03:45      04:00+03:00/04:30+03:00
Europe/Riga           2026-10-25  01:00-03:30      01:00+03:00/03:30+03:00
Australia/Lord_Howe   2026-10-04  02:00-02:30      02:30+11:00/03:00+11:00
Australia/Lord_Howe   2026-04-05  01:40-02:10      01:40+11:00/02:10+10:30
Pacific/Chatham       2026-09-27  02:30-03:30      02:30+12:45/03:45+13:45
Pacific/Chatham       2026-04-05  03:00-04:00      03:00+13:45/04:00+12:45
America/Santiago      2026-09-06  00:00-00:45      01:00-03:00/01:45-03:00
America/Santiago      2026-04-04  23:00-01:00      23:00-03:00/2026-04-05T01:00-04:00
America/Havana        2026-03-08  00:00-00:45      01:00-04:00/01:45-04:00
America/Havana        2026-11-01  00:00-01:00      00:00-04:00/01:00-05:00
America/Nuuk          2026-03-28  23:00-01:00      2026-03-29T00:00-01:00/2026-03-29T01:00-01:00
America/Nuuk          2026-10-24  22:00-00:00      22:00-01:00/2026-10-25T00:00-02:00
Antarctica/Troll      2026-03-29  00:30-02:30      00:30+00:00/03:00+02:00
Antarctica/Troll      2026-10-25  01:00-03:00      01:00+02:00/03:00+00:00
Africa/Casablanca     2026-02-15  02:00-04:00      02:00+01:00/04:00+00:00
Africa/Casablanca     2026-03-22  01:00-02:00      01:00+00:00/03:00+01:00
Pacific/Apia          2011-12-30  11:00-13:00      none
Pacific/Apia          2020-09-27  03:00-04:00      04:00+14:00/05:00+14:00
Pacific/Apia          2021-04-04  03:00-04:00      03:00+14:00/04:00+13:00
Asia/Shanghai         2026-03-08  01:00-06:00      01:00+08:00/06:00+08:00
Asia/Shanghai         1986-05-04  01:00-02:30      01:00+08:00/03:00+09:00
Asia/Shanghai         1986-09-14  01:00-02:00      01:00+09:00/02:00+08:00
`;

/** Windows of a whole day, over midnight into a change, and on leap days and ends of months. */
const CALENDAR_WINDOWS = `
Europe/Berlin         2026-03-28  22:00-02:30      22:00+01:00/2026-03-29T03:00+02:00
America/Havana        2026-03-07  23:00-00:30      23:00-05:00/2026-03-08T01:00-04:00
America/New_York      2026-10-31  22:00-06:00      22:00-04:00/2026-11-01T06:00-05:00
America/New_York      2026-03-08  sun 00:00-24:00  00:00-05:00/2026-03-09T00:00-04:00
Europe/Berlin         2026-10-25  sun 00:00-24:00  00:00+02:00/2026-10-26T00:00+01:00
Australia/Lord_Howe   2026-10-04  sun 00:00-24:00  00:00+10:30/2026-10-05T00:00+11:00
America/Santiago      2026-04-04  sat 00:00-24:00  00:00-03:00/2026-04-05T00:00-04:00
Pacific/Apia          2011-12-29  22:00-06:00      22:00-10:00/2011-12-31T00:00+14:00
Asia/Shanghai         2028-02-28  22:00-02:00      22:00+08:00/2028-02-29T02:00+08:00
Asia/Shanghai         2028-02-29  22:00-02:00      22:00+08:00/2028-03-01T02:00+08:00
Asia/Shanghai         2027-02-28  22:00-02:00      22:00+08:00/2027-03-01T02:00+08:00
America/New_York      2026-12-31  23:00-01:00      23:00-05:00/2027-01-01T01:00-05:00
Asia/Shanghai         2028-02-29  tue 01:00-06:00  01:00+08:00/06:00+08:00
America/New_York      2026-11-01  sun 01:00-02:00  01:00-04:00/02:00-05:00
`;

describe('slots on a day on which the clocks change', () => {
  it.each(linesOf(SLOTS))('%s %s %s', (...[zone, day, expression, expected]) => {
    expect(slotsFrom({ zone, day, expression }, expected.length + 1)).toEqual([
      ...expected,
      expect.not.stringMatching(day),
    ]);
  });
});

describe('slots on the odd days of the calendar', () => {
  it.each(linesOf(CALENDAR_SLOTS))('%s %s %s', (...[zone, day, expression, expected]) => {
    expect(slotsFrom({ zone, day, expression }, expected.length)).toEqual(expected);
  });
});

describe('windows on such days', () => {
  it.each(linesOf(WINDOWS + CALENDAR_WINDOWS))('%s %s %s', (...[zone, day, window, expected]) => {
    const spans = spansFrom({ zone, day, window });
    expect(spans.slice(0, expected.length)).toEqual(expected);
    expect(spans[expected.length]?.slice(0, day.length)).not.toBe(day);
  });
});

describe('blackouts on such days', () => {
  it.each([
    // A blackout whose hours the clocks skip has nothing to forbid; a window would be made up for.
    ['Europe/Berlin', '2026-03-29', { hours: '02:00-03:00' }, []],
    ['Europe/Berlin', '2026-03-29', { hours: '01:30-02:30' }, ['01:30+01:00/03:00+02:00']],
    ['Europe/Berlin', '2026-10-25', { hours: '02:00-03:00' }, ['02:00+02:00/03:00+01:00']],
    ['America/Havana', '2026-03-08', {}, ['01:00-04:00/2026-03-09T00:00-04:00']],
    ['Asia/Shanghai', '2028-02-29', {}, ['00:00+08:00/2028-03-01T00:00+08:00']],
    ['Pacific/Apia', '2011-12-30', {}, []],
  ])('%s %s %j', (...[zone, day, hours, expected]) => {
    const blackouts = [{ ...hours, dates: [day], reason: 'freeze' }];
    const level = parseLevel({ level: 'job' }, { timezone: zone, blackouts });
    const within = around(day);
    const closed: string[] = [];
    let atMs = within.startMs;
    for (const { startMs, endMs } of openSpans(combineHours([level]), within)) {
      if (startMs > atMs) closed.push(`${iso(atMs, zone)}/${iso(startMs, zone)}`);
      atMs = endMs;
    }
    expect(closed).toEqual(expected.map((text) => dated(text, day)));
  });
});

type Line = [zone: string, day: string, schedule: string, expected: string[]];

function linesOf(table: string): Line[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [zone = '', day = '', schedule = '', expected = ''] = line.split(/ {2,}/);
      return [zone, day, schedule, expected === 'none' ? [] : expected.split(' ').map((text) => dated(text, day))];
    });
}

/** `03:00-04:00` as `2026-03-08T03:00-04:00`, and the like of both ends of a span. */
function dated(text: string, day: string): string {
  return text
    .split('/')
    .map((instant) => (instant.includes('T') ? instant : `${day}T${instant}`))
    .join('/');
}

/** The first slots that lie on the day, or after it. */
function slotsFrom(
  { zone, day, expression }: { zone: string; day: string; expression: string },
  count: number,
): string[] {
  const cron = parseCron(expression, 'job');
  const slots: string[] = [];
  for (let atMs = around(day).startMs; slots.length < count; ) {
    atMs = nextSlotMs(cron, zone, atMs);
    const slot = iso(atMs, zone);
    if (slot >= day) slots.push(slot);
  }
  return slots;
}

/** When the window is open, from the first opening that lies on the day or after it. */
function spansFrom({ zone, day, window }: { zone: string; day: string; window: string }): string[] {
  const hours = combineHours([parseLevel({ level: 'job' }, { timezone: zone, windows: [window] })]);
  const spans = openSpans(hours, around(day));
  return spans.map(({ startMs, endMs }) => `${iso(startMs, zone)}/${iso(endMs, zone)}`).filter((span) => span >= day);
}

/** From a day and a half before its midnight in UTC to three days after it. */
function around(day: string): { startMs: number; endMs: number } {
  const midnightMs = Date.parse(day);
  return { startMs: midnightMs - 36 * 3_600_000, endMs: midnightMs + 72 * 3_600_000 };
}

function iso(atMs: number, zone: string): string {
  return DateTime.fromMillis(atMs, { zone }).toFormat("yyyy-MM-dd'T'HH:mmZZ");
}
