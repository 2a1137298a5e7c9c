import { checkSchedule } from '../../src/schedule/check';
import { parseDateRange } from '../../src/schedule/date-range';
import { parseDeadline } from '../../src/schedule/deadline';
import { parseClockHours } from '../../src/schedule/hours-rule';
import { parseCatchUpSpacing, parseCatchUpWindow } from '../../src/schedule/slot-policy';
import { parseWeekdays } from '../../src/schedule/weekdays';

describe('checking a schedule', () => {
  it('finds nothing wrong with a good one', () => {
    expect(
      checkSchedule({ cron: 'H H(1-5) * * *', timezone: 'Asia/Shanghai', windows: ['01:00-06:00'] }, 'job'),
    ).toEqual([]);
    expect(checkSchedule({ cron: '@daily', timezone: 'UTC' }, 'job')).toEqual([]);
  });

  it('finds everything that is wrong with a bad one', () => {
    expect(
      checkSchedule({ cron: '0 25 * *', timezone: 'Asia/Peking', windows: ['01:00-06:00', '1-6'] }, 'job'),
    ).toEqual([
      {
        path: 'cron',
        message:
          'expected five fields or one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually, got "0 25 * *"',
      },
      {
        path: 'timezone',
        message: 'expected an IANA zone such as "Asia/Shanghai", got "Asia/Peking", did you mean "Asia/Shanghai"?',
      },
      { path: 'windows[1]', message: 'expected "HH:mm-HH:mm", got "1-6"' },
    ]);
  });

  it('asks how the two day fields are meant together', () => {
    const schedule = { cron: '0 3 1 * mon', timezone: 'UTC' } as const;
    expect(checkSchedule(schedule, 'job')).toEqual([
      { path: 'cron', message: expect.stringContaining("dayMatch: 'both' or 'either'") as string },
    ]);
    expect(checkSchedule({ cron: '0 3 1 * mon', timezone: 'UTC', dayMatch: 'either' }, 'job')).toEqual([]);
  });

  it('says what a deadline and a pinned offset look like, and which zone a deadline lacks', () => {
    expect(checkSchedule({ every: '6h', deadline: '08:00' }, 'job')).toEqual([
      { path: 'timezone', message: 'expected an IANA zone for the deadline, such as "Asia/Shanghai", got nothing' },
    ]);
    expect(checkSchedule({ cron: '@daily', timezone: 'UTC', deadline: '8am', offset: '90s' }, 'job')).toEqual([
      { path: 'deadline', message: 'expected "HH:mm", such as "08:00", got "8am"' },
      { path: 'offset', message: 'expected whole minutes below a day, such as "17m", got "90s"' },
    ]);
    expect(checkSchedule({ cron: '@daily', timezone: 'UTC', deadline: '08:00', offset: '0m' }, 'job')).toEqual([]);
  });

  it('knows intervals, which need a zone for windows only', () => {
    expect(checkSchedule({ every: '6h' }, 'job')).toEqual([]);
    expect(checkSchedule({ every: '6h', phase: 'H', timezone: 'UTC', windows: ['01:00-06:00'] }, 'job')).toEqual([]);
    expect(checkSchedule({ every: '90s', phase: '7h' }, 'job')).toEqual([
      { path: 'every', message: 'expected whole minutes from "1m" to "366d", such as "6h", got "90s"' },
    ]);
    expect(checkSchedule({ every: '6h', phase: '6h', windows: ['01:00-06:00'] }, 'job')).toEqual([
      { path: 'phase', message: 'expected "H" or whole minutes below the interval, such as "10m", got "6h"' },
      { path: 'timezone', message: 'expected an IANA zone for the windows, such as "Asia/Shanghai", got nothing' },
    ]);
  });

  it('knows how long slots are made up for', () => {
    const every = { every: '6h' } as const;
    expect(checkSchedule({ ...every, catchUp: 'all' }, 'job')).toEqual([]);
    expect(checkSchedule({ ...every, catchUp: { window: '7d', spacing: '0s' } }, 'job')).toEqual([]);
    expect(checkSchedule({ ...every, catchUp: { window: '0d', spacing: '2d' } }, 'job')).toEqual([
      { path: 'catchUp.window', message: 'expected a duration up to "366d", such as "24h", got "0d"' },
      { path: 'catchUp.spacing', message: 'expected a duration up to "24h", such as "10m", got "2d"' },
    ]);
  });

  it('reads hours in every form', () => {
    const schedule = {
      cron: '0 3 * * *',
      timezone: 'UTC',
      windows: ['mon-fri 01:00-06:00', { hours: '00:00-24:00', days: ['sat', 'sun'] }],
      blackouts: [{ dates: ['2026-11-10/2026-11-12'], reason: 'Double 11 freeze' }],
    } as const;
    expect(checkSchedule(schedule, 'job')).toEqual([]);
  });

  it('finds what is wrong in hours, in each of their parts', () => {
    const windows = [{ hours: '6', days: 'weekend' as never }];
    const blackouts = [
      { hours: '25:00-26:00', days: ['mon', 'x'] as never, dates: ['2026-11-11', 'soon'], reason: 'why' },
      { reason: 'why' },
    ];
    const faults = checkSchedule({ cron: '0 3 * * *', timezone: 'UTC', windows, blackouts }, 'job');
    expect(faults.map(({ path }) => path)).toEqual([
      'windows[0].hours',
      'windows[0].days',
      'blackouts[0].hours',
      'blackouts[0].days',
      'blackouts[0].dates[1]',
      'blackouts[1]',
    ]);
  });

  it('finds windows that blackouts never leave open', () => {
    const windows = ['mon 01:00-06:00'];
    const blackouts = [{ days: 'mon', reason: 'closed' }] as const;
    expect(checkSchedule({ cron: '0 3 * * *', timezone: 'UTC', windows, blackouts }, 'job')).toEqual([
      { path: 'blackouts', message: expect.stringContaining('blackouts that cover all of it') as string },
    ]);
  });

  it('asks for the zone of blackouts, too', () => {
    expect(checkSchedule({ every: '6h', blackouts: [{ days: 'mon', reason: 'closed' }] }, 'job')).toEqual([
      { path: 'timezone', message: 'expected an IANA zone for the blackouts, such as "Asia/Shanghai", got nothing' },
    ]);
  });
});

test.each([parseDateRange, parseDeadline, parseClockHours, parseCatchUpSpacing, parseCatchUpWindow, parseWeekdays])(
  'a part that cannot be read is a fault of the job: %p',
  (parse) => {
    expect(() => parse('soon')).toThrow(expect.objectContaining({ code: 'JOB_INVALID' }) as Error);
  },
);
