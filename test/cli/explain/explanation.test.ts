import { explainJob, explainSlot, type Topic } from '../../../src/cli/explain/explanation';
import type { Hold } from '../../../src/limit/hold';
import { at, factsOf, parkedGroup, parkedUntil, pause, pausedBy, run, SHANGHAI, type Situation, textOf } from './facts';

function saidOf(situation: Situation, topic: Topic): string[] {
  const told = explainJob(factsOf(situation), textOf);
  return told.filter((each) => each.topic === topic).map(({ text }) => text);
}

interface Row extends Situation {
  readonly when: string;
  readonly says: readonly string[];
}

const NIGHT = { cron: '0 2 * * *', timezone: SHANGHAI, windows: ['01:00-06:00'] };
const FREEZE = { shop: { timezone: SHANGHAI, blackouts: [{ dates: ['2026-11-20/2026-11-21'], reason: 'freeze' }] } };
const HOLD: Hold = {
  platform: 'shop',
  scope: { user: '102' },
  untilMs: at('21 00:00'),
  code: '1017',
  reason: 'user quota',
  sinceMs: at('20 03:00'),
};

const NOW: readonly Row[] = [
  { when: 'it never ran', says: ['nothing of it waits: it never ran'] },
  {
    when: 'it has no schedule and no daemon runs',
    schedule: null,
    holder: null,
    says: ['it has no schedule: it runs by hand only, with `offpeak run`', 'nothing of it waits: it never ran'],
  },
  {
    when: 'a secret is missing and no daemon runs',
    secretFault: 'platform shop: no value for env:KEY',
    holder: null,
    says: [
      'it cannot make calls with the environment of this command: platform shop: no value for env:KEY',
      'nothing of it waits: it never ran',
      'no daemon is running, so that nothing starts or goes on: `offpeak start`',
    ],
  },
  {
    when: 'its last run failed',
    rows: [run({ state: 'failed', endedAtMs: at('20 02:05'), reason: 'the platform says no' })],
    says: ['nothing of it waits: run 7, of the slot 20 02:00, failed at 20 02:05: the platform says no'],
  },
  {
    when: 'a run is under way',
    run: run({ state: 'running', startedAtMs: at('20 02:17') }),
    says: ['run 7, of the slot 20 02:00, is under way since 20 02:17: 0 of 2 partitions done'],
  },
  {
    when: 'the process of a run died',
    run: run({ state: 'running', startedAtMs: at('20 02:17') }),
    holder: null,
    says: [
      'run 7, of the slot 20 02:00, was under way when its process ended: the next one goes on with it',
      'no daemon is running, so that nothing starts or goes on: `offpeak start`',
    ],
  },
  {
    when: 'a run waits for its planned start',
    nowMs: at('20 02:05'),
    run: run({ startAtMs: at('20 02:17') }),
    says: [
      'run 7, of the slot 20 02:00, waits for its planned start, at 20 02:17',
      'it goes on at 20 02:17 at the earliest',
    ],
  },
  {
    when: 'a run that makes up for a slot waits for its turn',
    run: run({ kind: 'catch-up', startAtMs: at('20 12:20') }),
    says: [
      'run 7, of the slot 20 02:00, waits for its turn among the runs that make up for missed slots, at 20 12:20',
      'it goes on at 20 12:20 at the earliest',
    ],
  },
  {
    when: 'a run is parked and its reset comes in closed hours',
    schedule: NIGHT,
    nowMs: at('20 03:00'),
    ...parkedUntil(at('21 00:00')),
    says: [
      'run 7, of the slot 20 02:00, is parked: 1 of 2 partitions done, 1 parked',
      '1 partition (102) parked until 21 00:00: app-day of 20 is spent',
      'it goes on at 21 01:00: it is due at 21 00:00, while its hours are closed (outside the windows of the job (01:00-06:00), until 2026-11-21 01:00 Asia/Shanghai)',
    ],
  },
  {
    when: 'many partitions are parked for one reason',
    ...parkedUntil(at('21 00:00')),
    stuck: [parkedGroup(at('21 00:00'), ['101', '102', '103'], 5)],
    says: [
      'run 7, of the slot 20 02:00, is parked: 1 of 2 partitions done, 1 parked',
      '5 partitions (101, 102, 103, and 2 more) parked until 21 00:00: app-day of 20 is spent',
      'it goes on at 21 00:00 at the earliest',
    ],
  },
  {
    when: 'a parked run is paused without an end',
    ...parkedUntil(at('21 00:00')),
    ...pausedBy(pause()),
    says: [
      'run 7, of the slot 20 02:00, is parked: 1 of 2 partitions done, 1 parked',
      '1 partition (102) parked until 21 00:00: app-day of 20 is spent',
      'paused by ann: stocktaking; since 20 01:00, until `offpeak resume orders`',
      'it goes on when somebody ends the pause',
    ],
  },
  {
    when: 'its platform is paused until an instant',
    run: run(),
    ...pausedBy(pause({ kind: 'platform', name: 'shop', untilMs: at('20 14:00') })),
    says: [
      'run 7, of the slot 20 02:00, is due and has not started',
      'platform shop paused by ann: stocktaking; since 20 01:00, until 20 14:00',
      'it goes on at 20 14:00 at the earliest',
    ],
  },
  {
    when: 'a blackout is on and its windows open later than that ends',
    schedule: NIGHT,
    around: FREEZE,
    run: run(),
    says: [
      'run 7, of the slot 20 02:00, is due and has not started',
      'its hours are closed: blackout of platform shop: freeze, until 2026-11-22 00:00 Asia/Shanghai; then outside the windows of the job (01:00-06:00), until 2026-11-22 01:00 Asia/Shanghai',
      'it goes on at 22 01:00 at the earliest',
    ],
  },
  {
    when: 'somebody asked for a run in a blackout',
    around: FREEZE,
    run: run({ kind: 'manual', slotAtMs: at('20 11:59') }),
    says: [
      'run 7, asked for at 20 11:59, is due and has not started',
      'it may go on now: the daemon takes it up within a minute',
    ],
  },
  {
    when: 'all places are taken, and another run of it waits',
    run: run(),
    unfinished: [run(), run({ id: 8, kind: 'manual' })],
    underWay: ['a', 'b'],
    jobsInFlight: 2,
    says: [
      'run 7, of the slot 20 02:00, is due and has not started',
      'behind it 1 more run of the job waits for its end: 8',
      'it waits for a place: 2 of 2 runs (jobsInFlight) are under way: a, b',
      'it goes on as soon as there is a place',
    ],
  },
  {
    when: 'another command has the store',
    holder: { host: 'vm', pid: 12, command: 'run other', heartbeatAtMs: 0, expiresAtMs: Infinity },
    run: run({ startedAtMs: at('20 02:17') }),
    says: [
      'run 7, of the slot 20 02:00, was put down and can go on: 0 of 2 partitions done',
      'process 12 on vm (offpeak run other) has the store: a daemon stands by until it ends',
      'it goes on at 20 12:00 at the earliest, once a daemon is running',
    ],
  },
  {
    when: 'its platform and its quota are in the way',
    holds: [HOLD],
    spent: [
      { budget: 'app-day', scopeKey: 'app=ks1', limit: 1_000, resetsAtMs: at('21 00:00') },
      { budget: 'app-5h', scopeKey: '', limit: 50, resetsAtMs: null },
    ],
    share: {
      platform: 'shop',
      budget: 'app-day',
      job: 'orders',
      reserve: 0,
      weight: 1,
      cap: null,
      used: 300,
      allowance: 400,
      keptForOthers: 250,
    },
    says: [
      'nothing of it waits: it never ran',
      'platform shop put calls of user=102 on hold until 21 00:00: user quota',
      'the budget app-day (app=ks1) of 1,000 is spent: resets at 21 00:00',
      'the budget app-5h of 50 is spent: its oldest calls leave the rolling span bit by bit',
      'its share of app-day: 300 used, 400 allowed in this window, 250 kept for other jobs',
    ],
  },
];

