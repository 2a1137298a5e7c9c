import fc from 'fast-check';
import type { Schedule } from '../../src/job/definition';
import type { UnfinishedRun } from '../../src/job/run';
import type { SlotDecision } from '../../src/job/slot';
import { countSlots } from '../../src/schedule/slot-count';
import { decideSlots, SLOT_LATE_MS_MAX } from '../../src/schedule/slot-decision';
import { parseSlotPolicy } from '../../src/schedule/slot-policy';
import type { SlotQuestion } from '../../src/schedule/slot-question';
import { parseTimetable } from '../../src/schedule/timetable';

const at = (time: string): number => Date.parse(`2026-03-${time}:00+08:00`);
const shown = (atMs: number): string => new Date(atMs + 8 * 3_600_000).toISOString().slice(8, 16);

const HOURLY = '0 * * * *';

type Asked = Partial<Omit<SlotQuestion, 'timetable' | 'policy'>> & {
  readonly cron?: string;
  readonly overlap?: Schedule['overlap'];
  readonly catchUp?: Schedule['catchUp'];
};

function question({ cron = HOURLY, overlap, catchUp, ...asked }: Asked): SlotQuestion {
  const schedule = { cron, timezone: 'Asia/Shanghai', ...(overlap && { overlap }), ...(catchUp && { catchUp }) };
  const nowMs = asked.nowMs ?? at('02T03:00');
  return {
    timetable: parseTimetable(schedule, 'orders'),
    policy: parseSlotPolicy(schedule),
    decidedUntilMs: at('02T02:00'),
    nowMs,
    unfinished: [],
    skippedBy: () => null,
    pausedBy: () => null,
    blackoutOf: () => null,
    startOf: (slotAtMs) => slotAtMs,
    catchUpFromMs: nowMs,
    ...asked,
  };
}

/** `03:00 schedule`, `02:00 catch-up at 03:10`, `01:00 missed ×3`. */
function told(decision: SlotDecision): string {
  const slot = shown(decision.slotAtMs);
  if (decision.kind === 'skip') return `${slot} ${decision.because}${decision.slots > 1 ? ` ×${decision.slots}` : ''}`;
  const start = decision.startAtMs === null ? '' : ` at ${shown(decision.startAtMs)}`;
  const cancels = decision.cancels.length > 0 ? ` cancels ${decision.cancels.join()}` : '';
  return `${slot} ${decision.as}${start}${cancels}`;
}

function decide(asked: Asked): string[] {
  return (decideSlots(question(asked))?.decisions ?? []).map(told);
}

let lastId = 0;
function unfinished(changes: Partial<UnfinishedRun> = {}): UnfinishedRun {
  lastId += 1;
  const slotAtMs = at('02T02:00');
  const run = {
    id: lastId,
    job: 'orders',
    kind: 'schedule',
    state: 'running',
    slotAtMs,
    startAtMs: null,
    startedAtMs: slotAtMs,
  };
  return { ...run, ...changes } as UnfinishedRun;
}

const parked = (): UnfinishedRun => unfinished({ state: 'parked' });
const waiting = (changes: Partial<UnfinishedRun> = {}): UnfinishedRun =>
  unfinished({ state: 'queued', startedAtMs: null, ...changes });

beforeEach(() => {
  lastId = 0;
});

describe('a slot that comes', () => {
  it('has its run, at its planned start', () => {
    expect(decide({})).toEqual(['02T03:00 schedule']);
    expect(decide({ startOf: (slotAtMs) => slotAtMs + 17 * 60_000 })).toEqual(['02T03:00 schedule at 02T03:17']);
  });

  it('is on time when a heartbeat was lost, and missed after that', () => {
    expect(decide({ nowMs: at('02T03:00') + SLOT_LATE_MS_MAX })).toEqual(['02T03:00 schedule']);
    expect(decide({ nowMs: at('02T03:00') + SLOT_LATE_MS_MAX + 1 })).toEqual(['02T03:00 catch-up']);
  });

  it('is decided once: nothing is left of it a moment later, or when the clock goes back', () => {
    expect(decideSlots(question({}))?.decidedUntilMs).toBe(at('02T03:00'));
    expect(decideSlots(question({ decidedUntilMs: at('02T03:00') }))).toBeNull();
    expect(decideSlots(question({ decidedUntilMs: at('02T03:00'), nowMs: at('02T01:30') }))).toBeNull();
  });

  it('is left out while an operator has paused the job, and in a blackout', () => {
    const pausedBy = () => ({ reason: 'stocktaking' });
    expect(decideSlots(question({ pausedBy }))?.decisions).toMatchObject([
      { because: 'paused', reason: 'stocktaking' },
    ]);
    const blackoutOf = () => ({ reason: 'Singles Day' });
    expect(decideSlots(question({ blackoutOf }))?.decisions).toMatchObject([
      { because: 'blackout', reason: 'Singles Day' },
    ]);
  });
});

