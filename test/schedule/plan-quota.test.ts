import { QuotaUse } from '../../src/schedule/plan-quota';

/** Two windows of 100 minutes. */
function setup({ drawn = 0 } = {}): QuotaUse {
  return new QuotaUse({ name: 'day', limit: 1_000, bounds: [0, 100, 200], drawn });
}

describe('what the windows of a quota hold', () => {
  test('is overdrawn by what goes beyond the limit, as a share of it', () => {
    const use = setup();
    expect(use.overdraw({ start: 0, minutes: 10, amount: 1_000 })).toBe(0);
    expect(use.overdraw({ start: 0, minutes: 10, amount: 1_500 })).toBe(0.5);
  });

  test('counts what was drawn before, in the first window', () => {
    const use = setup({ drawn: 400 });
    expect(use.overdraw({ start: 50, minutes: 10, amount: 700 })).toBeCloseTo(0.1);
    expect(use.overdraw({ start: 150, minutes: 10, amount: 700 })).toBe(0);
  });

  test('is only told of what a run adds to a window that is overdrawn already', () => {
    const use = setup({ drawn: 1_200 });
    expect(use.overdraw({ start: 0, minutes: 10, amount: 100 })).toBeCloseTo(0.1);
  });

  test('has of a run that lies across its end the part of its minutes', () => {
    const use = setup();
    use.draw({ start: 80, minutes: 40, amount: 800 });
    expect(use.overdraw({ start: 0, minutes: 10, amount: 600 })).toBe(0);
    expect(use.overdraw({ start: 0, minutes: 10, amount: 700 })).toBeCloseTo(0.1);
    expect(use.overdraw({ start: 150, minutes: 10, amount: 700 })).toBeCloseTo(0.1);
    expect(use.overdraw({ start: 90, minutes: 20, amount: 1_400 })).toBeCloseTo(0.2);
  });

  test('is not known beyond the last of them', () => {
    const use = setup();
    use.draw({ start: 190, minutes: 40, amount: 4_000 });
    expect(use.overdraw({ start: 100, minutes: 10, amount: 100 })).toBeCloseTo(0.1);
    expect(use.overdraw({ start: 300, minutes: 10, amount: 5_000 })).toBe(0);
  });

  test('depends on the start of a run where a window ends within its time, not at its edges', () => {
    const use = setup();
    expect(use.isCut(90, 110)).toBe(true);
    expect([use.isCut(0, 100), use.isCut(100, 200), use.isCut(10, 90)]).toEqual([false, false, false]);
  });
});