const PLAN = {
  job: 'orders',
  offsetMs: 17 * 60_000,
  durationMs: 600_000,
  reason: { kind: 'levelled', share: 0.48, shareAtSlot: 0.61, avoids: true },
  plannedAtMs: at('20 00:00'),
  isStale: false,
} as const;

const START: readonly Row[] = [
  {
    when: 'nothing is stated',
    says: [
      'its slots: 0 2 * * *, in Asia/Shanghai',
      'no hours are stated for it: it may run at any time',
      'no plan knows it yet, so that it starts at its slot, or the opening of its hours: the daemon plans when it starts',
    ],
  },
  {
    when: 'three levels state hours, and the plan chose',
    schedule: NIGHT,
    around: { ...FREEZE, all: { timezone: 'UTC', peaks: ['20:00-21:00'] } },
    plan: PLAN,
    says: [
      'its slots: 0 2 * * *, in Asia/Shanghai',
      'hours of all jobs: peaks 20:00-21:00, in UTC',
      'hours of platform shop: blackout 2026-11-20/2026-11-21 (freeze), in Asia/Shanghai',
      'hours of the job: windows 01:00-06:00, in Asia/Shanghai',
      'the plan of 20 00:00 starts it 17 min after its slot, or the opening of its hours: the limit is used to 48 % at most, at its slot to 61 %; not at a busy time',
      'where there is a choice, the plan keeps out of the first ten minutes of each hour and the peaks 20:00-21:00',
    ],
  },
  {
    when: 'the plan is stale, and may start at the hour',
    schedule: { every: '6h', phase: '10m', avoidHourStart: false, timezone: 'UTC' },
    plan: { ...PLAN, offsetMs: 0, reason: { kind: 'alone', avoids: false }, isStale: true },
    says: [
      'its slots: every 6h, which is every 6 h of UTC, 10 min into it',
      'no hours are stated for it: it may run at any time',
      'the plan of 20 00:00 starts it at once at its slot, or the opening of its hours: shares no limit with another job; job files or limits have changed since, and its next start plans anew',
    ],
  },
  {
    when: 'its start is pinned',
    schedule: { cron: '0 2 * * *', timezone: SHANGHAI, offset: '0m' },
    says: [
      'its slots: 0 2 * * *, in Asia/Shanghai',
      'no hours are stated for it: it may run at any time',
      'its job file pins the start to 0 min after the slot or the opening of its hours',
    ],
  },
];

