import { quotaLoop } from './quota';

describe('a quota of a day, with processes that take turns and are killed', () => {
  it('is spent to the last call but a block for each kill, and not one call more', async () => {
    const report = await quotaLoop({ kills: 3, perDay: 200, random: Math.random });
    expect(report).toMatchObject({ refused: 0, exitCode: 0, lives: 4 });
    expect(report.counted).toBeLessThanOrEqual(report.perDay);
    expect(report.lost).toBeLessThanOrEqual(report.lostMax);
  }, 60_000);
});
