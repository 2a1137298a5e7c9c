import fc from 'fast-check';
import type { Budget } from '../../src/limit/budget';
import type { BudgetsOption } from '../../src/platform/budgets';
import { setupKuaishou } from './setup';

const DAY_MS = 86_400_000;

function budgetOf(option: object): Budget {
  const own = { limit: 100, per: 'day', scope: ['app'], ...option } as const;
  const budget = setupKuaishou({ budgets: { own } }).budgets.find(({ name }) => name === 'own');
  if (!budget) throw new Error('the budget was dropped');
  return budget;
}

function faultsOf(budgets: unknown): string[] {
  try {
    setupKuaishou({ budgets: budgets as BudgetsOption });
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' });
    return (thrown as Error).message.split('\n').map((line) => line.replace('kuaishou().budgets.', ''));
  }
  return [];
}

describe('the window of a budget', () => {
  it.each([
    ['1s', { rollingMs: 1_000 }],
    ['500ms', { rollingMs: 500 }],
    ['5h', { rollingMs: 5 * 3_600_000 }],
    ['31d', { rollingMs: 31 * DAY_MS }],
    ['day', 'day'],
    ['month', 'month'],
    ['in-flight', 'in-flight'],
    [{ fixed: '1m' }, { fixedMs: 60_000 }],
    [
      { fixed: '1m', offset: '10s' },
      { fixedMs: 60_000, offsetMs: 10_000 },
    ],
    [
      { bucket: '1s', burst: 20 },
      { bucketMs: 1_000, burst: 20 },
    ],
  ])('may be written as %j', (per, want) => {
    expect(budgetOf({ per }).per).toEqual(want);
  });

  it.each([
    { rollingMs: 20_000 },
    { fixedMs: 3_600_000, offsetMs: 60_000 },
    { bucketMs: 1_000, burst: 100 },
    { civil: 'day', at: '03:00', timezone: 'America/Los_Angeles' },
    { civil: 'month', at: '00:00', timezone: 'UTC' },
  ])('may be given as it is kept: %j', (per) => {
    expect(budgetOf({ per }).per).toEqual(per);
  });

  const ANY = /^own\.per: expected a span from 1 ms to 31 days such as '1s', or 'day', .*, got /;

  it.each<[unknown, RegExp]>([
    ['1x', ANY],
    ['32d', ANY],
    ['0s', ANY],
    ['0.5ms', ANY],
    ['week', ANY],
    [7, ANY],
    [null, ANY],
    [{}, ANY],
    [[], ANY],
    [{ rolling: '1s' }, ANY],
    [{ rollingMs: 0 }, /^own\.per\.rollingMs: expected whole milliseconds from 1 to 2678400000, got 0$/],
    [{ fixed: 60 }, /^own\.per\.fixed: expected a span from 1 ms to 31 days such as '1s', got 60$/],
    [
      { fixed: '1m', offset: '1m' },
      /^own\.per\.offset: expected a span from '0s' to less than the window, .*, got "1m"$/,
    ],
    [{ fixed: '1m', ofset: '1s' }, /^own\.per: unknown key "ofset", did you mean "offset"\?$/],
    [{ fixedMs: 5, offsetMs: 5 }, /^own\.per\.offsetMs: expected whole milliseconds from 0 to less .*, got 5$/],
    [{ fixedMs: 5, offsetMs: -1 }, /^own\.per\.offsetMs: expected .*, got -1$/],
    [{ bucket: '1s' }, /^own\.per\.burst: expected a whole number from 1 to the budget's limit, got nothing$/],
    [{ bucket: '1s', burst: 0 }, /^own\.per\.burst: expected a whole number from 1 .*, got 0$/],
    [{ bucket: '1s', burst: 101 }, /^own\.per\.burst: expected a whole number from 1 to .* limit of 100, got 101$/],
    [{ bucket: '32d', burst: 1 }, /^own\.per\.bucket: expected a span from 1 ms to 31 days such as '1s', got "32d"$/],
    [{ civil: 'week', at: '00:00', timezone: 'UTC' }, /^own\.per\.civil: expected "day" or "month", got "week"$/],
    [{ civil: 'day', at: '24:00', timezone: 'UTC' }, /^own\.per\.at: expected a time of day 'HH:mm', got "24:00"$/],
    [
      { civil: 'day', at: '03:00', timezone: 'Asia/Beijing1' },
      /^own\.per\.timezone: expected an IANA zone .*, got "Asia\/Beijing1"$/,
    ],
    [{ civil: 'day', at: '00:00', timezone: 'CST' }, /^own\.per\.timezone: expected an IANA zone .*, got "CST"$/],
  ])('is refused as %j', (per, message) => {
    const faults = faultsOf({ own: { limit: 100, per, scope: ['app'] } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(message);
  });

  it('may be anything at all without more harm than a message', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ fixed: fc.anything(), bucket: fc.anything() })), (per) => {
        for (const fault of faultsOf({ own: { limit: 1, per, scope: ['app'] } })) expect(fault).toMatch(/^own/);
      }),
    );
  });

  it('is the same window when it is given again as it was kept', () => {
    const span = fc.integer({ min: 1, max: 31 * DAY_MS });
    const period = fc.oneof(
      span.map((ms) => `${ms}ms`),
      fc
        .tuple(span, span)
        .map(([one, other]) => ({ fixedMs: Math.max(one, other) + 1, offsetMs: Math.min(one, other) })),
      fc.record({ bucketMs: span, burst: fc.integer({ min: 1, max: 100 }) }),
    );
    fc.assert(
      fc.property(period, (per) => {
        fc.pre(typeof per === 'string' || !('fixedMs' in per) || per.fixedMs <= 31 * DAY_MS);
        const kept = budgetOf({ per }).per;
        expect(budgetOf({ per: kept }).per).toEqual(kept);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the fields of a budget', () => {
  it('may count a unit, keep a pace and hold its guard', () => {
    const budget = budgetOf({ per: '1m', unit: 'tokens', pacing: 'burst', guardMs: 0 });
    expect(budget).toMatchObject({ unit: 'tokens', pacing: 'burst', guardMs: 0, source: 'config' });
  });

  it('are left out where nothing is said of them', () => {
    expect(Object.keys(budgetOf({})).sort()).toEqual(['limit', 'name', 'per', 'scope', 'source']);
  });

  it.each<[string, object, RegExp]>([
    ['a unit with a blank', { unit: 'input tokens' }, /^own\.unit: expected 1 to 32 of a-z/],
    ['calls as a unit', { unit: 'calls' }, /^own\.unit: expected .* left out where calls are counted, got "calls"$/],
    ['a pacing', { per: '1s', pacing: 'evenly' }, /^own\.pacing: expected "even" or "burst", got "evenly"$/],
    ['a guard of hours', { per: '1s', guardMs: 60_001 }, /^own\.guardMs: expected at most 60000, got 60001$/],
    ['a guard below nought', { per: '1s', guardMs: -1 }, /^own\.guardMs: expected at least 0, got -1$/],
    ['a pace over a day', { pacing: 'even' }, /^own\.pacing: expected only beside a rolling or fixed window/],
    ['a pace of a bucket', { per: { bucket: '1s', burst: 1 }, pacing: 'even' }, /^own\.pacing: expected only/],
    ['a guard over two minutes', { per: '2m', guardMs: 5 }, /^own\.guardMs: expected only beside .*, got 5$/],
    ['a guard in flight', { per: 'in-flight', guardMs: 5 }, /^own\.guardMs: expected only beside/],
    ['a unit in flight', { per: 'in-flight', unit: 'tokens' }, /^own\.unit: expected none for 'in-flight'/],
    ['a key', { limt: 3 }, /^own: unknown key "limt", did you mean "limit"\?$/],
    ['a name of a scope', { scope: ['ap'] }, /^own\.scope\[0\]: expected "app" or "api" .*, got "ap"$/],
    ['a limit of nought', { limit: 0 }, /^own\.limit: expected a whole number from 1 to 1000000000, got 0$/],
  ])('are refused where they are wrong: %s', (_, option, message) => {
    const faults = faultsOf({ own: { limit: 100, per: 'day', scope: ['app'], ...option } });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(message);
  });

  it('are refused all at once, in every budget', () => {
    const faults = faultsOf({ one: { limit: 0, per: '1x', scope: [] }, two: { unit: 'calls' }, Three: 3, four: 'x' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'one.limit',
      'one.per',
      'one.scope',
      'two.unit',
      'Three',
      'four',
    ]);
  });

  it('are compared with the documented figures that they leave as they are', () => {
    const faults = faultsOf({
      'api-qps': { per: { bucket: '1s', burst: 101 } },
      'app-day': { guardMs: 5 },
      'app-dya': 4,
      own: { limit: 4 },
    });
    expect(faults).toEqual([
      'app-day.guardMs: expected only beside a window of at most a minute or a bucket, got 5',
      "api-qps.per.burst: expected a whole number from 1 to the budget's limit of 100, got 101",
      'app-dya: not a documented budget, did you mean "app-day"?',
      expect.stringMatching(/^own: not a documented budget; known: app-day, /),
    ]);
  });
});
