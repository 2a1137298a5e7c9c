import { HeldLease } from '../../src/run/held-lease';
import { keepLease } from '../../src/run/lease';
import { fakeClock } from '../fake-clock';

function setup(renewals: (boolean | Error)[], look = () => Promise.resolve()) {
  const clock = fakeClock();
  const startMs = clock.monotonicMs();
  const ending = new AbortController();
  let asked = 0;
  const leases = {
    renew: () => {
      const answer = renewals[Math.min(asked, renewals.length - 1)];
      asked += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? true);
    },
  };
  const lease = new HeldLease({ leases, clock, fence: 1 });
  const kept = keepLease({ lease, clock, signal: ending.signal }, look);
  return { clock, kept, ending, asked: () => asked, tookMs: () => clock.monotonicMs() - startMs };
}

const busy = new Error('database is locked');

describe('a lease that is kept', () => {
  it('is lost at once when another process has taken it', async () => {
    const { clock, kept, tookMs } = setup([true, false]);
    expect(await clock.run(kept)).toBe(false);
    expect(tookMs()).toBe(10_000);
  });

  it('is not lost by a store that is busy for a moment', async () => {
    const { clock, kept, ending } = setup([true, busy, busy, true]);
    await clock.advance(60_000);
    ending.abort();
    expect(await clock.run(kept)).toBe(true);
  });

  it('is lost when it could not be renewed for as long as it lasts', async () => {
    const { clock, kept, tookMs } = setup([true, busy]);
    expect(await clock.run(kept)).toBe(false);
    expect(tookMs()).toBe(25_000);
  });

  it('is renewed also while what is done at a beat takes long, which is then not begun a second time', async () => {
    let looks = 0;
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { clock, kept, ending, asked } = setup([true], () => {
      looks += 1;
      return slow;
    });
    await clock.advance(60_000);
    expect([looks, asked()]).toEqual([1, 6]);
    ending.abort();
    finish();
    expect(await clock.run(kept)).toBe(true);
  });
});
