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
    ['0 3 * * mon-FRI', { daysOfWeek: [1, 2, 3, 4, 5] }],
    ['0 3 * * fri-sun', { daysOfWeek: [0, 5, 6] }],
    ['0 3 * * 7', { daysOfWeek: [0] }],
    ['0 3 29 2 *', { daysOfMonth: [29], months: [2] }],
    ['  0   3 * * *  ', { hours: [3] }],
  ])('reads %s', (expression, expected) => {
    expect(parseCron(expression, 'job')).toMatchObject(expected);
  });

  it.each([
    ['0 25 * *', 'expected five fields or one of @hourly, @daily, @weekly, @monthly, got "0 25 * *"'],
    ['@yearly', 'expected five fields or one of @hourly, @daily, @weekly, @monthly, got "@yearly"'],
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
    ['0 0 31 2 *', 'expected a day that occurs, got "0 0 31 2 *"'],
    ['0 0 31 4,6 *', 'expected a day that occurs, got "0 0 31 4,6 *"'],
    [
      '0 0 1 * 1',
      'expected "*" for day of month or for day of week, because both together are read in two ways, got "0 0 1 * 1"',
    ],
  ])('refuses %s and says what was expected', (expression, message) => {
    expect(() => parseCron(expression, 'job')).toThrow(
      expect.objectContaining({ code: 'JOB_INVALID', message }) as Error,
    );
  });
});

describe('H in a cron expression', () => {
  const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);

  it('stands for the same values every day and for ever: it is part of what a name means', () => {
    expect(parseCron('H H(1-5) * * *', 'kuaishou-orders')).toMatchObject({ minutes: [25], hours: [1], kind: 'fixed' });
    expect(parseCron('H/15 * * * *', 'kuaishou-orders').minutes).toEqual([10, 25, 40, 55]);
  });

  it('stays in its range for every name, and steps evenly', () => {
    fc.assert(
      fc.property(names, (name) => {
        const { minutes, hours } = parseCron('H(10-19)/5 H(1-5) * * *', name);
        expect(minutes).toHaveLength(2);
        expect(minutes[1]! - minutes[0]!).toBe(5);
        expect(minutes.every((minute) => minute >= 10 && minute <= 19)).toBe(true);
        expect(hours.every((hour) => hour >= 1 && hour <= 5)).toBe(true);
        expect(parseCron('0 3 H * *', name).daysOfMonth[0]).toBeLessThanOrEqual(28);
        expect(parseCron('0 3 * * H', name).daysOfWeek[0]).toBeLessThanOrEqual(6);
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
    expect(parseCron('@daily', 'a')).toMatchObject({ ...parseCron('H H * * *', 'a'), expression: '@daily' });
    expect(parseCron('@Weekly', 'a').daysOfWeek).toHaveLength(1);
    expect(parseCron('@monthly', 'a').daysOfMonth).toHaveLength(1);
    expect(parseCron('@hourly', 'a').hours).toHaveLength(24);
  });
});
