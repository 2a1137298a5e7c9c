import type { Schedule } from '../../src/job/definition';
import { combineHours, type Hours } from '../../src/schedule/hours';
import { parseLevel } from '../../src/schedule/hours-level';
import type { PlanSlot, PlanSpan } from '../../src/schedule/plan-request';
import { parseOffset, plannedStartMs, planSlots } from '../../src/schedule/plan-slots';
import { parseTimetable } from '../../src/schedule/timetable';

const at = (text: string): number => Date.parse(text);
const span = { startMs: at('2026-03-02T00:00Z'), endMs: at('2026-03-04T00:00Z') };
const AT_ANY_MINUTE = { avoidHourStart: false };
const job = { name: 'orders', durationMs: 600_000 };

/** Its own alone. */
function hoursOf({ timezone = 'UTC', windows, blackouts }: Schedule): Hours {
  return combineHours([parseLevel({ level: 'job' }, { timezone, windows, blackouts })]);
}

/** Of a job whose runs take 10 minutes, with its own hours alone. */
function slotsOf(schedule: Schedule, within: PlanSpan = span): PlanSlot[] {
  return planSlots(schedule, { ...job, hours: hoursOf(schedule) }, within);
}

describe('the time that a slot has', () => {
  test('is from the slot to the close of its window', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'UTC', windows: ['01:00-06:00'], ...AT_ANY_MINUTE };
    expect(slotsOf(schedule)).toEqual([
      { slotAtMs: at('2026-03-02T02:30Z'), earliestMs: at('2026-03-02T02:30Z'), latestEndMs: at('2026-03-02T06:00Z') },
      { slotAtMs: at('2026-03-03T02:30Z'), earliestMs: at('2026-03-03T02:30Z'), latestEndMs: at('2026-03-03T06:00Z') },
    ]);
  });

  test('begins when the window opens, and goes on where one window meets the next', () => {
    const windows = ['01:00-03:00', '03:00-04:00', '05:00-06:00'];
    const schedule = { cron: '0 0 2 3 *', timezone: 'UTC', windows, ...AT_ANY_MINUTE };
    expect(slotsOf(schedule)).toEqual([
      { slotAtMs: at('2026-03-02T00:00Z'), earliestMs: at('2026-03-02T01:00Z'), latestEndMs: at('2026-03-02T04:00Z') },
    ]);
  });

  test('is an hour and the run itself where there is no window', () => {
    const [slot] = slotsOf({ cron: '0 2 * * *', timezone: 'UTC' });
    expect(slot).toMatchObject({ latestEndMs: at('2026-03-02T03:10Z') });
  });

  test('is the same for slots that are an interval apart', () => {
    const slots = slotsOf({ every: '12h', phase: '10m' });
    expect(slots.map(({ slotAtMs }) => slotAtMs)).toEqual(
      ['2026-03-02T00:10Z', '2026-03-02T12:10Z', '2026-03-03T00:10Z', '2026-03-03T12:10Z'].map(at),
    );
  });

  test('ends at the next slot', () => {
    const slots = slotsOf({ cron: '*/15 * * * *', timezone: 'UTC' });
    expect(slots).toHaveLength(192);
    expect(slots[0]).toMatchObject({ latestEndMs: at('2026-03-02T00:15Z') });
  });

  test('belongs to the last of the slots that wait for one opening', () => {
    const slots = slotsOf({ cron: '0 * * * *', timezone: 'UTC', windows: ['03:00-05:00'] });
    expect(slots.map(({ earliestMs }) => new Date(earliestMs).toISOString().slice(8, 16))).toEqual([
      '02T03:00',
      '02T04:00',
      '03T03:00',
      '03T04:00',
    ]);
  });

  test('follows the wall clock over a change of it', () => {
    const berlin = { cron: '30 1 * * *', timezone: 'Europe/Berlin', windows: ['01:00-06:00'], ...AT_ANY_MINUTE };
    const [slot] = slotsOf(berlin, { startMs: at('2026-03-28T23:00Z'), endMs: at('2026-03-29T20:00Z') });
    expect(slot).toEqual({
      slotAtMs: at('2026-03-29T00:30Z'),
      earliestMs: at('2026-03-29T00:30Z'),
      latestEndMs: at('2026-03-29T04:00Z'),
    });
  });

  test('begins after a blackout, or not at all where it skips the slot', () => {
    const blackouts = [{ hours: '01:00-03:00', dates: ['2026-03-02'], reason: 'stocktaking' }];
    const schedule = { cron: '30 2 * * *', timezone: 'UTC', windows: ['01:00-06:00'], blackouts };
    const [shifted] = slotsOf(schedule);
    expect(shifted).toMatchObject({ earliestMs: at('2026-03-02T03:00Z'), latestEndMs: at('2026-03-02T06:00Z') });
    const skipped = slotsOf({ ...schedule, onBlackout: 'skip' });
    expect(skipped.map(({ slotAtMs }) => slotAtMs)).toEqual([at('2026-03-03T02:30Z')]);
  });

  test('ends where a blackout begins', () => {
    const blackouts = [{ dates: ['2026-03-03'], reason: 'stocktaking' }];
    const schedule = { cron: '30 23 * * *', timezone: 'UTC', windows: ['22:00-06:00'], blackouts };
    expect(slotsOf(schedule)[0]).toMatchObject({ latestEndMs: at('2026-03-03T00:00Z') });
  });

  test('is three days at most in windows that stay open', () => {
    const [slot] = slotsOf({ cron: '0 0 2 * *', timezone: 'UTC', windows: ['00:00-24:00'] });
    expect(slot).toMatchObject({ latestEndMs: at('2026-03-05T00:00Z') });
  });

  test('is none where the hours never open before the next slot', () => {
    const blackouts = [{ dates: ['2026-03-01/2026-03-10'], reason: 'stocktaking' }];
    expect(slotsOf({ cron: '0 3 * * *', timezone: 'UTC', blackouts })).toEqual([]);
  });

  test('ends at the deadline', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'UTC', windows: ['01:00-06:00'], deadline: '04:00' };
    expect(slotsOf(schedule)[0]).toMatchObject({ latestEndMs: at('2026-03-02T04:00Z') });
  });

  test('reaches as far as the pinned offset where there is no window', () => {
    const [slot] = slotsOf({ cron: '0 2 * * *', timezone: 'UTC', offset: '95m' });
    expect(slot).toMatchObject({ latestEndMs: at('2026-03-02T03:45Z') });
  });

  test('has the first ten minutes of each hour to avoid, by the clocks of its zone', () => {
    const [slot] = slotsOf({ cron: '35 2 * * *', timezone: 'Asia/Kolkata' });
    expect(slot).toMatchObject({
      slotAtMs: at('2026-03-02T21:05Z'), // 02:35 in Kolkata, half an hour off
      avoid: [{ startMs: at('2026-03-02T21:30Z'), endMs: at('2026-03-02T21:40Z') }],
    });
  });

  test('has to avoid each start whose run would be under way in a busy hour', () => {
    const schedule = { cron: '0 2 * * *', timezone: 'UTC', windows: ['02:00-06:00'], ...AT_ANY_MINUTE };
    const peaks = ['03:00-04:00'];
    const hours = combineHours([
      parseLevel({ level: 'platform', platform: 'shop' }, { timezone: 'UTC', peaks }),
      ...hoursOf(schedule).levels,
    ]);
    const [slot] = planSlots(schedule, { ...job, hours }, span);
    expect(slot?.avoid).toEqual([{ startMs: at('2026-03-02T02:50Z'), endMs: at('2026-03-02T04:00Z') }]);
  });

  test('holds the share that its day of the week has', () => {
    const shareOn = (weekday: number): number => (weekday === 0 ? 1 : 0.1);
    const schedule = { cron: '0 2 * * *', timezone: 'UTC' };
    const slots = planSlots(schedule, { ...job, hours: hoursOf(schedule), shareOn }, span);
    expect(slots.map(({ share }) => share)).toEqual([1, 0.1]); // a Monday and a Tuesday
  });
});

