import { parseDateRange } from '../../src/schedule/date-range';
import { parseBlackout, parseClockHours, parseWindow, windowText } from '../../src/schedule/hours-rule';
import { parseWeekdays } from '../../src/schedule/weekdays';

describe('hours of the day', () => {
  it.each([
    ['01:00-06:00', { openMinute: 60, lengthMinutes: 300 }],
    ['22:00-06:00', { openMinute: 1_320, lengthMinutes: 480 }],
    ['00:00-24:00', { openMinute: 0, lengthMinutes: 1_440 }],
    ['22:00-00:00', { openMinute: 1_320, lengthMinutes: 120 }],
    ['18:00-24:00', { openMinute: 1_080, lengthMinutes: 360 }],
  ])('are read from %s', (text, hours) => {
    expect(parseClockHours(text)).toEqual(hours);
  });

  it.each([
    '1-6',
    '01:00',
    '01:00-25:00',
    '01:60-02:00',
    '01:00–06:00',
    '24:00-06:00',
    ' 01:00-06:00',
    '01:00-06:00 ',
    '01:00-24:001',
  ])('are not read from "%s"', (text) => {
    expect(() => parseClockHours(text)).toThrow(`expected "HH:mm-HH:mm", got ${JSON.stringify(text)}`);
  });

  it('end at another time than they start', () => {
    expect(() => parseClockHours('01:00-01:00')).toThrow(/another time.*all day is "00:00-24:00"/);
  });
});

describe('days of the week', () => {
  it.each([
    ['mon', [1]],
    ['mon-fri', [1, 2, 3, 4, 5]],
    ['fri-mon', [5, 6, 0, 1]],
    ['sat,sun', [6, 0]],
    [
      ['mon', 'wed-thu'],
      [1, 3, 4],
    ],
    ['mon-sun', [1, 2, 3, 4, 5, 6, 0]],
  ])('are read from %j', (text, days) => {
    expect([...parseWeekdays(text)]).toEqual(days);
  });

  it.each([
    ['monday', 'got "monday", did you mean "mon"?'],
    ['Mon-fri', 'got "Mon-fri", did you mean "mon"?'],
    ['thr', 'got "thr", did you mean "thu"?'],
    ['mon-', 'got "mon-"; known: sun, mon'],
    ['mon-wed-fri', 'got "mon-wed-fri"'],
    ['1-5', 'got "1-5"'],
    ['', 'got ""'],
  ])('are not read from "%s"', (text, got) => {
    expect(() => parseWeekdays(text)).toThrow(`expected weekdays such as "mon", "mon-fri" or "sat,sun", ${got}`);
  });
});

describe('dates', () => {
  it('are read as a day or from the first to the last', () => {
    const day = Date.UTC(2028, 1, 29);
    expect(parseDateRange('2028-02-29')).toEqual({ first: day, last: day });
    expect(parseDateRange('2026-12-31/2027-01-01')).toEqual({
      first: Date.UTC(2026, 11, 31),
      last: Date.UTC(2027, 0, 1),
    });
  });

  it.each([
    ['2026-02-29', 'days that exist'],
    ['2026-13-01', 'days that exist'],
    ['11.11.2026', '"YYYY-MM-DD" or "YYYY-MM-DD/YYYY-MM-DD"'],
    ['2026-11-10/2026-11-11/2026-11-12', 'days that exist'],
    ['2026-11-12/2026-11-10', 'expected the first day before the last ("2026-11-10/2026-11-12")'],
    ['2026-01-01/2027-01-02', 'expected at most 366 days'],
  ])('are not read from %s', (text, expected) => {
    expect(() => parseDateRange(text)).toThrow(expected);
  });
});

describe('a rule', () => {
  it('knows what it is of', () => {
    expect(parseWindow('01:00-06:00', 'window').kind).toBe('window');
    expect(parseWindow('mon 09:00-10:00', 'peak').kind).toBe('peak');
    expect(parseBlackout({ hours: '01:00-02:00', reason: 'why' })).toMatchObject({ kind: 'blackout', reason: 'why' });
  });

  it('of a blackout lasts all day where it names no hours', () => {
    expect(parseBlackout({ days: 'mon', reason: 'why' })).toMatchObject({ openMinute: 0, lengthMinutes: 1_440 });
  });
});

describe('what people read', () => {
  it('is what was written, in one line', () => {
    expect(windowText('mon-fri 01:00-06:00')).toBe('mon-fri 01:00-06:00');
    expect(windowText({ hours: '01:00-06:00', days: ['mon', 'wed-fri'] })).toBe('mon,wed-fri 01:00-06:00');
    expect(parseBlackout({ dates: ['2026-11-11', '2026-12-12'], hours: '00:00-02:00', reason: 'sale' }).text).toBe(
      '2026-11-11,2026-12-12 00:00-02:00',
    );
  });
});
