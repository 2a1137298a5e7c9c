import { checkSchedule } from '../../src/schedule/check';

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
      { path: 'cron', message: 'expected five fields or one of @hourly, @daily, @weekly, @monthly, got "0 25 * *"' },
      { path: 'timezone', message: 'expected an IANA zone such as "Asia/Shanghai", got "Asia/Peking"' },
      { path: 'windows[1]', message: 'expected "HH:mm-HH:mm", got "1-6"' },
    ]);
  });
});
