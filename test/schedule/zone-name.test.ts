import { zoneFault } from '../../src/schedule/zone-name';

describe('the name of a zone', () => {
  it.each(['Asia/Shanghai', 'UTC', 'Etc/GMT-8', 'EST', 'PRC', 'Antarctica/Troll'])('may be %s', (name) => {
    expect(zoneFault(name)).toBeNull();
  });

  it.each([
    // Chicago to the runtime, Shanghai to many of its readers.
    ['CST', ', did you mean "Asia/Shanghai" or "America/Chicago"?'],
    ['IST', ', did you mean "Asia/Kolkata"?'],
    ['Asia/Beijing', ', did you mean "Asia/Shanghai"?'],
    ['New York', ', did you mean "America/New_York"?'],
    ['Europe/Berlni', ', did you mean "Europe/Berlin"?'],
    ['UTC+8', '; a fixed offset is "Etc/GMT-8"'],
    ['-05:00', '; a fixed offset is "Etc/GMT+5"'],
    ['Mars/Olympus', ''],
    ['', ''],
  ])('is not "%s"', (name, hint) => {
    expect(zoneFault(name)).toBe(`expected an IANA zone such as "Asia/Shanghai", got "${name}"${hint}`);
  });
});
