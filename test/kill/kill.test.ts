import { killLoop } from './loop';

describe('a process that is killed at random moments', () => {
  it('loses nothing, repeats at most a page per partition and kill, overspends no budget, and ends with the same output', async () => {
    const report = await killLoop({ kills: 25, random: Math.random });
    expect(report).toMatchObject({ missing: 0, invented: 0, overspent: 0, uncounted: 0, torn: 0, exitCode: 0 });
    expect(report.differences).toEqual([]);
    expect(report.repeatedMax).toBeLessThanOrEqual(1);
    expect(report.busiestDay).toBeLessThanOrEqual(report.allowedPerDay);
  }, 180_000);
});
