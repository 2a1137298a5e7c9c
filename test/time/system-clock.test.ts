import { systemClock } from '../../src/time/system-clock';

const DAY_MS = 86_400_000;

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => jest.useRealTimers());

/** True once the sleep is over. */
function watch(sleep: Promise<void>): { isOver: boolean } {
  const seen = { isOver: false };
  void sleep.then(() => (seen.isOver = true));
  return seen;
}

describe('the system clock', () => {
  it('tells the time, and a second one that never steps back', () => {
    expect(systemClock.nowMs()).toBe(1_000_000);
    const before = systemClock.monotonicMs();
    jest.advanceTimersByTime(5);
    jest.setSystemTime(0);
    expect(systemClock.monotonicMs() - before).toBe(5);
  });

  it('sleeps for as long as it was told', async () => {
    const sleep = watch(systemClock.sleep(1_000));
    await jest.advanceTimersByTimeAsync(998);
    expect(sleep.isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(2);
    expect(sleep.isOver).toBe(true);
  });

  it('sleeps for months, which one timer of Node cannot', async () => {
    const sleep = watch(systemClock.sleep(40 * DAY_MS));
    await jest.advanceTimersByTimeAsync(39 * DAY_MS);
    expect(sleep.isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(DAY_MS);
    expect(sleep.isOver).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('wakes at the next turn when there is nothing to wait for', async () => {
    const sleep = watch(systemClock.sleep(-5));
    expect(sleep.isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(sleep.isOver).toBe(true);
  });

  it('wakes as soon as the signal aborts, and leaves no timer behind', async () => {
    const stop = new AbortController();
    const sleep = watch(systemClock.sleep(DAY_MS, stop.signal));
    await jest.advanceTimersByTimeAsync(10);
    stop.abort();
    await jest.advanceTimersByTimeAsync(0);
    expect(sleep.isOver).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    await expect(systemClock.sleep(DAY_MS, stop.signal)).resolves.toBeUndefined();
  });
});
