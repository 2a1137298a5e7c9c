import { combineHours, type Hours } from '../../src/schedule/hours';
import { closedBecause, closuresFrom, describeClosure, slotInBlackout } from '../../src/schedule/hours-closed';
import { parseLevel } from '../../src/schedule/hours-level';

const SHANGHAI = 'Asia/Shanghai';
const HOURS = combineHours([
  parseLevel(
    { level: 'global' },
    { timezone: SHANGHAI, blackouts: [{ days: 'sun', hours: '00:00-03:00', reason: 'backup' }] },
  ),
  parseLevel(
    { level: 'platform', platform: 'dingtalk' },
    { timezone: SHANGHAI, blackouts: [{ dates: ['2026-11-10/2026-11-11'], reason: 'Double 11 freeze' }] },
  ),
  parseLevel({ level: 'job' }, { timezone: SHANGHAI, windows: ['01:00-06:00', 'sat 12:00-14:00'] }),
]);

function textAt(hours: Hours, at: string): string | null {
  const closure = closedBecause(hours, Date.parse(at));
  return closure && describeClosure(closure);
}

describe('hours that are closed', () => {
  it('say which level closes them, why and until when', () => {
    expect(textAt(HOURS, '2026-11-10T02:00+08:00')).toBe(
      'blackout of platform dingtalk: Double 11 freeze, until 2026-11-12 00:00 Asia/Shanghai',
    );
    expect(textAt(HOURS, '2026-11-09T07:00+08:00')).toBe(
      'outside the windows of the job (01:00-06:00, sat 12:00-14:00), until 2026-11-10 01:00 Asia/Shanghai',
    );
    expect(textAt(HOURS, '2026-11-08T02:00+08:00')).toBe(
      'blackout of all jobs: backup, until 2026-11-08 03:00 Asia/Shanghai',
    );
  });

  it('are closed by nothing when they are open', () => {
    expect(textAt(HOURS, '2026-11-09T02:00+08:00')).toBeNull();
    expect(closuresFrom(HOURS, Date.parse('2026-11-09T02:00+08:00'))).toEqual([]);
  });

  it('name what follows until they open', () => {
    const closures = closuresFrom(HOURS, Date.parse('2026-11-09T06:00+08:00'));
    expect(closures.map(({ kind, untilMs }) => [kind, new Date(untilMs).toISOString()])).toEqual([
      ['window', '2026-11-09T17:00:00.000Z'],
      ['blackout', '2026-11-11T16:00:00.000Z'],
      ['window', '2026-11-11T17:00:00.000Z'],
    ]);
  });

  it('name the blackout that lasts longest of several', () => {
    const both = combineHours([
      parseLevel({ level: 'global' }, { timezone: SHANGHAI, blackouts: [{ hours: '00:00-03:00', reason: 'backup' }] }),
      parseLevel(
        { level: 'job' },
        { timezone: SHANGHAI, blackouts: [{ hours: '01:00-05:00', reason: 'stocktaking' }] },
      ),
    ]);
    expect(textAt(both, '2026-03-02T02:00+08:00')).toMatch(/^blackout of the job: stocktaking, until 2026-03-02 05:00/);
  });

  it('say so when no end is in sight', () => {
    const closed = combineHours([
      parseLevel({ level: 'job' }, { timezone: SHANGHAI, blackouts: [{ days: 'mon-sun', reason: 'for good' }] }),
    ]);
    expect(textAt(closed, '2026-03-02T02:00+08:00')).toBe('blackout of the job: for good, with no end in sight');
    expect(closuresFrom(closed, Date.parse('2026-03-02T02:00+08:00'))).toHaveLength(1);
  });
});

describe('a slot', () => {
  it('is in a blackout only while one holds, whatever the windows say', () => {
    expect(slotInBlackout(HOURS, Date.parse('2026-11-09T08:00+08:00'))).toBeNull();
    expect(slotInBlackout(HOURS, Date.parse('2026-11-11T23:59+08:00'))).toMatchObject({
      owner: { level: 'platform', platform: 'dingtalk' },
      text: '2026-11-10/2026-11-11',
      reason: 'Double 11 freeze',
      untilMs: Date.parse('2026-11-12T00:00+08:00'),
    });
    expect(slotInBlackout(HOURS, Date.parse('2026-11-12T00:00+08:00'))).toBeNull();
  });
});
