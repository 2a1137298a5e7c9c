import fc from 'fast-check';
import { parseTimetable, slotAfterMs, slotUpToMs } from '../../src/schedule/timetable';

const isoAfter = (schedule: Parameters<typeof parseTimetable>[0], from: string, count: number): string[] => {
  const timetable = parseTimetable(schedule, 'job');
  let atMs = Date.parse(from);
  return Array.from({ length: count }, () => {
    atMs = slotAfterMs(timetable, atMs);
    return new Date(atMs).toISOString().slice(0, 16);
  });
};

describe('a timetable', () => {
  it('of a cron expression is in its zone', () => {
    const schedule = { cron: '0 3 13 * fri', timezone: 'Asia/Shanghai', dayMatch: 'both' } as const;
    expect(isoAfter(schedule, '2026-01-01T00:00Z', 2)).toEqual(['2026-02-12T19:00', '2026-03-12T19:00']);
  });

  it('of an interval counts from the epoch, through every change of the clocks', () => {
    const berlin = { every: '6h', timezone: 'Europe/Berlin' };
    expect(isoAfter(berlin, '2026-03-28T23:59Z', 3)).toEqual([
      '2026-03-29T00:00',
      '2026-03-29T06:00',
      '2026-03-29T12:00',
    ]);
    expect(isoAfter({ every: '6h', phase: '10m' }, '2026-03-29T00:10Z', 1)).toEqual(['2026-03-29T06:10']);
    expect(isoAfter({ every: '1.5h' }, '2026-03-29T00:00Z', 2)).toEqual(['2026-03-29T01:30', '2026-03-29T03:00']);
    expect(isoAfter({ every: '7d' }, '2026-03-29T00:00Z', 1)).toEqual(['2026-04-02T00:00']); // a Thursday, as 1 January 1970
  });

  it('spreads intervals by the name of the job when their phase is H', () => {
    const phases = Array.from({ length: 600 }, (_, shop) => {
      const timetable = parseTimetable({ every: '1h', phase: 'H' }, `shop-${shop}`);
      return timetable.kind === 'every' ? timetable.phaseMs / 60_000 : -1;
    });
    expect(new Set(phases).size).toBe(60);
    expect(parseTimetable({ every: '1h', phase: 'H' }, 'shop-1')).toEqual(
      parseTimetable({ every: '1h', phase: 'h' }, 'shop-1'),
    );
  });

  it.each(['0m', '30s', '90s', '367d', '6 hours', '-6h', ''])('refuses to run every "%s"', (every) => {
    expect(() => parseTimetable({ every }, 'job')).toThrow(/expected whole minutes from "1m" to "366d"/);
  });

  it.each(['6h', '30s', '-1m', 'noon'])('refuses the phase "%s"', (phase) => {
    expect(() => parseTimetable({ every: '6h', phase }, 'job')).toThrow(/expected "H" or whole minutes below/);
  });

  it('is the same forwards and backwards, at any distance', () => {
    const minutes = fc.integer({ min: 1, max: 366 * 1_440 });
    const instants = fc.integer({ min: -1e12, max: 4e12 });
    fc.assert(
      fc.property(minutes, fc.nat(), instants, (every, phase, atMs) => {
        const timetable = parseTimetable({ every: `${every}m`, phase: `${phase % every}m` }, 'job');
        const nextMs = slotAfterMs(timetable, atMs);
        expect(nextMs).toBeGreaterThan(atMs);
        expect(nextMs - atMs).toBeLessThanOrEqual(every * 60_000);
        expect(slotUpToMs(timetable, nextMs)).toBe(nextMs);
        expect(slotUpToMs(timetable, nextMs - 1)).toBe(nextMs - every * 60_000);
      }),
    );
  });
});
