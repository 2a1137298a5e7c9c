import type { Left } from './export';
import { calmOutput, endOnInt, type StopOptions, stopOnce } from './stop';

const PAGES = 40;
const LEASE = { heartbeatMs: 200, ttlMs: 1_500 } as const;
/** Longer than an access to a busy store waits. */
const BUSY_MS = 6_000;
const UNHARMED = { overspent: 0, uncounted: 0, torn: 0, differences: [] };

let calm: Left;

beforeAll(async () => {
  calm = await calmOutput(PAGES);
});

function stopAt(point: string, nth: number, stoppedMs = 200): ReturnType<typeof stopOnce> {
  const options: StopOptions = { point, nth, lease: LEASE, stoppedMs, pages: PAGES, calm };
  return stopOnce(options);
}

describe('a daemon that is stopped with SIGSTOP while another one takes over', () => {
  it.each([
    ['before a call is sent', 15],
    ['while a call is in flight', 15],
    ['before the commit', 12],
    ['before the lease is renewed', 2],
  ])('makes no further call, writes nothing, says so and ends with 1: %s', async (point, nth) => {
    const report = await stopAt(point, nth);
    expect(report).toMatchObject({ ...UNHARMED, zombieCalls: 0, saidWhy: true, exitCodes: [1, 0] });
    expect(report.servedMax).toBeLessThanOrEqual(2);
  });
});

describe('a daemon that is stopped with SIGSTOP inside a transaction', () => {
  it('is waited for by the one that stands by, which outlives the lock', async () => {
    const report = await stopAt('after the cursor, inside the commit', 12, BUSY_MS);
    expect(report).toMatchObject(UNHARMED);
    expect(report.exitCodes[1]).toBe(0);
  });
});

describe('a daemon that pm2 stops in the middle of a commit', () => {
  it('has committed and ended before pm2 loses patience', async () => {
    const killTimeoutMs = 1_600; // pm2's default
    expect(await endOnInt(PAGES)).toBeLessThan(killTimeoutMs);
  });
});