describe('a slot that comes while a run of its job is not over', () => {
  it.each([
    ['skip', [unfinished()], '02T03:00 overlap'],
    ['queue-one', [unfinished()], '02T03:00 schedule'],
    ['queue-one', [unfinished(), waiting()], '02T03:00 overlap'],
    ['queue-all', [unfinished(), ...Array.from({ length: 9 }, () => waiting())], '02T03:00 schedule'],
    ['queue-all', [unfinished(), ...Array.from({ length: 10 }, () => waiting())], '02T03:00 overlap'],
    ['cancel', [unfinished({ id: 7 }), waiting({ id: 8 })], '02T03:00 schedule cancels 7,8'],
    ['cancel', [unfinished({ kind: 'manual' })], '02T03:00 schedule'],
  ] as const)('with %s, case %#', (overlap, runs, expected) => {
    expect(decide({ overlap, unfinished: runs })).toEqual([expected]);
  });

  it('has a run when the plan puts its start later and the run before is under way, unless one waits already', () => {
    const startOf = (slotAtMs: number): number => slotAtMs + 40 * 60_000;
    expect(decide({ startOf, unfinished: [unfinished()] })).toEqual(['02T03:00 schedule at 02T03:40']);
    expect(decide({ startOf, unfinished: [unfinished(), waiting()] })).toEqual(['02T03:00 overlap']);
    expect(decide({ startOf, unfinished: [unfinished({ state: 'queued' })] })).toEqual(['02T03:00 overlap']);
  });

  it.each(['skip', 'queue-one', 'queue-all'] as const)('is coalesced into one that is parked, with %s', (overlap) => {
    const { decisions } = decideSlots(question({ overlap, unfinished: [parked()] })) ?? {};
    expect(decisions).toMatchObject([{ because: 'coalesced', intoRunId: 1, slots: 1 }]);
    const later = { nowMs: at('12T03:00'), unfinished: [parked()] };
    expect(decide({ overlap, ...later })).toEqual(['12T02:00 coalesced ×240', '12T03:00 coalesced']);
  });

  it('takes the place of the runs that it cancels at once, whatever its planned start', () => {
    const startOf = (slotAtMs: number): number => slotAtMs + 1_020_000;
    expect(decide({ overlap: 'cancel', startOf })).toEqual(['02T03:00 schedule at 02T03:17']);
    expect(decide({ overlap: 'cancel', startOf, unfinished: [unfinished({ id: 7 })] })).toEqual([
      '02T03:00 schedule cancels 7',
    ]);
  });

  it('ends one that is parked, with cancel', () => {
    expect(decide({ overlap: 'cancel', unfinished: [parked()] })).toEqual(['02T03:00 schedule cancels 1']);
  });

  it('is not in the way of it when that makes up for another slot and starts later', () => {
    const later = waiting({ kind: 'catch-up', startAtMs: at('02T03:10') });
    expect(decide({ unfinished: [later] })).toEqual(['02T03:00 schedule']);
    expect(decide({ unfinished: [{ ...later, startAtMs: at('02T02:50') }] })).toEqual(['02T03:00 overlap']);
  });
});