const done = run({ state: 'done', startAtMs: at('20 02:17'), startedAtMs: at('20 02:18'), endedAtMs: at('20 02:40') });
const skipped = { state: 'skipped', endedAtMs: at('20 02:00') } as const;

const SLOT: readonly Row[] = [
  {
    when: 'it has a run',
    rows: [run({ id: 9, kind: 'manual', state: 'done' }), done],
    says: ['20 02:00 has run 7, planned to start at 20 02:17, started at 20 02:18; it was done at 20 02:40'],
  },
  {
    when: 'a run makes up for it and is parked',
    rows: [run({ kind: 'catch-up', state: 'parked', startedAtMs: at('20 09:00'), resumesAtMs: at('21 00:00') })],
    says: [
      '20 02:00 was missed and is made up for by run 7, planned to start at once, started at 20 09:00; it is parked until 21 00:00',
    ],
  },
  {
    when: 'it was coalesced',
    rows: [
      run({ ...skipped, because: 'coalesced', reason: 'run 3 is parked and goes on in its place', intoRunId: 3 }),
      { ...done, id: 3, slotAtMs: at('19 02:00'), endedAtMs: at('20 05:00') },
    ],
    says: [
      '20 02:00 has no run (coalesced: run 3 is parked and goes on in its place); run 3, of the slot 19 02:00, was done at 20 05:00',
    ],
  },
  {
    when: 'it was not decided, and would be made up for',
    holder: null,
    decidedUntilMs: at('19 02:00'),
    says: ['20 02:00 is not decided yet: a daemon that starts now makes up for it, at once'],
  },
  {
    when: 'it was not decided, and is not made up for',
    schedule: { cron: '0 2 * * *', timezone: SHANGHAI, catchUp: 'skip' },
    decidedUntilMs: at('17 02:00'),
    says: [
      '20 02:00 is not decided yet: the process that has the store leaves it out (missed: the job makes up for no missed slot)',
    ],
  },
  {
    when: 'a pause puts off what becomes of it',
    schedule: { cron: '0 2 * * *', timezone: SHANGHAI, catchUp: { includePaused: true } },
    decidedUntilMs: at('19 02:00'),
    ...pausedBy(pause()),
    says: ['20 02:00 is not decided yet: the process that has the store decides over it when the pause is over'],
  },
  {
    when: 'no daemon has seen the job',
    decidedUntilMs: null,
    says: ['20 02:00 has no row: no daemon has ever scheduled the job on this store'],
  },
];

