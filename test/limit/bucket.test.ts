import fc from 'fast-check';
import { Bucket, type BucketOptions } from '../../src/limit/bucket';
import { Guard, Way } from '../../src/limit/guard';
import { at } from './pace-drive';

const SPAN_MS = 1_000;

function setup({ guardMs = 50, ...options }: Partial<BucketOptions> & { guardMs?: number } = {}): Bucket {
  const guard = new Guard({ spanMs: SPAN_MS, fixedMs: guardMs, way: new Way() });
  return new Bucket({ limit: 100, spanMs: SPAN_MS, burst: 20, guard, fullAtMs: -Infinity, ...options });
}

interface Step {
  readonly waitMs: number;
  readonly amount?: number;
}

/** Sends as early as the bucket lets it. */
function drive(bucket: Bucket, steps: readonly Step[]): { atMs: number; amount: number }[] {
  let nowMs = 0;
  return steps.map(({ waitMs, amount = 1 }) => {
    nowMs = Math.max(nowMs + waitMs, bucket.earliestMs(amount));
    bucket.take(amount, at(nowMs));
    return { atMs: nowMs, amount };
  });
}

/** What a server with a bucket of its own refuses: it refills `limit` a span, and holds `burst`. */
function refusals(
  arrivals: readonly { atMs: number; amount: number }[],
  bucket: { limit: number; burst: number },
): number {
  let level = bucket.burst;
  let lastMs = 0;
  let refused = 0;
  for (const { atMs, amount } of [...arrivals].sort((a, b) => a.atMs - b.atMs)) {
    level = Math.min(bucket.burst, level + ((atMs - lastMs) * bucket.limit) / SPAN_MS);
    lastMs = atMs;
    if (level + 1e-6 < amount) refused += 1;
    else level -= amount;
  }
  return refused;
}

const calls = (count: number): Step[] => Array<Step>(count).fill({ waitMs: 0 });

describe('a bucket', () => {
  it('is never refused by a server with the same bucket, however the way there varies up to the guard', () => {
    const wait = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 700 }));
    const step = fc.record({ waitMs: wait, wayShare: fc.double({ min: 0, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(
        fc.record({ limit: fc.integer({ min: 2, max: 300 }), burst: fc.integer({ min: 2, max: 40 }) }),
        fc.nat({ max: 120 }),
        fc.array(step, { minLength: 1, maxLength: 250 }),
        (server, guard, steps) => {
          // What the way can push together must fit into the bucket: no client can make up for less.
          const guardMs = Math.min(guard, ((server.burst - 1) * SPAN_MS) / server.limit);
          const sends = drive(setup({ ...server, guardMs }), steps);
          const arrivals = sends.map(({ atMs, amount }, at) => ({
            atMs: atMs + steps[at]!.wayShare * guardMs,
            amount,
          }));
          expect(refusals(arrivals, server)).toBe(0);
        },
      ),
    );
  });

  it('is never refused with calls of any cost that it can hold', () => {
    const step = fc.record({ waitMs: fc.nat({ max: 100 }), amount: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100 }), (steps) => {
        expect(refusals(drive(setup({ guardMs: 0 }), steps), { limit: 100, burst: 20 })).toBe(0);
      }),
    );
  });

  it('lets its burst go at once, but for what refills within the guard', () => {
    const sends = drive(setup(), calls(60));
    expect(sends.filter(({ atMs }) => atMs <= 0)).toHaveLength(15); // 20, less 50 ms at 100 a second
  });

  it('uses nearly all that refills', () => {
    const sends = drive(setup(), calls(2_014));
    expect(2_000 / (sends.at(-1)!.atMs / 1_000) / 100).toBeGreaterThan(0.997);
  });

  it('keeps calls apart where it holds one only', () => {
    const sends = drive(setup({ burst: 1 }), calls(3));
    expect(sends[2]!.atMs - sends[1]!.atMs).toBeGreaterThanOrEqual(10);
  });

  it('lets what costs more than it holds go when it is full', () => {
    const bucket = setup({ guardMs: 0 });
    const [first, large] = drive(bucket, [
      { waitMs: 0, amount: 10 },
      { waitMs: 0, amount: 50 },
    ]);
    expect(large!.atMs - first!.atMs).toBeCloseTo(10 * bucket.spacingMs);
    expect(bucket.earliestMs(1)).toBeGreaterThan(large!.atMs + 300);
  });

  it('starts empty when it is told to', () => {
    const bucket = setup({ fullAtMs: 7_000, guardMs: 0 });
    expect(bucket.earliestMs(1)).toBeCloseTo(7_000 + bucket.spacingMs);
  });

  it('counts what a call really cost', () => {
    const bucket = setup({ guardMs: 0 });
    const { settle } = bucket.take(10, at(0));
    settle?.(1);
    expect(bucket.earliestMs(20)).toBeCloseTo(bucket.spacingMs);
    bucket.take(10, at(0)).settle?.(19);
    expect(bucket.earliestMs(20)).toBeCloseTo(20 * bucket.spacingMs);
  });

  it('may be forgotten when it is full again', () => {
    const bucket = setup();
    bucket.take(10, at(0));
    expect(bucket.isIdle(100)).toBe(false);
    expect(bucket.isIdle(101)).toBe(true);
  });
});

describe('a call that leaves later than it was admitted', () => {
  it('counts from the moment at which it left', () => {
    const bucket = setup({ burst: 2, guardMs: 0 });
    bucket.take(1, at(0)).sent?.(500);
    expect(bucket.earliestMs(1)).toBeCloseTo(500);
  });

  it('takes nothing back of what was admitted after it', () => {
    const bucket = setup({ burst: 2, guardMs: 0 });
    const first = bucket.take(1, at(0));
    bucket.take(1, at(0));
    first.sent?.(0);
    expect(bucket.earliestMs(1)).toBeCloseTo(bucket.spacingMs);
  });
});
