import fc from 'fast-check';
import { countSlots } from '../../src/schedule/slot-count';
import { parseTimetable, slotAfterMs, type Timetable } from '../../src/schedule/timetable';

const HOUR_MS = 3_600_000;

function oneByOne(timetable: Timetable, afterMs: number, upToMs: number): number {
  let count = 0;
  for (let atMs = slotAfterMs(timetable, afterMs); atMs <= upToMs; atMs = slotAfterMs(timetable, atMs)) count += 1;
  return count;
}

describe('the count of slots', () => {
  it('is that of counting them one by one, in every zone and through every change of the clocks', () => {
    const schedules = fc.oneof(
      fc.record({
        cron: fc.constantFrom(
          '7 * * * *',
          '*/20 * * * *',
          '30 2 * * *',
          '15,45 1-3 * * *',
          '0 0 1 * *',
          '10 5 * * mon',
        ),
        timezone: fc.constantFrom(
          'Asia/Shanghai',
          'Europe/Berlin',
          'America/Nuuk',
          'Australia/Lord_Howe',
          'America/Santiago',
        ),
      }),
      fc.record({ every: fc.constantFrom('20m', '6h', '7d') }),
    );
    const from = fc.integer({
      min: Date.parse('2025-01-01T00:00Z') / 1_000,
      max: Date.parse('2027-01-01T00:00Z') / 1_000,
    });
    fc.assert(
      fc.property(schedules, from, fc.integer({ min: 0, max: 90 * 24 }), (schedule, fromS, hours) => {
        const timetable = parseTimetable(schedule, 'job');
        const [afterMs, upToMs] = [fromS * 1_000, fromS * 1_000 + hours * HOUR_MS];
        expect(countSlots(timetable, afterMs, upToMs)).toBe(oneByOne(timetable, afterMs, upToMs));
      }),
      { numRuns: 150 },
    );
  });

  it('of ten years of minutes takes no time', () => {
    const timetable = parseTimetable({ cron: '* * * * *', timezone: 'Asia/Shanghai' }, 'job');
    const fromMs = Date.parse('2020-01-01T00:00Z');
    const started = process.cpuUsage(); // not the wall clock: others may have the processor
    expect(countSlots(timetable, fromMs, Date.parse('2030-01-01T00:00Z'))).toBe(3_653 * 1_440);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(1_000);
  });
});
