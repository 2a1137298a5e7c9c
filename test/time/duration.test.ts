import { formatDuration, parseDuration } from '../../src/time/duration';

describe('parsing a duration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1m', 60_000],
    ['1.5h', 5_400_000],
    [' 7d ', 604_800_000],
    ['0s', 0],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '10', '10 s', '-1s', '1w', '1h30m', 'ms', '1e3s', '.5s'])('takes "%s" for none', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

describe('a duration for people', () => {
  it.each([
    [0, '0 ms'],
    [850.4, '850 ms'],
    [999.6, '1.0 s'],
    [4_200, '4.2 s'],
    [9_960, '10 s'],
    [42_000, '42 s'],
    [59_700, '1 min'],
    [60_000, '1 min'],
    [200_000, '3 min 20 s'],
    [18_720_000, '5 h 12 min'],
    [3_599_999, '1 h'],
    [183_600_000, '2 d 3 h'],
    [86_400_000, '1 d'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
