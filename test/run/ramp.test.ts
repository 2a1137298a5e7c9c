import { FORWARD_KINDS, type RunStore } from '../../src/job/run';
import { Ramp, rampMsOf } from '../../src/run/ramp';
import { hashOf } from '../../src/schedule/hash';
import { type JobChanges, ordersJob } from './jobs';
import { type Bundle, setup } from './setup';

describe('a ramp', () => {
  test('allows one more after each step, up to the limit', () => {
    const ramp = new Ramp(4, 8_000);
    ramp.begin(100, 0);
    expect([0, 1_999, 2_000, 4_000, 6_000, 60_000].map((ms) => ramp.allowedAt(100 + ms))).toEqual([1, 1, 2, 3, 4, 4]);
    expect(ramp.nextInMs(600)).toBe(1_500);
    expect(ramp.nextInMs(6_100)).toBe(Infinity);
  });

  test('starts above what is under way', () => {
    const ramp = new Ramp(4, 8_000);
    ramp.begin(0, 2);
    expect([0, 2_000].map((ms) => ramp.allowedAt(ms))).toEqual([3, 4]);
  });

  test('of no length allows everything at once', () => {
    expect(new Ramp(4, 0).allowedAt(0)).toBe(4);
  });
});

test('the length of a ramp is known by the last run that was completed, whatever was skipped or backfilled since', async () => {
  const asked: unknown[] = [];
  const list: RunStore['list'] = (filter) => {
    asked.push(filter);
    return Promise.resolve([]);
  };
  await rampMsOf({ list }, ordersJob([]));
  expect(asked).toEqual([{ job: 'orders', kinds: FORWARD_KINDS, states: ['done'], limit: 1 }]);
});

describe('the partitions of a run', () => {
  const MERCHANTS = 16;
  const SECOND_MS = 1_000;
  let bundle: Bundle;
  afterEach(() => bundle.close());

  async function open(appPerDay: number | null, latencyMs: number, job: JobChanges = {}): Promise<void> {
    const users = Array.from({ length: MERCHANTS }, (_, at) => String(3_649_418_100 + at));
    bundle = await setup({
      job,
      sandbox: {
        latencyMs: [latencyMs, latencyMs],
        kuaishou: {
          merchants: Object.fromEntries(users.map((user) => [user, { orders: 400, items: 0 }])),
          limits: { appPerDay, apiQps: null, apiQpsByApi: {} },
        },
      },
    });
  }

  /** When each partition made its first call since so many events, in order. */
  function starts(since: number): { partition: string; atMs: number }[] {
    const first = new Map<string, number>();
    for (const event of bundle.events.slice(since)) {
      if (event.kind !== 'attempt') continue;
      first.set(event.partition, Math.min(first.get(event.partition) ?? Infinity, event.attempt.sentAtMs));
    }
    return [...first].map(([partition, atMs]) => ({ partition, atMs })).sort((a, b) => a.atMs - b.atMs);
  }

  function mostWithinASecond(since: number): number {
    const all = starts(since);
    return Math.max(
      ...all.map(({ atMs }) => all.filter((one) => one.atMs >= atMs && one.atMs < atMs + SECOND_MS).length),
    );
  }

  async function timed(): Promise<{ since: number; tookMs: number }> {
    const since = bundle.events.length;
    const startMs = bundle.clock.nowMs();
    expect((await bundle.run()).state).toBe('done');
    return { since, tookMs: bundle.clock.nowMs() - startMs };
  }

  test('start one after the other once it is known how long a run takes, and the run takes hardly longer', async () => {
    await open(null, 5_000);
    const first = await timed();
    const second = await timed();
    expect(mostWithinASecond(first.since)).toBe(8);
    expect(mostWithinASecond(second.since)).toBeLessThanOrEqual(3);
    expect(second.tookMs / first.tookMs).toBeLessThanOrEqual(1.04);
  });

  test('go on one after the other after a reset as well, each at its own place', async () => {
    await open(40, 1_000, { estimate: { calls: 150, duration: '20m' } });
    const parked = await bundle.run();
    expect(parked.state).toBe('parked');
    await bundle.clock.advanceTo(parked.resumesAtMs ?? 0);
    const since = bundle.events.length;
    await bundle.run();
    expect(mostWithinASecond(since)).toBeLessThanOrEqual(2);
    const order = starts(since)
      .slice(0, 8)
      .map(({ partition }) => hashOf(`orders/${partition}`));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});
