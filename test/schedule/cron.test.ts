import fc from 'fast-check';
import { parseCron } from '../../src/schedule/cron';

describe('parsing a cron expression', () => {
  it.each([
    ['5 3 * * *', { minutes: [5], hours: [3], kind: 'fixed' }],
    ['*/20 3 * * *', { minutes: [0, 20, 40], kind: 'wildcard' }],
    ['10-50/20 3 * * *', { minutes: [10, 30, 50], kind: 'fixed' }],
    ['5,1,5 3,2-4 * * *', { minutes: [1, 5], hours: [2, 3, 4] }],
    ['0 ? * * ?', { kind: 'wildcard' }],
    ['0 3 * JAN,dec *', { months: [1, 12] }],
    ['0 3 * * mon-FRI', { daysOfWeek: { values: [1, 2, 3, 4, 5] } }],
    ['0 3 * * fri-sun', { daysOfWeek: { values: [0, 5, 6] } }],
    ['0 3 * * 7', { daysOfWeek: { values: [0] } }],
    ['0 3 29 2 *', { daysOfMonth: { values: [29] }, months: [2] }],
    ['  0   3 * * *  ', { hours: [3] }],
  ])('reads %s', (expression, expected) => {
    expect(parseCron(expression, 'job')).toMatchObject(expected);
  });

  it.each([
    [
      '0 25 * *',
      'expected five fields or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, got "0 25 * *"',
    ],
    [
      '@reboot',
      'expected five fields or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, got "@reboot"',
    ],
    [
      '0 0 3 * * *',
      'expected five fields or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, got "0 0 3 * * *" (six fields: leave out the seconds)',
    ],
    ['60 3 * * *', 'minute: expected 0-59, got "60"'],
    ['0 24 * * *', 'hour: expected 0-23, got "24"'],
    ['0 3 0 * *', 'day of month: expected 1-31, got "0"'],
    ['0 3 * foo *', 'month: expected 1-12 or jan-dec, got "foo"'],
    ['0 3 * * 8', 'day of week: expected 0-7 or sun-sat, got "8"'],
    ['61 25 * * *', 'minute: expected 0-59, got "61"; hour: expected 0-23, got "25"'],
    ['5/15 3 * * *', 'minute: expected a range before the step (write 5-59/15), got "5/15"'],
    ['0 22-2 * * *', 'hour: expected a range that rises (write 22-23,0-2), got "22-2"'],
    ['*/0 3 * * *', 'minute: expected a step of 1 to 59, got "*/0"'],
    ['1,, 3 * * *', 'minute: expected 0-59, got ""'],
    ['1-2-3 3 * * *', 'minute: expected 0-59, got "1-2-3"'],
    ['-1 3 * * *', 'minute: expected 0-59, got "-1"'],
    ['H(5-1) 3 * * *', 'minute: expected a range that rises, got "H(5-1)"'],
    ['H(x) 3 * * *', 'minute: expected H, H(a-b), H/n or H(a-b)/n with 0-59, got "H(x)"'],
    ['H(0-4)/9 3 * * *', 'minute: expected a step of at most 5, got "H(0-4)/9"'],
    ['0 0 31 2 *', 'day of month: expected a day that month 2 has ("L" is the last), got "31"'],
    ['0 0 31 4,6 *', 'day of month: expected a day that month 4,6 has ("L" is the last), got "31"'],
    ['0 0 L-29 2 *', 'day of month: expected a day that month 2 has ("L" is the last), got "L-29"'],
    [
      '0 0 1 * 1',
      'day of month and day of week: expected "*" in one of them, or dayMatch: \'both\' or \'either\', because they are read in two ways, got "1" and "1"',
    ],
    ['0 0 L * friL', /dayMatch: 'both' or 'either'.*got "L" and "friL"/],
    ['0 3 * * fir', 'day of week: expected 0-7 or sun-sat, got "fir"'],
    ['0 3 * * frii', 'day of week: expected 0-7 or sun-sat, got "frii", did you mean "fri"?'],
    ['0 3 * juli *', 'month: expected 1-12 or jan-dec, got "juli", did you mean "jul"?'],
    ['0 3 * * fri-mon', 'day of week: expected a range that rises (write 5-7,0-1), got "fri-mon"'],
    ['59-0 3 * * *', 'minute: expected a range that rises (write 59,0), got "59-0"'],
    ['H(0-5)x 3 * * *', 'minute: expected H, H(a-b), H/n or H(a-b)/n with 0-59, got "H(0-5)x"'],
    ['H/1 3 * * *', 'minute: expected a step of at least 2 (write H or *), got "H/1"'],
    ['0 3 L-31 * *', 'day of month: expected L, L-1 to L-30, 1W to 31W or LW, got "L-31"'],
    ['0 3 32W * *', 'day of month: expected L, L-1 to L-30, 1W to 31W or LW, got "32W"'],
    ['0 3 LW5 * *', 'day of month: expected L, L-1 to L-30, 1W to 31W or LW, got "LW5"'],
    ['0 3 1-5W * *', 'day of month: expected 1-31, got "1-5W"'],
    ['0 3 * * L', 'day of week: expected a day, 0-7 or sun-sat, before the L (the last is friL), got "L"'],
    ['0 3 * * mon#6', 'day of week: expected a day, 0-7 or sun-sat, then #1 to #5 (the third is mon#3), got "mon#6"'],
    ['L 3 * * *', 'minute: expected 0-59, got "L"'],
  ])('refuses %s and says what was expected', (expression, message) => {
    expect(() => parseCron(expression, 'job')).toThrow(
      expect.objectContaining({
        code: 'JOB_INVALID',
        message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
      }) as Error,
    );
  });
});

