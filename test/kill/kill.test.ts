import { killLoop } from './loop';

describe('a process that is killed at random moments', () => {
  it('loses nothing, repeats at most a page per partition and kill, and overspends no budget', async () => {
    const report = await killLoop({ kills: 20, random: Math.random });
    expect(report).toMatchObject({ missing: 0, invented: 0, overspent: 0, exitCode: 0 });
    expect(report.repeatedMax).toBeLessThanOrEqual(1);
    expect(report.busiestDay).toBeLessThanOrEqual(report.allowedPerDay);
  }, 180_000);
});
