import { Bucket } from '../../src/limit/bucket';
import { type Draw, drawsOf } from '../../src/limit/budget';
import { InFlight } from '../../src/limit/in-flight';
import { Lanes } from '../../src/limit/lanes';
import { Pace } from '../../src/limit/pace';
import { Turnstiles } from '../../src/limit/turnstiles';
import { fakeClock } from '../fake-clock';
import { qps, times } from './setup';

const SWEEP_AT = 1_000;
const PERS = { second: { rollingMs: 1_000 }, flight: 'in-flight' as const };

function setup({ per = PERS.second }: { readonly per?: (typeof PERS)[keyof typeof PERS] } = {}) {
  const clock = fakeClock();
  const turnstiles = new Turnstiles({
    clock,
    platform: 'test',
    fullAtMs: -Infinity,
    learned: [],
    windows: null,
    wallRange: () => ({ fromMs: clock.nowMs(), toMs: clock.nowMs() }),
    onRoom: () => undefined,
  });
  const draw = (user: string): Draw => drawsOf([qps('user', 5, { per, scope: ['user'] })], { user })[0]!;
  /** So many counters that remember nothing. */
  const idle = (count: number): void => void times(count, (at) => turnstiles.of(draw(`idle-${at}`)));
  const isKept = (user: string, was: unknown): boolean => turnstiles.of(draw(user)) === was;
  return { clock, turnstiles, draw, idle, isKept, lanes: new Lanes() };
}

describe('the counters of a platform', () => {
  it('are one for each scope, however often it is asked for', () => {
    const { turnstiles, draw } = setup();
    expect(turnstiles.of(draw('a'))).toBe(turnstiles.of(draw('a')));
    expect(turnstiles.of(draw('a'))).not.toBe(turnstiles.of(draw('b')));
  });

  it('are forgotten when idle, from a thousand on', () => {
    const { turnstiles, draw, idle, isKept } = setup();
    const first = turnstiles.of(draw('a'));
    idle(SWEEP_AT - 2);
    turnstiles.sweep();
    expect(isKept('a', first)).toBe(true);
    idle(SWEEP_AT - 1);
    turnstiles.sweep();
    expect(isKept('a', first)).toBe(false);
  });

  it('are looked through again when there are twice as many as were kept', () => {
    const { turnstiles, draw, idle, isKept, clock } = setup();
    for (const user of times(800, (at) => `busy-${at}`))
      turnstiles.of(draw(user)).counter.take(1, { nowMs: clock.monotonicMs(), dueMs: 0, askedAtMs: 0 });
    idle(200);
    turnstiles.sweep();
    const late = turnstiles.of(draw('late'));
    idle(798);
    turnstiles.sweep();
    expect(isKept('late', late)).toBe(true);
    idle(799);
    turnstiles.sweep();
    expect(isKept('late', late)).toBe(false);
  });

  it('are kept while their window remembers a call', async () => {
    const { turnstiles, draw, idle, isKept, clock } = setup();
    const busy = turnstiles.of(draw('a'));
    const nowMs = clock.monotonicMs();
    busy.counter.take(1, { nowMs, dueMs: nowMs, askedAtMs: nowMs }).sent?.(nowMs);
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', busy)).toBe(true);
    await clock.advance(2_000);
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', busy)).toBe(false);
  });

  it('are kept while a call is in flight on them', () => {
    const { turnstiles, draw, idle, isKept } = setup({ per: PERS.flight });
    const busy = turnstiles.of(draw('a'));
    const moment = { nowMs: 0, dueMs: 0, askedAtMs: 0 };
    const call = busy.counter.take(1, moment);
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', busy)).toBe(true);
    call.ended?.('good');
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', busy)).toBe(false);
  });

  it('are kept while a lane draws on them, until the last of them is dropped', () => {
    const { turnstiles, draw, idle, isKept, lanes } = setup();
    const drawn = turnstiles.of(draw('a'));
    const [one, other] = ['x', 'y'].map((flow) => lanes.of({ scope: { user: 'a' }, flow }, () => [drawn]));
    lanes.drop(one!);
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', drawn)).toBe(true);
    lanes.drop(other!);
    idle(SWEEP_AT);
    turnstiles.sweep();
    expect(isKept('a', drawn)).toBe(false);
  });

  it.each([
    ['a rolling window', { rollingMs: 1_000 }, Pace],
    ['a fixed window', { fixedMs: 1_000 }, Pace],
    ['a bucket', { bucketMs: 1_000, burst: 5 }, Bucket],
    ['calls in flight', 'in-flight', InFlight],
  ] as const)('count as their budget does: %s', (_name, per, kind) => {
    const { turnstiles } = setup();
    const [draw] = drawsOf([qps('user', 5, { per, scope: ['user'] })], { user: 'a' });
    expect(turnstiles.of(draw!).counter).toBeInstanceOf(kind);
  });

  it('of the ledger cannot be had without one', () => {
    const { turnstiles, draw } = setup();
    const { budget, ...rest } = draw('a');
    const daily: Draw = { ...rest, budget: { ...budget, name: 'user-day', per: 'day' } };
    expect(() => turnstiles.of(daily)).toThrow('user-day needs a ledger');
  });
});
