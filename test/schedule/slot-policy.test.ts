import { parseCatchUpSpacing, parseCatchUpWindow, parseSlotPolicy } from '../../src/schedule/slot-policy';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('what becomes of slots that a job cannot take', () => {
  test('is told in full where the job says nothing', () => {
    expect(parseSlotPolicy({ cron: '0 1 * * *', timezone: 'UTC' })).toEqual({
      overlap: 'skip',
      catchUp: { policy: 'latest', windowMs: DAY_MS, max: 10, spacingMs: 600_000, includePaused: false },
    });
  });

  test('is what the job says, by a word or in parts', () => {
    expect(
      parseSlotPolicy({ cron: '0 1 * * *', timezone: 'UTC', overlap: 'queue-all', catchUp: 'skip' }),
    ).toMatchObject({
      overlap: 'queue-all',
      catchUp: { policy: 'skip', windowMs: DAY_MS },
    });
    const catchUp = { window: '3d', max: 2, spacing: '1h', includePaused: true };
    expect(parseSlotPolicy({ cron: '0 1 * * *', timezone: 'UTC', catchUp }).catchUp).toEqual({
      policy: 'latest',
      windowMs: 3 * DAY_MS,
      max: 2,
      spacingMs: HOUR_MS,
      includePaused: true,
    });
  });

  test('reaches back more than no time, and 366 days at most', () => {
    expect(parseCatchUpWindow('366d')).toBe(366 * DAY_MS);
    const refusal = 'expected a duration up to "366d", such as "24h", got';
    expect(() => parseCatchUpWindow('367d')).toThrow(`${refusal} "367d"`);
    expect(() => parseCatchUpWindow('0s')).toThrow(`${refusal} "0s"`);
    expect(() => parseCatchUpWindow('soon')).toThrow(`${refusal} "soon"`);
  });

  test('starts a day apart at most, or all together', () => {
    expect(parseCatchUpSpacing('24h')).toBe(DAY_MS);
    expect(parseCatchUpSpacing('0s')).toBe(0);
    const refusal = 'expected a duration up to "24h", such as "10m", got';
    expect(() => parseCatchUpSpacing('25h')).toThrow(`${refusal} "25h"`);
    expect(() => parseCatchUpSpacing('soon')).toThrow(`${refusal} "soon"`);
  });
});
