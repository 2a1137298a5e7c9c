import fc from 'fast-check';
import { DateTime } from 'luxon';
import { dayFrom } from '../../src/schedule/calendar-days';
import { parseCron } from '../../src/schedule/cron';

type Match = 'both' | 'either' | undefined;

/** The next days that the expression names, by the calendar. */
function daysFrom(expression: string, from: string, { count = 1, match }: { count?: number; match?: Match }): string[] {
  const cron = parseCron(expression, 'job', match);
  const days: string[] = [];
  for (let day = Date.parse(from); days.length < count; day += 86_400_000) {
    const found = dayFrom(cron, day);
    if (found === null) break;
    days.push(new Date(found).toISOString().slice(0, 10));
    day = found;
  }
  return days;
}

describe('the days of an expression', () => {
  it.each<[string, string, string[], Match?]>([
    // The last of a month, in months of every length.
    ['0 0 L * *', '2026-01-01', ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30']],
    ['0 0 L 2 *', '2027-01-01', ['2027-02-28', '2028-02-29', '2029-02-28']],
    ['0 0 L-2 2 *', '2027-03-01', ['2028-02-27', '2029-02-26']],
    ['0 0 L-30 * *', '2026-02-01', ['2026-03-01', '2026-05-01']],
    ['0 0 30 * *', '2026-01-31', ['2026-03-30', '2026-04-30']],
    ['0 0 31 * *', '2026-05-01', ['2026-05-31', '2026-07-31', '2026-08-31', '2026-10-31']],
    // Leap years, with and without the centuries.
    ['0 0 29 2 *', '2026-01-01', ['2028-02-29', '2032-02-29']],
    ['0 0 29 2 *', '2096-03-01', ['2104-02-29']],
    ['0 0 29 2 *', '1996-03-01', ['2000-02-29']],
    ['0 0 29 2 mon', '2072-03-01', ['2112-02-29'], 'both'],
    // The weekday that is nearest: 15 August 2026 is a Saturday, 15 November a Sunday, 15 December a Tuesday.
    ['0 0 15W * *', '2026-08-01', ['2026-08-14', '2026-09-15', '2026-10-15', '2026-11-16', '2026-12-15']],
    // Not over the edge of the month: 1 August is a Saturday, 31 January 2027 a Sunday.
    ['0 0 1W 8 *', '2026-07-31', ['2026-08-03']],
    ['0 0 31W * *', '2027-01-01', ['2027-01-29', '2027-03-31', '2027-05-31']],
    ['0 0 LW * *', '2026-01-01', ['2026-01-30', '2026-02-27', '2026-03-31', '2026-04-30', '2026-05-29']],
    // The third Friday, the fifth Monday where there is one, the last Sunday.
    ['0 0 * * fri#3', '2026-05-01', ['2026-05-15', '2026-06-19', '2026-07-17']],
    ['0 0 * * 1#5', '2026-01-01', ['2026-03-30', '2026-06-29', '2026-08-31']],
    ['0 0 * * 1#5', '2026-02-01', ['2026-03-30']],
    ['0 0 * * 7L', '2026-02-01', ['2026-02-22', '2026-03-29', '2026-04-26']],
    // Both fields.
    ['0 0 13 * fri', '2026-01-01', ['2026-02-13', '2026-03-13', '2026-11-13'], 'both'],
    ['0 0 13 * fri', '2026-02-01', ['2026-02-06', '2026-02-13', '2026-02-20'], 'either'],
    ['0 0 1 * mon#1', '2026-03-03', ['2026-04-01', '2026-04-06', '2026-05-01'], 'either'],
    ['0 0 1 * mon#1', '2026-01-01', ['2026-06-01'], 'both'],
    ['0 0 L * friL', '2026-01-01', ['2026-07-31'], 'both'],
  ])('%s from %s', (...[expression, from, expected, match]) => {
    expect(daysFrom(expression, from, { count: expected.length, match })).toEqual(expected);
  });

  it('are those that a look at every day finds', () => {
    const ofMonth = fc.constantFrom('*', '1', '31', 'L', 'L-4', '15W', '1W', 'LW', '10-20', '*/7', 'L,3W');
    const ofWeek = fc.constantFrom('*', '0', 'mon-fri', 'wed#1', '2#5', 'satL', 'thu,sunL');
    const months = fc.constantFrom('*', '2', '1,4,12', '2-11/3');
    const match = fc.constantFrom<Match>('both', 'either');
    const from = fc.integer({ min: 0, max: 40_000 }).map((day) => day * 86_400_000);
    fc.assert(
      fc.property(ofMonth, ofWeek, months, match, from, (...[dayOfMonth, dayOfWeek, month, how, fromMs]) => {
        const expression = `0 0 ${dayOfMonth} ${month} ${dayOfWeek}`;
        let day = DateTime.fromMillis(fromMs, { zone: 'utc' });
        for (let count = 0; count < 800; count += 1) {
          const isOfMonth = isInMonthField(dayOfMonth, day);
          const isOfWeek = isInWeekField(dayOfWeek, day);
          const isEither = how === 'either' && dayOfMonth !== '*' && dayOfWeek !== '*';
          if (isInMonths(month, day.month) && (isEither ? isOfMonth || isOfWeek : isOfMonth && isOfWeek)) break;
          day = day.plus({ days: 1 });
        }
        // Rare days are in the table above.
        if (day.toMillis() - fromMs < 799 * 86_400_000) {
          expect(daysFrom(expression, new Date(fromMs).toISOString(), { match: how })).toEqual([day.toISODate()]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function isInMonths(text: string, month: number): boolean {
  return text === '*' || { '2': [2], '1,4,12': [1, 4, 12], '2-11/3': [2, 5, 8, 11] }[text]!.includes(month);
}

function isInMonthField(text: string, day: DateTime): boolean {
  const last = day.daysInMonth!;
  switch (text) {
    case '*':
      return true;
    case 'L':
      return day.day === last;
    case 'L-4':
      return day.day === last - 4;
    case '15W':
      return day.day === nearest(day, 15);
    case '1W':
      return day.day === nearest(day, 1);
    case 'LW':
      return day.day === nearest(day, last);
    case '10-20':
      return day.day >= 10 && day.day <= 20;
    case '*/7':
      return day.day % 7 === 1;
    case 'L,3W':
      return day.day === last || day.day === nearest(day, 3);
    default:
      return day.day === Number(text);
  }
}

/** The closest day from Monday to Friday of the same month; of two, the one before. */
function nearest(day: DateTime, target: number): number {
  const weekdays = [target - 2, target - 1, target, target + 1, target + 2].filter(
    (number) => number >= 1 && number <= day.daysInMonth! && day.set({ day: number }).weekday <= 5,
  );
  return weekdays.reduce((best, next) => (Math.abs(next - target) < Math.abs(best - target) ? next : best));
}

function isInWeekField(text: string, day: DateTime): boolean {
  const isLast = day.plus({ weeks: 1 }).month !== day.month;
  const nth = Math.ceil(day.day / 7);
  switch (text) {
    case '*':
      return true;
    case '0':
      return day.weekday === 7;
    case 'mon-fri':
      return day.weekday <= 5;
    case 'wed#1':
      return day.weekday === 3 && nth === 1;
    case '2#5':
      return day.weekday === 2 && nth === 5;
    case 'satL':
      return day.weekday === 6 && isLast;
    default:
      return day.weekday === 4 || (day.weekday === 7 && isLast);
  }
}
