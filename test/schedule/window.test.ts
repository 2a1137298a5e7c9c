import { DateTime } from 'luxon';
import { isOpen, nextOpenMs, parseHours } from '../../src/schedule/window';

const at = (text: string): number => DateTime.fromISO(text, { setZone: true }).toMillis();
const SHANGHAI = 'Asia/Shanghai';

describe('parsing hours', () => {
  it.each([
    ['01:00-06:00', { openMinute: 60, closeMinute: 360 }],
    ['22:00-06:00', { openMinute: 1_320, closeMinute: 360 }],
    ['00:00-24:00', { openMinute: 0, closeMinute: 1_440 }],
    ['22:00-00:00', { openMinute: 1_320, closeMinute: 1_440 }],
  ])('reads %s', (text, hours) => {
    expect(parseHours(text)).toEqual(hours);
  });

  it.each(['1-6', '01:00', '01:00-25:00', '01:60-02:00', '01:00–06:00', '24:00-06:00', ' 01:00-06:00'])(
    'refuses %s',
    (text) => {
      expect(() => parseHours(text)).toThrow(`expected "HH:mm-HH:mm", got ${JSON.stringify(text)}`);
    },
  );

  it('refuses hours that end when they start', () => {
    expect(() => parseHours('01:00-01:00')).toThrow(/another time/);
  });
});

describe('a window', () => {
  it('is open from its first instant up to its last, exclusive', () => {
    const windows = ['01:00-06:00'];
    expect(isOpen(windows, SHANGHAI, at('2026-03-01T00:59:59.999+08:00'))).toBe(false);
    expect(isOpen(windows, SHANGHAI, at('2026-03-01T01:00+08:00'))).toBe(true);
    expect(isOpen(windows, SHANGHAI, at('2026-03-01T05:59:59.999+08:00'))).toBe(true);
    expect(isOpen(windows, SHANGHAI, at('2026-03-01T06:00+08:00'))).toBe(false);
  });

  it('may cross midnight', () => {
    const windows = ['22:00-06:00'];
    expect(isOpen(windows, SHANGHAI, at('2026-03-01T23:00+08:00'))).toBe(true);
    expect(isOpen(windows, SHANGHAI, at('2026-03-02T05:59+08:00'))).toBe(true);
    expect(isOpen(windows, SHANGHAI, at('2026-03-02T06:00+08:00'))).toBe(false);
  });

  it('is always open when there is none, and when it lasts all day', () => {
    expect(nextOpenMs([], SHANGHAI, 5)).toBe(5);
    expect(isOpen(['00:00-24:00'], SHANGHAI, at('2026-03-01T00:00+08:00'))).toBe(true);
  });

  it('opens next at the nearest of several', () => {
    const windows = ['01:00-02:00', '13:00-14:00'];
    expect(nextOpenMs(windows, SHANGHAI, at('2026-03-01T03:00+08:00'))).toBe(at('2026-03-01T13:00+08:00'));
    expect(nextOpenMs(windows, SHANGHAI, at('2026-03-01T13:30+08:00'))).toBe(at('2026-03-01T13:30+08:00'));
    expect(nextOpenMs(windows, SHANGHAI, at('2026-03-01T20:00+08:00'))).toBe(at('2026-03-02T01:00+08:00'));
  });

  it('that a gap of the clocks swallows is open for its length after the gap', () => {
    const windows = ['02:00-02:45'];
    expect(nextOpenMs(windows, 'Europe/Berlin', at('2026-03-29T01:00+01:00'))).toBe(at('2026-03-29T03:00+02:00'));
    expect(isOpen(windows, 'Europe/Berlin', at('2026-03-29T03:44+02:00'))).toBe(true);
    expect(isOpen(windows, 'Europe/Berlin', at('2026-03-29T03:45+02:00'))).toBe(false);
  });

  it('that lies across a change of the clocks keeps its bounds by the wall clock', () => {
    const windows = ['01:00-03:00'];
    expect(isOpen(windows, 'Europe/Berlin', at('2026-10-25T02:30+01:00'))).toBe(true);
    expect(isOpen(windows, 'Europe/Berlin', at('2026-10-25T03:00+01:00'))).toBe(false);
    expect(isOpen(windows, 'Europe/Berlin', at('2026-03-29T01:59+01:00'))).toBe(true);
    expect(isOpen(windows, 'Europe/Berlin', at('2026-03-29T03:00+02:00'))).toBe(false);
  });

  it('leaves out the day that a zone left out', () => {
    expect(nextOpenMs(['12:00-13:00'], 'Pacific/Apia', at('2011-12-29T14:00-10:00'))).toBe(
      at('2011-12-31T12:00+14:00'),
    );
  });
});
