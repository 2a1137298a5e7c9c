import { closesAtMs, nextOpenMs } from '../../src/schedule/hours';
import { parseLevel } from '../../src/schedule/hours-level';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import { ordersJob } from '../run/jobs';

const UTC = 'UTC';
const at = (text: string): number => Date.parse(text);
const hoursOf = hoursOfJobs({
  hours: parseLevel({ level: 'global' }, { timezone: UTC, windows: ['20:00-08:00'] }),
  platformHours: {
    shop: parseLevel({ level: 'platform', platform: 'shop' }, { timezone: UTC, windows: ['00:00-07:00'] }),
  },
});
const job = (windows: readonly string[], platform = 'shop') => ({
  ...ordersJob(['101'], { schedule: { cron: '0 3 * * *', timezone: UTC, windows } }),
  platform,
});

describe('the hours of a job', () => {
  it('are those of all jobs, of its platform and its own', () => {
    const hours = hoursOf(job(['01:00-09:00']));
    expect(nextOpenMs(hours, at('2026-03-01T20:00Z'))).toBe(at('2026-03-02T01:00Z'));
    expect(closesAtMs(hours, at('2026-03-02T01:00Z'))).toBe(at('2026-03-02T07:00Z'));
  });

  it('leave out the platform that states none', () => {
    const hours = hoursOf(job(['01:00-09:00'], 'constructor'));
    expect(closesAtMs(hours, at('2026-03-02T01:00Z'))).toBe(at('2026-03-02T08:00Z'));
  });

  it('are those of the config for a job that has no schedule', () => {
    expect(nextOpenMs(hoursOf(ordersJob(['101'])), at('2026-03-01T20:00Z'))).toBe(at('2026-03-02T00:00Z'));
  });

  it('are shared by jobs that state the same', () => {
    expect(hoursOf(job(['01:00-02:00']))).toBe(hoursOf(job(['01:00-02:00'])));
    expect(hoursOf(job(['01:00-02:00']))).not.toBe(hoursOf(job(['01:00-03:00'])));
  });
});
