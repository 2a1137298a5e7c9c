import type { Run } from '../../src/job/run';
import type { Clock } from '../../src/time/clock';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, setup } from './setup';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PER_DAY = 12;
const START = '2026-03-02T23:40:00+08:00';
const MIDNIGHT = Date.parse('2026-03-03T00:00:00+08:00');
const merchants = {
  '101': { orders: 600, items: 0 },
  '102': { orders: 600, items: 0 },
  '103': { orders: 600, items: 0 },
};

let bundle: Bundle;
afterEach(() => bundle.close());

/** The wall clock of this machine, which is wrong by so much; the platform's is right. */
class WrongClock implements Clock {
  readonly #clock: Clock;
  wrongMs: number;

  constructor(clock: Clock, wrongMs: number) {
    this.#clock = clock;
    this.wrongMs = wrongMs;
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.wrongMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(durationMs, signal);
  }
}

async function open(wrongMs: number, changes: SetupOptions = {}): Promise<{ steps: (ms: number) => void }> {
  let machine: WrongClock | undefined;
  bundle = await setup({
    startAt: START,
    job: { pages: pagesOf(Date.parse(START)) },
    clock: (clock) => (machine = new WrongClock(clock, wrongMs)),
    kuaishou: { budgets: { 'app-day': PER_DAY } },
    sandbox: {
      latencyMs: [20, 20],
      kuaishou: { merchants, limits: { appPerDay: PER_DAY, apiQps: null, apiQpsByApi: {} } },
    },
    ...changes,
  });
  return {
    steps: (ms) => {
      if (machine) machine.wrongMs += ms;
    },
  };
}

/** Goes on with the run at every minute, as a daemon would, until an instant of the platform's clock. */
async function goOnUntil(atMs: number): Promise<Run> {
  let run = await bundle.run();
  while (bundle.clock.nowMs() < atMs && run.state !== 'done') {
    await bundle.clock.advance(MINUTE_MS);
    run = await bundle.run();
  }
  return run;
}

const cases = [
  { what: 'jumps ahead over midnight and is wrong', before: 0, by: HOUR_MS },
  { what: 'is set back over midnight and is wrong', before: 0, by: -24 * HOUR_MS },
  { what: 'was ahead and is put right', before: HOUR_MS, by: -HOUR_MS },
  { what: 'was behind and is put right', before: -24 * HOUR_MS, by: 24 * HOUR_MS },
];

describe('a wall clock that steps in the middle of a run', () => {
  it.each(cases)('$what: the day is never overspent as the platform counts it', async ({ before, by }) => {
    const { steps } = await open(before);
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) === 5) steps(by);
    };
    const run = await goOnUntil(MIDNIGHT + 5 * MINUTE_MS);
    expect(run.totals.partitionsFailed).toBe(0);
    expect(bundle.sandbox.ledger.overBudget()).toBe(0);
    expect(bundle.sandbox.ledger.attemptsByWindow({ windowMs: 'day' })[0]?.count).toBeGreaterThanOrEqual(5);
  });
});

describe('a wall clock that steps while the quota is spent', () => {
  it.each(cases)('$what: nothing is sent before the reset of the platform', async ({ before, by }) => {
    const { steps } = await open(before);
    expect((await bundle.run()).state).toBe('parked');
    const sent = bundle.sandbox.ledger.attempts().length;
    expect(sent).toBe(PER_DAY);
    steps(by);
    await goOnUntil(MIDNIGHT - 2 * MINUTE_MS);
    expect(bundle.sandbox.ledger.attempts()).toHaveLength(sent);
  });
});

describe('a rolling span of hours', () => {
  it.each(cases)('is never overspent when the wall clock $what', async ({ before, by }) => {
    const { steps } = await open(before, {
      kuaishou: { budgets: { 'app-day': false, span: { limit: 6, per: '12m', scope: ['app'] } } },
      sandbox: { kuaishou: { merchants, limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} } } },
    });
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) === 3) steps(by);
    };
    await goOnUntil(Date.parse(START) + 25 * MINUTE_MS);
    expect(bundle.sandbox.ledger.maxInAnyWindow(12 * MINUTE_MS)).toBe(6);
  });
});
