import fc from 'fast-check';
import { IANAZone } from 'luxon';
import { changeMs, offsetMs } from '../../src/schedule/zone-offset';

describe('the offset of a zone', () => {
  it('is what luxon says, before and after it is remembered', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    const instants = fc.integer({ min: 0, max: Date.UTC(2037, 0) });
    fc.assert(
      fc.property(zones, instants, (timezone, atMs) => {
        const expected = Math.round(IANAZone.create(timezone).offset(atMs) * 60_000);
        expect(offsetMs(timezone, atMs)).toBe(expected);
        expect(offsetMs(timezone, atMs)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('changes at an instant, to the millisecond', () => {
    const change = Date.parse('2026-03-29T01:00Z');
    expect([change - 1, change].map((atMs) => offsetMs('Europe/Berlin', atMs))).toEqual([3_600_000, 7_200_000]);
    expect(changeMs('Europe/Berlin', change - 6e6, change + 6e6)).toBe(change);
  });
});
