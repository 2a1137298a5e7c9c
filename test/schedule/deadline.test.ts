import { deadlineAfterMs } from '../../src/schedule/deadline';

const at = (text: string): number => Date.parse(text);
const after = (deadline: string, timezone: string, slot: string): string =>
  new Date(deadlineAfterMs(deadline, timezone, at(slot))).toISOString().slice(0, 16);

describe('the deadline of a slot', () => {
  test('is the first such wall-clock time after it', () => {
    expect(after('08:00', 'Asia/Shanghai', '2026-03-02T01:00+08:00')).toBe('2026-03-02T00:00');
    expect(after('08:00', 'Asia/Shanghai', '2026-03-02T22:00+08:00')).toBe('2026-03-03T00:00');
    expect(after('08:00', 'Asia/Shanghai', '2026-03-02T08:00+08:00')).toBe('2026-03-03T00:00');
  });

  test('is at the end of a gap in the clocks that skips it, and at the first of two', () => {
    expect(after('02:30', 'Europe/Berlin', '2026-03-29T00:30+01:00')).toBe('2026-03-29T01:00');
    expect(after('02:30', 'Europe/Berlin', '2026-10-25T00:30+02:00')).toBe('2026-10-25T00:30');
  });

  test('is on the next day that there is when the zone leaves one out', () => {
    expect(after('08:00', 'Pacific/Apia', '2011-12-29T20:00-10:00')).toBe('2011-12-30T18:00');
  });
});
