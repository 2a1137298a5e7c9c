import { daysWithoutOneSlot } from './once-a-day';

/** All zones and ten years are behind `npm run test:zones`. */
const ZONES = [
  'Africa/Casablanca',
  'America/Havana',
  'America/Los_Angeles',
  'America/New_York',
  'America/Nuuk',
  'America/Santiago',
  'Antarctica/Casey',
  'Antarctica/Troll',
  'Asia/Gaza',
  'Asia/Shanghai',
  'Asia/Tehran',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Pacific/Chatham',
];

describe('a job at a fixed time runs exactly once a local day', () => {
  it.each(ZONES)('in %s, through two years', (timezone) => {
    for (const hour of [0, 2, 23]) {
      expect(daysWithoutOneSlot(timezone, { hour, minute: 30 }, { from: 2022, to: 2024 })).toEqual([]);
    }
  });

  it('but on days that a zone leaves out', () => {
    expect(daysWithoutOneSlot('Pacific/Apia', { hour: 12, minute: 0 }, { from: 2011, to: 2013 })).toEqual([]);
    expect(daysWithoutOneSlot('Pacific/Kwajalein', { hour: 0, minute: 0 }, { from: 1993, to: 1994 })).toEqual([]);
  });
});
