import fc from 'fast-check';
import { Admission } from '../../src/limit/admission';
import { type Budget, type BudgetPeriod, type Draw, drawsOf } from '../../src/limit/budget';
import { QuotaWindows } from '../../src/limit/quota';
import type { InstantRange } from '../../src/time/wall-range';
import { type DayRule, fixedWindow, windowAt } from '../../src/time/window';
import { fakeClock } from '../fake-clock';
import { fakeLedger } from './fake-ledger';
import { mostIn } from './pace-drive';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const timezone = fc.constantFrom('Asia/Shanghai', 'America/Los_Angeles', 'Europe/Berlin', 'Australia/Lord_Howe');
const at = fc.constantFrom('00:00', '02:30', '03:00', '15:45');
const civil = fc.record({ kind: fc.constant('civil' as const), at, timezone });
const rule: fc.Arbitrary<DayRule> = fc.oneof(
  { weight: 3, arbitrary: civil },
  fc.record({
    kind: fc.constant('fixed' as const),
    lengthMs: fc.constantFrom(30 * MINUTE_MS, 6 * HOUR_MS, 25 * HOUR_MS),
  }),
);
const per: fc.Arbitrary<BudgetPeriod> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('day' as const) },
  fc.constant('month' as const),
  fc.record({ civil: fc.constantFrom('day' as const, 'month' as const), at, timezone }),
  fc.record({ fixedMs: fc.constantFrom(2 * HOUR_MS, 12 * HOUR_MS), offsetMs: fc.constantFrom(0, 10 * MINUTE_MS) }),
  fc.record({ rollingMs: fc.constantFrom(2 * HOUR_MS, 5 * HOUR_MS) }),
);
const budgets: fc.Arbitrary<Budget[]> = fc
  .array(
    fc.record({
      limit: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 60 })),
      per,
      scope: fc.constantFrom(['app'] as const, ['user'] as const),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((all) => all.map((each, index) => ({ ...each, name: `budget-${index}`, source: 'test' })));

/** Around the days on which clocks change, and the turn of a month. */
const start = fc
  .tuple(
    fc.constantFrom(
      '2026-03-08T10:00Z',
      '2026-11-01T09:00Z',
      '2026-03-29T01:00Z',
      '2026-10-25T01:00Z',
      '2026-04-04T15:00Z',
      '2026-03-31T16:00Z',
    ),
    fc.nat({ max: 30 * HOUR_MS }),
  )
  .map(([iso, beforeMs]) => Date.parse(iso) - beforeMs);

const STEPS_MS = [1_500, MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS].flatMap((ms) => [ms, -ms]);
const count = fc.integer({ min: 1, max: 25 });
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('calls' as const), count }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.oneof(fc.nat({ max: 5_000 }), fc.nat({ max: 4 * HOUR_MS })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('to reset' as const),
      ms: fc.integer({ min: -3_000, max: 3_000 }),
      count,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('step' as const), ms: fc.constantFrom(...STEPS_MS) }) },
  fc.record({ kind: fc.constant('heard' as const) }),
  fc.record({
    kind: fc.constant('sleep' as const),
    ms: fc.integer({ min: 2 * MINUTE_MS, max: 10 * HOUR_MS }),
    thenWrongMs: fc.constantFrom(0, ...STEPS_MS.filter((each) => Math.abs(each) > MINUTE_MS)),
    count,
  }),
  fc.record({ kind: fc.constant('set right' as const) }),
  fc.record({ kind: fc.constant('restart' as const), isClean: fc.boolean() }),
);

interface World {
  readonly rule: DayRule;
  readonly budgets: readonly Budget[];
  readonly startMs: number;
  readonly resetGuardMs: number;
  readonly latencyMs: number;
  /** How wrong the platform's clock is at each call, as a share of the guard. */
  readonly errors: readonly number[];
}

/** The platform's own count, by a clock that is right but for its guard, whatever ours says. */
function platformOf({ rule: day, budgets: all }: World) {
  const windows = new Map<string, number>();
  const arrivals = new Map<string, { atMs: number; amount: number }[]>();
  const keyAt = (period: BudgetPeriod, atMs: number): string => {
    if (period === 'day' || period === 'month') return windowAt(day, period, atMs).key;
    if (typeof period === 'object' && 'civil' in period)
      return windowAt({ kind: 'civil', ...period }, period.civil, atMs).key;
    if (typeof period === 'object' && 'fixedMs' in period)
      return fixedWindow(period.fixedMs, atMs, period.offsetMs).key;
    throw new TypeError('not a window');
  };
  const count = (draws: readonly Draw[], trueMs: number, errorMs: number): void => {
    for (const { budget, counter } of draws) {
      if (typeof budget.per === 'object' && 'rollingMs' in budget.per) {
        const log = arrivals.get(counter) ?? [];
        log.push({ atMs: trueMs, amount: 1 });
        arrivals.set(counter, log);
      } else {
        const key = `${counter} ${keyAt(budget.per, trueMs + errorMs)}`;
        windows.set(key, (windows.get(key) ?? 0) + 1);
      }
    }
  };
  /** What was counted beyond a limit. */
  const over = (): string[] => {
    const limitOf = (counter: string): number => all.find(({ name }) => counter.startsWith(`${name}|`))!.limit;
    const spent = [...windows].filter(([key, used]) => used > limitOf(key)).map(([key, used]) => `${key}: ${used}`);
    for (const [counter, log] of arrivals) {
      const { per: period } = all.find(({ name }) => counter.startsWith(`${name}|`))!;
      const spanMs = typeof period === 'object' && 'rollingMs' in period ? period.rollingMs : 0;
      if (mostIn(spanMs, log) > limitOf(counter)) spent.push(`${counter}: ${mostIn(spanMs, log)}`);
    }
    return spent;
  };
  return { count, over };
}

