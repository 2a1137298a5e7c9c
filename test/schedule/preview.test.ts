import { combineHours } from '../../src/schedule/hours';
import { parseLevel } from '../../src/schedule/hours-level';
import { parseInstant, previewSlots } from '../../src/schedule/preview';
import { parseTimetable } from '../../src/schedule/timetable';

const BERLIN = 'Europe/Berlin';

describe('slots to come', () => {
  it('are shown with their offset, and what the clocks did to them', () => {
    const timetable = parseTimetable({ cron: '30 2 * * *', timezone: BERLIN }, 'job');
    const fromMs = Date.parse('2026-03-28T12:00+01:00');
    expect(
      previewSlots({ timetable, timezone: BERLIN, hours: combineHours([]), onBlackout: 'shift', fromMs, count: 2 }),
    ).toEqual([
      { atMs: Date.parse('2026-03-29T01:00Z'), at: '2026-03-29T03:00:00+02:00', isMovedByClocks: true },
      { atMs: Date.parse('2026-03-30T00:30Z'), at: '2026-03-30T02:30:00+02:00', isMovedByClocks: false },
    ]);
  });

  it('start when their hours open, and say why not before', () => {
    const timetable = parseTimetable({ every: '12h' }, 'job');
    const windows = ['01:00-06:00'];
    const blackouts = [{ dates: ['2026-03-02'], reason: 'stocktaking' }];
    const hours = combineHours([parseLevel({ level: 'job' }, { timezone: 'Asia/Shanghai', windows, blackouts })]);
    const shown = { timetable, timezone: 'Asia/Shanghai', hours, count: 3, fromMs: Date.parse('2026-02-28T23:00Z') };
    const starts = (onBlackout: 'shift' | 'skip') =>
      previewSlots({ ...shown, onBlackout }).map(({ at, startsAt, closures }) => [
        at,
        startsAt,
        closures?.map(({ kind }) => kind),
      ]);
    expect(starts('shift')).toEqual([
      ['2026-03-01T08:00:00+08:00', '2026-03-03T01:00:00+08:00', ['window', 'blackout', 'window']],
      ['2026-03-01T20:00:00+08:00', '2026-03-03T01:00:00+08:00', ['window', 'blackout', 'window']],
      ['2026-03-02T08:00:00+08:00', '2026-03-03T01:00:00+08:00', ['blackout', 'window']],
    ]);
    expect(previewSlots({ ...shown, onBlackout: 'shift' }).some(({ isMovedByClocks }) => isMovedByClocks)).toBe(false);
    expect(starts('skip')[2]).toEqual(['2026-03-02T08:00:00+08:00', null, ['blackout']]);
  });
});

describe('an instant to look from', () => {
  it.each([
    ['2026-03-28T12:00+05:00', '2026-03-28T07:00Z'],
    ['2026-03-28T12:00Z', '2026-03-28T12:00Z'],
    ['2026-03-28', '2026-03-27T23:00Z'],
    ['2026-03-28T12:00', '2026-03-28T11:00Z'],
    // Shown twice, and never.
    ['2026-10-25T02:30', '2026-10-25T00:30Z'],
    ['2026-03-29T02:30', '2026-03-29T00:59:59.999Z'],
  ])('is read from %s', (text, expected) => {
    expect(parseInstant(text, BERLIN)).toBe(Date.parse(expected));
  });

  it.each(['', 'tomorrow', '2026-02-30', '28.3.2026'])('is not read from "%s"', (text) => {
    expect(parseInstant(text, BERLIN)).toBeNull();
  });
});