describe('the planned start of a slot', () => {
  const startOf = (schedule: Schedule, offsetMinutes: number, slot: string): string => {
    const timetable = parseTimetable(schedule, job.name);
    const startMs = plannedStartMs(
      schedule,
      { ...job, hours: hoursOf(schedule), timetable, offsetMs: offsetMinutes * 60_000 },
      at(slot),
    );
    return new Date(startMs).toISOString().slice(8, 16);
  };

  test('is its offset after the slot, or after the opening of its window', () => {
    expect(startOf({ cron: '0 2 * * *', timezone: 'UTC' }, 17, '2026-03-02T02:00Z')).toBe('02T02:17');
    const nightly = { cron: '0 0 * * *', timezone: 'UTC', windows: ['01:00-06:00'] };
    expect(startOf(nightly, 17, '2026-03-02T00:00Z')).toBe('02T01:17');
  });

  test('is that of the opening for each slot that waits for it: the first of them has the run', () => {
    const often = { cron: '*/20 * * * *', timezone: 'UTC', windows: ['22:00-06:00'], deadline: '23:00' } as const;
    for (const slot of ['06:20', '12:00', '21:40', '22:00']) {
      expect(startOf(often, 7, `2026-03-02T${slot}Z`)).toBe('02T22:07');
    }
  });

  test('leaves the run the time that it takes', () => {
    const narrow = { cron: '0 2 * * *', timezone: 'UTC', windows: ['02:00-02:30'] };
    expect(startOf(narrow, 50, '2026-03-02T02:00Z')).toBe('02T02:20');
    expect(startOf({ every: '5m' }, 3, '2026-03-02T02:00Z')).toBe('02T02:00');
  });

  test.each(['90s', '24h', '1.5m', 'soon', '-5m'])('is not pinned by %j', (text) => {
    expect(() => parseOffset(text)).toThrow('expected whole minutes below a day, such as "17m"');
  });
});