/** A process that calls, with a wall clock that steps; and true time, which does not. */
function setup(world: World) {
  const clock = fakeClock(world.startMs);
  const ledger = fakeLedger(clock);
  ledger.latencyMs = world.latencyMs;
  const platform = platformOf(world);
  let wrongMs = 0;
  let calls = 0;
  /** Whether replies carry the platform's time. */
  let hears = false;
  const trueMs = (): number => clock.nowMs() - wrongMs;
  const open = (): Admission => {
    const { reserve, giveBack } = ledger;
    const quota = { day: world.rule, resetGuardMs: world.resetGuardMs, reserve, giveBack };
    return new Admission({ clock, fullAtMs: -Infinity, quota });
  };
  let admission = open();
  const step = (ms: number): void => {
    clock.step(ms);
    wrongMs += ms;
  };
  const call = async (user: string): Promise<string> => {
    const scope = { app: 'a', user };
    const draws = drawsOf(world.budgets, scope);
    const errorMs = world.errors[(calls += 1) % world.errors.length]! * world.resetGuardMs;
    const admitted = await admission.admit({ scope, draws, flow: user, signal: new AbortController().signal });
    if (admitted.kind !== 'permit') return admitted.kind;
    admitted.permit.sent();
    platform.count(draws, trueMs(), errorMs);
    const reply = hears ? admission.heardTime(admitted.permit, trueMs()) : null;
    admitted.permit.release();
    await reply;
    return 'permit';
  };
  const run = async (count: number): Promise<void> => {
    const kinds = await clock.run(Promise.all(Array.from({ length: count }, (_, each) => call(`u${each % 3}`))));
    expect(kinds.filter((kind) => kind !== 'permit' && kind !== 'spent')).toEqual([]);
  };
  /** For a while every reply is heard. */
  const hear = async (count: number): Promise<void> => {
    const heardBefore = hears;
    hears = true;
    await run(count);
    hears = heardBefore;
  };
  /** Time passes on no clock of ours but the wall clock, which is wrong by another amount afterwards: only replies can tell. */
  const sleep = (ms: number, thenWrongMs: number): void => {
    hears = true;
    clock.step(ms + thenWrongMs - wrongMs);
    wrongMs = thenWrongMs;
  };
  const restart = async (isClean: boolean): Promise<void> => {
    step(-wrongMs); // what a process that starts with a wrong clock draws on cannot be known
    if (isClean) await admission.close();
    admission = open();
  };
  const toReset = async (ms: number): Promise<void> => {
    await clock.advance(Math.max(0, windowAt(world.rule, 'day', trueMs()).endMs + ms - trueMs()));
  };
  return {
    clock,
    platform,
    step,
    run,
    restart,
    toReset,
    sleep,
    hear,
    wrongMs: () => wrongMs,
  };
}

const world: fc.Arbitrary<World> = fc.record({
  rule,
  budgets,
  startMs: start,
  resetGuardMs: fc.constantFrom(0, 500, 2_000, 2_000),
  latencyMs: fc.constantFrom(0, 0, 5),
  errors: fc.array(fc.constantFrom(-1, -1, 0, 0.5, 1, 1), { minLength: 1, maxLength: 5 }),
});

describe('a quota', () => {
  it('is never overspent as the platform counts, whatever its days, our clock and our restarts do', async () => {
    await fc.assert(
      fc.asyncProperty(world, fc.array(action, { minLength: 5, maxLength: 40 }), async (made, actions) => {
        const { clock, platform, step, run, hear, sleep, restart, toReset, wrongMs } = setup(made);
        for (const each of actions) {
          if (each.kind === 'calls') await run(each.count);
          else if (each.kind === 'pass') await clock.advance(each.ms);
          else if (each.kind === 'to reset') await toReset(each.ms).then(() => run(each.count));
          else if (each.kind === 'step') step(each.ms);
          else if (each.kind === 'heard') await hear(1);
          else if (each.kind === 'sleep') {
            sleep(each.ms, each.thenWrongMs);
            await run(each.count);
          } else if (each.kind === 'set right') step(-wrongMs());
          else await restart(each.isClean);
          expect(platform.over()).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('draws on both days where a process starts with a clock behind what an earlier one has seen', async () => {
    const clock = fakeClock(Date.parse('2026-03-02T23:00:00+08:00'));
    const { reserve, giveBack, requests } = fakeLedger(clock);
    const day = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' } as const;
    const quota = { day, resetGuardMs: 2_000, reserve, giveBack };
    const admission = new Admission({ clock, fullAtMs: -Infinity, seenAtMs: clock.nowMs() + 2 * HOUR_MS, quota });
    const scope = { app: 'a' };
    const draws = drawsOf([{ name: 'app-day', limit: 9, per: 'day', scope: ['app'], source: 'test' }], scope);
    await clock.run(admission.admit({ scope, draws, signal: new AbortController().signal }));
    expect(requests.flat().map(({ window }) => window.key)).toEqual(['2026-03-02', '2026-03-03']);
  });

  it('draws on the window of every clock, also of one between two others', () => {
    const windows = new QuotaWindows({ day: { kind: 'fixed', lengthMs: HOUR_MS }, resetGuardMs: 0 });
    const hours = (range: InstantRange) => windows.openAt('day', range).map(({ startMs }) => startMs / HOUR_MS);
    expect(hours({ fromMs: 0.5 * HOUR_MS, toMs: 9.5 * HOUR_MS })).toEqual([0, 9]);
    expect(hours({ fromMs: 0.5 * HOUR_MS, toMs: 9.5 * HOUR_MS, betweenMs: [4.5 * HOUR_MS] })).toEqual([0, 4, 9]);
  });
});