describe('a day that depends on the month', () => {
  it.each([
    ['0 3 L * *', { daysOfMonth: { values: [], floating: [{ kind: 'last', daysBefore: 0 }] } }],
    ['0 3 l-3 * *', { daysOfMonth: { floating: [{ kind: 'last', daysBefore: 3 }] } }],
    ['0 3 1,15W * *', { daysOfMonth: { values: [1], floating: [{ kind: 'weekday-near', day: 15 }] } }],
    ['0 3 LW * *', { daysOfMonth: { floating: [{ kind: 'weekday-near', day: 'last' }] } }],
    ['0 3 * * wed#2', { daysOfWeek: { floating: [{ kind: 'nth', dayOfWeek: 3, nth: 2 }] } }],
    ['0 3 * * 7#1', { daysOfWeek: { floating: [{ kind: 'nth', dayOfWeek: 0, nth: 1 }] } }],
    ['0 3 * * 5L', { daysOfWeek: { floating: [{ kind: 'last-of', dayOfWeek: 5 }] } }],
    ['0 3 * * mon,FRIl', { daysOfWeek: { values: [1], floating: [{ kind: 'last-of', dayOfWeek: 5 }] } }],
  ])('is read from %s', (expression, expected) => {
    expect(parseCron(expression, 'job')).toMatchObject({ ...expected, kind: 'fixed', resolved: expression });
  });
});

describe('day of month and day of week together', () => {
  it('are read as dayMatch says', () => {
    expect(parseCron('0 3 13 * fri', 'job', 'both').dayMatch).toBe('both');
    expect(parseCron('0 3 13 * fri', 'job', 'either').dayMatch).toBe('either');
  });

  it('mean nothing to each other when one of them is every day', () => {
    expect(parseCron('0 3 13 * *', 'job', 'either').dayMatch).toBe('both');
    expect(parseCron('0 3 ? * fri', 'job', 'either').dayMatch).toBe('both');
  });

  it('are refused when no day is in both, ever', () => {
    expect(() => parseCron('0 3 1-7 * fri#2', 'job', 'both')).toThrow(
      'day of month: expected a day that month * has that is also "fri#2" ("L" is the last), got "1-7"',
    );
    expect(parseCron('0 3 31 2 fri', 'job', 'either').months).toEqual([2]);
    expect(parseCron('0 3 29 2 mon#5', 'job', 'both').months).toEqual([2]);
  });
});

describe('H in a cron expression', () => {
  const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);

  it('stands for the same values every day and for ever: it is part of what a name means', () => {
    expect(parseCron('H H(1-5) * * *', 'kuaishou-orders')).toMatchObject({ minutes: [25], hours: [1], kind: 'fixed' });
    expect(parseCron('H/15 * * * *', 'kuaishou-orders').minutes).toEqual([10, 25, 40, 55]);
  });

  it('is shown as what it stands for, and nothing else is changed', () => {
    expect(parseCron('H/15,3 H(1-5) ? JAN,3 mon-fri/2', 'kuaishou-orders').resolved).toBe(
      '10,25,40,55,3 1 ? JAN,3 mon-fri/2',
    );
  });

  it('stays in its range for every name, and steps evenly', () => {
    fc.assert(
      fc.property(names, (name) => {
        const { minutes, hours } = parseCron('H(10-19)/5 H(1-5) * * *', name);
        expect(minutes).toHaveLength(2);
        expect(minutes[1]! - minutes[0]!).toBe(5);
        expect(minutes.every((minute) => minute >= 10 && minute <= 19)).toBe(true);
        expect(hours.every((hour) => hour >= 1 && hour <= 5)).toBe(true);
        expect(parseCron('0 3 H * *', name).daysOfMonth.values[0]).toBeLessThanOrEqual(28);
        expect(parseCron('0 3 * * H', name).daysOfWeek.values[0]).toBeLessThanOrEqual(6);
      }),
    );
  });

  it('spreads neighbouring names over the hour', () => {
    const counts = new Map<number, number>();
    for (let shop = 0; shop < 6_000; shop += 1) {
      const [minute = -1] = parseCron('H 3 * * *', `orders-shop-${shop}`).minutes;
      counts.set(minute, (counts.get(minute) ?? 0) + 1);
    }
    expect(counts.size).toBe(60);
    expect(Math.max(...counts.values())).toBeLessThan(150);
  });

  it('gives each field of a job a value of its own', () => {
    const equal = Array.from({ length: 240 }, (_, shop) => parseCron('H(0-23) H * * *', `shop-${shop}`)).filter(
      ({ minutes, hours }) => minutes[0] === hours[0],
    );
    expect(equal.length).toBeLessThan(30);
  });

  it('is behind the nicknames, so that they do not all start at midnight', () => {
    expect(parseCron('@daily', 'a').resolved).toMatch(/^\d+ \d+ \* \* \*$/);
    expect(parseCron('@midnight', 'a').hours[0]).toBeLessThanOrEqual(2);
    expect(parseCron('@yearly', 'a')).toMatchObject({ ...parseCron('@annually', 'a'), expression: '@yearly' });
    expect(parseCron('@daily', 'a')).toMatchObject({ ...parseCron('H H * * *', 'a'), expression: '@daily' });
    expect(parseCron('@Weekly', 'a').daysOfWeek.values).toHaveLength(1);
    expect(parseCron('@monthly', 'a').daysOfMonth.values).toHaveLength(1);
    expect(parseCron('@hourly', 'a').hours).toHaveLength(24);
  });
});
