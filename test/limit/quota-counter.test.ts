import { type Budget, drawsOf } from '../../src/limit/budget';
import { QuotaWindows } from '../../src/limit/quota';
import { QuotaCounter } from '../../src/limit/quota-counter';

const DAY_MS = 24 * 3_600_000;
const BUDGET: Budget = { name: 'app-day', limit: 100, per: 'day', scope: ['app'], source: 'test' };
const MOMENT = { nowMs: 0, waiting: 1 };

/** A counter at noon of its first day, with so many permits at hand. */
function setup({ permits = 0 } = {}) {
  let nowMs = DAY_MS / 2;
  const windows = new QuotaWindows({ day: { kind: 'civil', at: '00:00', timezone: 'UTC' }, resetGuardMs: 2_000 });
  const [draw] = drawsOf([BUDGET], { app: 'a' });
  const now = () => ({ fromMs: nowMs, toMs: nowMs });
  const counter = new QuotaCounter({ draw: draw!, windows, now, onRoom: () => undefined });
  const fill = (amount: number): void => {
    const [block] = counter.wanted(1, MOMENT);
    const windowKey = block!.window.key;
    counter.fill({ platform: 'test', budget: BUDGET.name, scopeKey: 'app=a', windowKey, amount });
  };
  if (permits > 0) fill(permits);
  return { counter, fill, advance: (ms: number) => void (nowMs += ms) };
}

describe('the permits at hand of a quota', () => {
  it('keep their counter from being forgotten, and so does a block on its way', () => {
    const { counter, fill } = setup();
    expect(counter.isIdle()).toBe(true);
    counter.isFilling = true;
    expect(counter.isIdle()).toBe(false);
    counter.isFilling = false;
    fill(1);
    expect(counter.isIdle()).toBe(false);
    counter.take(1);
    expect(counter.isIdle()).toBe(true);
  });

  it('let go what they are enough for', () => {
    const { counter } = setup({ permits: 2 });
    expect(counter.earliestMs(2)).toBe(-Infinity);
    expect(counter.earliestMs(3)).toBe(Infinity);
    counter.take(1);
    expect(counter.earliestMs(2)).toBe(Infinity);
  });

  it('are asked for as far as they are lacking', () => {
    const { counter } = setup({ permits: 2 });
    expect(counter.wanted(2, MOMENT)).toEqual([]);
    expect(counter.wanted(5, MOMENT)).toMatchObject([{ needed: 3 }]);
  });

  it('are stale when their window is over, and not before', () => {
    const { counter, advance } = setup({ permits: 2 });
    expect(counter.drop('stale')).toEqual([]);
    expect(counter.earliestMs(2)).toBe(-Infinity);
    advance(DAY_MS);
    expect(counter.drop('stale')).toMatchObject([{ amount: 2 }]);
    expect(counter.drop('stale')).toEqual([]);
  });

  it('are all given back at the end, what is used up aside', () => {
    expect(setup({ permits: 2 }).counter.drop('all')).toMatchObject([{ amount: 2 }]);
    const used = setup({ permits: 1 });
    used.counter.take(1);
    expect(used.counter.drop('all')).toEqual([]);
  });
});

describe('a quota that is spent', () => {
  it('is so for what needs as much, until its window is free', () => {
    const { counter, advance } = setup();
    counter.exhaust(5, DAY_MS);
    expect(counter.spent(4)).toBeNull();
    const spent = counter.spent(5);
    expect(spent?.freeAtMs).toBeGreaterThanOrEqual(DAY_MS);
    advance(spent!.freeAtMs - DAY_MS / 2 - 1);
    expect(counter.spent(5)).not.toBeNull();
    advance(1);
    expect(counter.spent(5)).toBeNull();
  });

  it('is asked for again when somebody says that it is back', () => {
    const { counter } = setup();
    counter.exhaust(1, DAY_MS);
    counter.revive();
    expect(counter.spent(1)).toBeNull();
  });
});
