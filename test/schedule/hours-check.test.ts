import { hoursFaults } from '../../src/schedule/hours-check';

const SHANGHAI = 'Asia/Shanghai';

describe('checking hours', () => {
  test('finds nothing wrong with good ones', () => {
    expect(hoursFaults({ timezone: SHANGHAI })).toEqual([]);
    const blackouts = [{ dates: ['2026-11-11'], reason: 'sale' }];
    expect(
      hoursFaults({ timezone: SHANGHAI, windows: ['01:00-06:00'], blackouts, peaks: ['mon 09:00-10:00'] }),
    ).toEqual([]);
  });

  test('finds a zone that does not exist, and everything else with it', () => {
    const windows = [{ hours: '1-6', days: 'mon' as const }];
    expect(hoursFaults({ timezone: 'Asia/Peking', windows, peaks: ['x 01:00-02:00'] })).toMatchObject([
      { path: 'timezone', message: expect.stringContaining('did you mean "Asia/Shanghai"?') as string },
      { path: 'windows[0].hours', message: 'expected "HH:mm-HH:mm", got "1-6"' },
      { path: 'peaks[0]' },
    ]);
  });

  test('finds a blackout that says nothing of when', () => {
    expect(hoursFaults({ timezone: SHANGHAI, blackouts: [{ reason: 'why' }] })).toEqual([
      { path: 'blackouts[0]', message: 'expected at least one of hours, days and dates, got none of them' },
    ]);
  });

  test('finds blackouts that leave no window open in any week', () => {
    const blackouts = [{ hours: '00:00-12:00', reason: 'mornings' }];
    expect(hoursFaults({ timezone: SHANGHAI, windows: ['01:00-06:00'], blackouts })).toMatchObject([
      { path: 'blackouts', message: expect.stringContaining('got blackouts that cover all of it') as string },
    ]);
  });
});
