import { planSlots } from '../../src/schedule/plan-slots';

const at = (text: string): number => Date.parse(text);
const span = { startMs: at('2026-03-02T00:00Z'), endMs: at('2026-03-04T00:00Z') };
const job = { name: 'orders', durationMs: 600_000 };

describe('the time that a slot has', () => {
  test('is from the slot to the close of its window', () => {
    const schedule = { cron: '30 2 * * *', timezone: 'UTC', windows: ['01:00-06:00'] };
    expect(planSlots(schedule, job, span)).toEqual([
      { slotAtMs: at('2026-03-02T02:30Z'), earliestMs: at('2026-03-02T02:30Z'), latestEndMs: at('2026-03-02T06:00Z') },
      { slotAtMs: at('2026-03-03T02:30Z'), earliestMs: at('2026-03-03T02:30Z'), latestEndMs: at('2026-03-03T06:00Z') },
    ]);
  });

  test('begins when the window opens, and goes on where one window meets the next', () => {
    const schedule = { cron: '0 0 2 3 *', timezone: 'UTC', windows: ['01:00-03:00', '03:00-04:00', '05:00-06:00'] };
    expect(planSlots(schedule, job, span)).toEqual([
      { slotAtMs: at('2026-03-02T00:00Z'), earliestMs: at('2026-03-02T01:00Z'), latestEndMs: at('2026-03-02T04:00Z') },
    ]);
  });

  test('is an hour and the run itself where there is no window', () => {
    const [slot] = planSlots({ cron: '0 2 * * *', timezone: 'UTC' }, job, span);
    expect(slot).toMatchObject({ latestEndMs: at('2026-03-02T03:10Z') });
  });

  test('is the same for slots that are an interval apart', () => {
    const slots = planSlots({ every: '12h', phase: '10m' }, job, span);
    expect(slots.map(({ slotAtMs }) => slotAtMs)).toEqual(
      ['2026-03-02T00:10Z', '2026-03-02T12:10Z', '2026-03-03T00:10Z', '2026-03-03T12:10Z'].map(at),
    );
  });

  test('ends at the next slot', () => {
    const slots = planSlots({ cron: '*/15 * * * *', timezone: 'UTC' }, job, span);
    expect(slots).toHaveLength(192);
    expect(slots[0]).toMatchObject({ latestEndMs: at('2026-03-02T00:15Z') });
  });

  test('belongs to the last of the slots that wait for one opening', () => {
    const slots = planSlots({ cron: '0 * * * *', timezone: 'UTC', windows: ['03:00-05:00'] }, job, span);
    expect(slots.map(({ earliestMs }) => new Date(earliestMs).toISOString().slice(8, 16))).toEqual([
      '02T03:00',
      '02T04:00',
      '03T03:00',
      '03T04:00',
    ]);
  });

  test('follows the wall clock over a change of it', () => {
    const berlin = { cron: '30 1 * * *', timezone: 'Europe/Berlin', windows: ['01:00-06:00'] };
    const [slot] = planSlots(berlin, job, { startMs: at('2026-03-28T23:00Z'), endMs: at('2026-03-29T20:00Z') });
    expect(slot).toEqual({
      slotAtMs: at('2026-03-29T00:30Z'),
      earliestMs: at('2026-03-29T00:30Z'),
      latestEndMs: at('2026-03-29T04:00Z'),
    });
  });
});
