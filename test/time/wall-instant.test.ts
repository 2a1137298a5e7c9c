import { wallInstantMs } from '../../src/time/wall-instant';

const read = (text: string, zone: string): string | null => {
  const atMs = wallInstantMs(text, zone);
  return atMs === null ? null : new Date(atMs).toISOString();
};

describe('a wall-clock time in a text', () => {
  it.each([
    ['Your limit will reset at 2026-09-09 05:38:28', 'Asia/Shanghai', '2026-09-08T21:38:28.000Z'],
    ['您的限额将在 2026-08-25 07:41:44 重置。', 'Asia/Shanghai', '2026-08-24T23:41:44.000Z'],
    ['2026/08/25 07:41:44', 'UTC', '2026-08-25T07:41:44.000Z'],
    ['from 2026-03-08 01:59:59', 'America/Los_Angeles', '2026-03-08T09:59:59.000Z'],
    ['in the hour that is skipped: 2026-03-08 02:30:00', 'America/Los_Angeles', '2026-03-08T10:30:00.000Z'],
    ['the first one counts: 2026-01-01 00:00:00 and 2027-01-01 00:00:00', 'UTC', '2026-01-01T00:00:00.000Z'],
  ])('%s in %s', (text, zone, want) => {
    expect(read(text, zone)).toBe(want);
  });

  it.each(['', 'tomorrow', '2026-13-41 99:99:99', '2026-09-09'])('is not found in "%s"', (text) => {
    expect(read(text, 'Asia/Shanghai')).toBeNull();
  });
});