describe('slots that were missed', () => {
  const nowMs = at('02T06:30');

  it('are made up for by the newest, and the others are one row', () => {
    expect(decide({ nowMs })).toEqual(['02T05:00 missed ×3', '02T06:00 catch-up']);
  });

  it('are not made up for when a slot comes by then, or the job wants none', () => {
    expect(decide({ nowMs: at('02T06:00') })).toEqual(['02T05:00 missed ×3', '02T06:00 schedule']);
    expect(decide({ nowMs, catchUp: 'skip' })).toEqual(['02T06:00 missed ×4']);
  });

  it('are each made up for, the oldest first and one spacing apart, up to a number', () => {
    expect(decide({ nowMs, catchUp: { policy: 'all', spacing: '20m', max: 3 } })).toEqual([
      '02T03:00 missed',
      '02T04:00 catch-up',
      '02T05:00 catch-up at 02T06:50',
      '02T06:00 catch-up at 02T07:10',
    ]);
  });

  it('wait for a run that starts now, and go through the plan', () => {
    const asked = { nowMs: at('02T05:00'), catchUp: 'all' } as const;
    expect(decide(asked)).toEqual([
      '02T03:00 catch-up at 02T05:10',
      '02T04:00 catch-up at 02T05:20',
      '02T05:00 schedule',
    ]);
    const startOf = (slotAtMs: number) => slotAtMs + 3_600_000;
    expect(decide({ ...asked, nowMs: at('02T04:30'), startOf })).toEqual([
      '02T03:00 catch-up at 02T05:30',
      '02T04:00 catch-up at 02T05:40',
    ]);
  });

  it('are not made up for when they are too old', () => {
    const daily = { cron: '0 2 * * *', decidedUntilMs: at('02T02:00') };
    expect(decide({ ...daily, nowMs: at('06T01:00') })).toEqual(['04T02:00 missed ×2', '05T02:00 catch-up']);
    const weekly = { cron: '0 2 * * 1', decidedUntilMs: at('02T02:00') };
    expect(decide({ ...weekly, nowMs: at('10T02:01') })).toEqual(['09T02:00 missed']);
    expect(decide({ ...weekly, nowMs: at('10T02:01'), catchUp: { window: '48h' } })).toEqual(['09T02:00 catch-up']);
  });

  it('while a run is not over wait or are left out, as the job says of slots that overlap', () => {
    const asked = { nowMs, catchUp: 'all', unfinished: [unfinished({ id: 1 })] } as const;
    expect(decide(asked)).toEqual(['02T06:00 overlap ×4']);
    expect(decide({ ...asked, overlap: 'queue-one' })).toEqual(['02T05:00 overlap ×3', '02T06:00 catch-up']);
    expect(decide({ ...asked, overlap: 'queue-all' })).toHaveLength(4);
    expect(decide({ ...asked, overlap: 'cancel', catchUp: 'latest' })).toEqual([
      '02T05:00 missed ×3',
      '02T06:00 catch-up cancels 1',
    ]);
  });

  it('in a pause are not made up for, but when the job says so: then after it', () => {
    const until = at('02T05:30');
    const pausedBy = (atMs: number) => (atMs < until ? { reason: 'stocktaking' } : null);
    expect(decide({ nowMs, pausedBy, catchUp: 'all' })).toEqual(['02T05:00 paused ×3', '02T06:00 catch-up']);
    const included = { pausedBy, catchUp: { includePaused: true } };
    expect(decideSlots(question({ ...included, nowMs: at('02T05:00') }))).toBeNull();
    expect(decide({ ...included, nowMs })).toEqual(['02T05:00 missed ×3', '02T06:00 catch-up']);
  });

  it('of ten years are counted in no time', () => {
    const years = { cron: '* * * * *', decidedUntilMs: Date.parse('2016-03-02T00:00Z'), catchUp: 'all' } as const;
    const [rest, ...others] = decideSlots(question({ ...years, nowMs: at('02T03:00') + 30_000 }))?.decisions ?? [];
    expect(rest).toMatchObject({ because: 'missed', slots: expect.any(Number) as number });
    expect(others).toHaveLength(10 + 2);
  });
});

describe('every slot', () => {
  const policies = {
    overlap: fc.constantFrom<NonNullable<Schedule['overlap']>>('skip', 'queue-one', 'queue-all', 'cancel'),
    catchUp: fc.record({
      policy: fc.constantFrom('latest' as const, 'all' as const, 'skip' as const),
      window: fc.constantFrom('30m', '24h', '7d'),
      max: fc.integer({ min: 1, max: 20 }),
      includePaused: fc.boolean(),
    }),
  };
  /** What a wake-up finds: how far the clock went, and what the job is at. */
  const wake = fc.record({
    stepS: fc.oneof(
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: -7_200, max: 7_200 }),
      fc.integer({ min: 0, max: 400_000 }),
    ),
    runs: fc.constantFrom('none', 'running', 'parked', 'waiting'),
    isPaused: fc.boolean(),
  });
  const RUNS = { none: [], running: [unfinished()], parked: [parked()], waiting: [waiting()] } as const;

  it('is decided exactly once, whenever the scheduler wakes and whatever the clock does', () => {
    const crons = fc.constantFrom('* * * * *', '*/7 * * * *', HOURLY, '30 2 * * *', '0 5 * * mon');
    fc.assert(
      fc.property(crons, fc.record(policies), fc.array(wake, { maxLength: 60 }), (cron, policy, wakes) => {
        const startMs = at('02T00:00');
        let [nowMs, decidedUntilMs, decided] = [startMs, startMs, 0];
        const slots = new Set<number>();
        const timetable = parseTimetable({ cron, timezone: 'Asia/Shanghai' }, 'orders');
        for (const { stepS, runs, isPaused } of wakes) {
          nowMs += stepS * 1_000;
          const pausedBy = () => (isPaused ? { reason: 'stocktaking' } : null);
          const asked = { cron, ...policy, nowMs, decidedUntilMs, pausedBy, unfinished: RUNS[runs] };
          const answer = decideSlots(question(asked));
          if (!answer) continue;
          expect(answer.decidedUntilMs).toBeLessThanOrEqual(nowMs);
          expect(answer.decisions.length).toBeLessThanOrEqual(2 + 20 + 2);
          for (const decision of answer.decisions) {
            expect(decision.slotAtMs).toBeGreaterThan(decidedUntilMs);
            expect(decision.slotAtMs).toBeLessThanOrEqual(answer.decidedUntilMs);
            expect(slots.has(decision.slotAtMs)).toBe(false);
            slots.add(decision.slotAtMs);
            decided += decision.kind === 'skip' ? decision.slots : 1;
          }
          decidedUntilMs = answer.decidedUntilMs;
          expect(decided).toBe(countSlots(timetable, startMs, decidedUntilMs));
        }
      }),
      { numRuns: 300 },
    );
  });
});
