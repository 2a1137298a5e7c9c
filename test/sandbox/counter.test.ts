import fc from 'fast-check';
import { type Counter, type CounterKind, counterOf, type Instant } from '../../src/sandbox/counter';
import { closeAll, kuaishou, setup } from './calls';

const WALL_AT_0_MS = 1_772_380_800_000;

afterEach(closeAll);

function at(ms: number): Instant {
  return { wallMs: WALL_AT_0_MS + ms, monotonicMs: ms };
}

/** Which of the calls at these instants, ms, are admitted. */
function admitted(counter: Counter, instants: readonly number[]): number[] {
  return instants.filter((ms) => {
    const hasRoom = counter.hasRoom(at(ms));
    if (hasRoom) counter.take(at(ms));
    return hasRoom;
  });
}

it('slides: what came 1000 ms ago is out of the second, what came 999 ms ago is not', () => {
  const counter = counterOf({ kind: 'sliding' }, 2);
  expect(admitted(counter, [0, 600, 999, 1_000, 1_001, 1_600])).toEqual([0, 600, 1_000, 1_600]);
});

it('counts the seconds of the clock alone when they are fixed, however close the calls are', () => {
  const counter = counterOf({ kind: 'fixed' }, 2);
  expect(admitted(counter, [998, 999, 999, 1_000, 1_001, 1_999, 2_000])).toEqual([998, 999, 1_000, 1_001, 2_000]);
});

it('gives what a bucket holds at once and then one call each time that one was refilled', () => {
  const counter = counterOf({ kind: 'bucket', burst: 3 }, 10);
  expect(admitted(counter, [0, 0, 0, 0, 99, 100, 100, 199, 200])).toEqual([0, 0, 0, 100, 200]);
});

it('fills a bucket no further than its burst, however long it rests', () => {
  const counter = counterOf({ kind: 'bucket', burst: 2 }, 10);
  expect(admitted(counter, [0, 60_000, 60_000, 60_000])).toEqual([0, 60_000, 60_000]);
});

it.each<[CounterKind, number]>([
  [{ kind: 'sliding' }, 1_000],
  [{ kind: 'fixed' }, 1_000],
  [{ kind: 'bucket', burst: 4 }, 400],
])('%j is at nought again when nothing that it admitted counts any more', (kind, afterMs) => {
  const counter = counterOf(kind, 10);
  admitted(counter, [0, 0, 0, 0]);
  expect(counter.used(at(0))).toBe(4);
  expect(counter.used(at(afterMs - 1))).toBeGreaterThan(0);
  expect(counter.used(at(afterMs))).toBe(0);
});

it('admits in any span at most what its kind allows', () => {
  const limit = 5;
  const burst = 3;
  const kinds: readonly [CounterKind, (spanMs: number) => number][] = [
    [{ kind: 'sliding' }, (spanMs) => limit * Math.ceil(spanMs / 1_000)],
    [{ kind: 'fixed' }, (spanMs) => limit * (Math.ceil(spanMs / 1_000) + 1)],
    [{ kind: 'bucket', burst }, (spanMs) => burst + (spanMs / 1_000) * limit],
  ];
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(gaps, fc.constantFrom(...kinds), (waits, [kind, most]) => {
      let ms = 0;
      const instants = waits.map((waitMs) => (ms += waitMs));
      const passed = admitted(counterOf(kind, limit), instants);
      for (const [first, fromMs] of passed.entries()) {
        // Half-open spans that begin with an admitted call are the fullest ones.
        for (const [last, untilMs] of passed.entries()) {
          if (last >= first) expect(last - first + 1).toBeLessThanOrEqual(most(untilMs - fromMs + 1));
        }
      }
    }),
  );
});

it('is chosen for the whole sandbox', async () => {
  const limits = { apiQps: 2 };
  const { sandbox, clock } = await setup({ counter: { kind: 'bucket', burst: 1 }, kuaishou: { limits } });
  const results: number[] = [];
  for (const waitMs of [0, 0, 500, 499, 1]) {
    await clock.advance(waitMs);
    results.push((await kuaishou(sandbox)).body.result);
  }
  expect(results).toEqual([1, 1016, 1, 1016, 1]);
});