const DEMAND_FIGURES = { calls: 3_100, durationMs: 720_000 };
const DEMAND = {
  ...DEMAND_FIGURES,
  p50: DEMAND_FIGURES,
  p80: DEMAND_FIGURES,
  mean: DEMAND_FIGURES,
  weekdays: null,
  basis: { kind: 'history', runs: 14 },
} as const;

const skip = (slotAtMs: number) => ({ job: 'orders', slotAtMs, reason: 'closed', by: 'bob', askedAtMs: 0 });

const NEXT: readonly Row[] = [
  {
    when: 'it is planned',
    schedule: NIGHT,
    plan: PLAN,
    demand: DEMAND,
    says: [
      'slot 21 02:00, planned start 21 02:17',
      'a run is expected to take 12 min and 3,100 calls (from 14 past runs)',
    ],
  },
  {
    when: 'a blackout shifts it',
    schedule: NIGHT,
    around: FREEZE,
    says: [
      'slot 21 02:00, its hours open at 22 01:00 (blackout of platform shop: freeze, until 2026-11-22 00:00 Asia/Shanghai; then outside the windows of the job (01:00-06:00), until 2026-11-22 01:00 Asia/Shanghai), starts at 22 01:00',
    ],
  },
  {
    when: 'a blackout skips it',
    schedule: { ...NIGHT, onBlackout: 'skip' },
    around: FREEZE,
    says: [
      'the slot 21 02:00 passes without a run (blackout: blackout of platform shop: freeze, until 2026-11-22 00:00 Asia/Shanghai)',
      'slot 22 02:00, starts at 22 02:00',
    ],
  },
  {
    when: 'operators skip two, and one more for another reason',
    skips: [skip(at('21 02:00')), skip(at('22 02:00')), { ...skip(at('23 02:00')), by: 'ann' }],
    says: [
      'the slot 21 02:00 and 1 after it pass without a run (operator: skipped by bob: closed)',
      'the slot 23 02:00 passes without a run (operator: skipped by ann: closed)',
      'slot 24 02:00, starts at 24 02:00',
    ],
  },
  {
    when: 'it is paused without an end',
    ...pausedBy(pause()),
    says: [
      'the slot 21 02:00 and 999 after it pass without a run (paused: paused by ann: stocktaking)',
      'no slot up to 17 02:00 runs',
    ],
  },
  {
    when: 'its run is parked for longer',
    ...parkedUntil(at('22 00:00')),
    says: ['slot 21 02:00, starts at 21 02:00', 'if run 7 is still parked then, it goes on in the place of that slot'],
  },
];

describe('why it is not running', () => {
  test.each(NOW)('$when', (row) => {
    expect(saidOf(row, 'now')).toEqual(row.says);
  });
});

describe('why it starts when it does', () => {
  test.each(START)('$when', (row) => {
    expect(saidOf(row, 'start')).toEqual(row.says);
  });
});

describe('what became of the last slot', () => {
  test.each(SLOT)('$when', (row) => {
    expect(saidOf(row, 'slot')).toEqual(row.says);
  });
});

describe('what comes next', () => {
  test.each(NEXT)('$when', (row) => {
    expect(saidOf(row, 'next')).toEqual(row.says);
  });
});

describe('one slot', () => {
  const row = run({ ...skipped, because: 'missed', reason: 'too old', slots: 3 });

  test('is found in the row of a later one that stands for it', () => {
    const told = explainSlot(factsOf({ rows: [row] }), at('18 02:00'), textOf);
    expect(told[0]).toMatchObject({
      topic: 'slot',
      kind: 'left-out',
      text: '18 02:00 has no run, as one of 3 slots up to 20 02:00 (missed: too old)',
    });
    expect(told.map(({ topic }) => topic)).not.toContain('now');
  });

  test('is not taken for one of a row that does not reach back to it', () => {
    const [told] = explainSlot(factsOf({ rows: [row] }), at('17 02:00'), textOf);
    expect(told).toMatchObject({
      kind: 'unknown',
      text: expect.stringMatching(/^17 02:00 has no row: it came before/) as string,
    });
  });

  test('to come is told of as the next one is', () => {
    const [told] = explainSlot(factsOf({ plan: PLAN }), at('25 02:00'), textOf);
    expect(told).toMatchObject({ topic: 'next', kind: 'will-run', startAtMs: at('25 02:17') });
  });
});
