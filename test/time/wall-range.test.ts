import { WallRange } from '../../src/time/wall-range';
import { fakeClock } from '../fake-clock';

const HOUR_MS = 3_600_000;

function setup() {
  const clock = fakeClock();
  const startMs = clock.nowMs();
  const range = new WallRange(clock);
  /** Beside the instant at which the test began. */
  const now = (): readonly [number, number] => {
    const { fromMs, toMs } = range.now();
    return [fromMs - startMs, toMs - startMs];
  };
  /** A reply's date, written when its call was sent. */
  const hear = (platformMs: number, tripMs = 0) => range.heard({ platformMs, sentAtMs: clock.monotonicMs() - tripMs });
  return { clock, range, now, hear, startMs };
}

describe('the range of the true time', () => {
  it('is one instant while the wall clock runs with the steady one', async () => {
    const { clock, now } = setup();
    await clock.advance(5 * HOUR_MS);
    expect(now()).toEqual([5 * HOUR_MS, 5 * HOUR_MS]);
  });

  it('follows drift, however much of it comes together', async () => {
    const { clock, now } = setup();
    for (let hour = 1; hour <= 10; hour += 1) {
      await clock.advance(HOUR_MS);
      clock.step(900);
      now();
    }
    expect(now()).toEqual([10 * HOUR_MS + 9_000, 10 * HOUR_MS + 9_000]);
  });

  it.each([
    ['forward', 3 * HOUR_MS, [60_000, 60_000 + 3 * HOUR_MS]],
    ['back', -3 * HOUR_MS, [60_000 - 3 * HOUR_MS, 60_000]],
  ])('lies between both clocks after a step %s, for as long as nobody knows better', async (_, stepMs, both) => {
    const { clock, now } = setup();
    clock.step(stepMs);
    await clock.advance(60_000);
    expect(now()).toEqual(both);
    await clock.advance(HOUR_MS);
    expect(now()).toEqual(both.map((ms) => ms + HOUR_MS));
  });

  it('is one instant again when the wall clock steps back to where it was', () => {
    const { clock, now } = setup();
    clock.step(3 * HOUR_MS);
    now();
    clock.step(-3 * HOUR_MS);
    expect(now()).toEqual([0, 0]);
  });

  it("is closed by a platform's date that is near to the wall clock", async () => {
    const { clock, hear, now } = setup();
    clock.step(3 * HOUR_MS);
    await clock.advance(60_000);
    expect(hear(clock.nowMs() - 1_500)).toBeNull();
    expect(now()).toEqual([60_000 + 3 * HOUR_MS, 60_000 + 3 * HOUR_MS]);
  });

  it("is not closed by a platform's date that is near to the steady clock", () => {
    const { clock, hear, now, startMs } = setup();
    clock.step(3 * HOUR_MS);
    expect(hear(startMs)).toBeNull();
    expect(now()).toEqual([0, 3 * HOUR_MS]);
  });

  it('is in doubt from the start where an earlier process has seen a later time', () => {
    const clock = fakeClock();
    const nowMs = clock.nowMs();
    expect(new WallRange(clock, nowMs - HOUR_MS).now()).toEqual({ fromMs: nowMs, toMs: nowMs });
    expect(new WallRange(clock, nowMs + HOUR_MS).now()).toEqual({ fromMs: nowMs, toMs: nowMs + HOUR_MS });
  });
});

describe("a platform's date that is near to neither clock", () => {
  it.each([
    ['later', 2 * HOUR_MS, [0, 2 * HOUR_MS + 1_000]],
    ['earlier', -2 * HOUR_MS, [-2 * HOUR_MS, 0]],
  ])('widens the range to hold it: %s', async (_, byMs, wide) => {
    const { clock, hear, now, startMs } = setup();
    expect(hear(startMs + byMs)).toEqual({ fromMs: startMs + byMs, toMs: startMs + byMs + 1_000 });
    expect(now()).toEqual(wide);
    await clock.advance(HOUR_MS);
    expect(now()).toEqual(wide.map((ms) => ms + HOUR_MS));
  });

  it('holds both clocks, too, after a sleep from which the machine woke with a slow clock', () => {
    const { clock, range, hear, now, startMs } = setup();
    clock.step(8 * HOUR_MS);
    hear(startMs + 9 * HOUR_MS);
    expect(now()).toEqual([0, 9 * HOUR_MS + 1_000]);
    expect(range.now().betweenMs).toEqual([8, 9].map((hours) => startMs + hours * HOUR_MS));
  });

  it.each([
    ['of 1970', () => 0],
    ['a day ahead', (startMs: number) => startMs + 24 * HOUR_MS],
    ['that is none', () => NaN],
  ])('is not believed where it is nonsense: one %s', (_, dateOf) => {
    const { hear, now, startMs } = setup();
    expect(hear(dateOf(startMs))).toBeNull();
    expect(now()).toEqual([0, 0]);
    hear(startMs + HOUR_MS);
    hear(dateOf(startMs));
    expect(now()).toEqual([0, HOUR_MS + 1_000]);
  });

  it('is replaced by the next one, and gone with one that is near to a clock', () => {
    const { hear, now, startMs } = setup();
    hear(startMs - 2 * HOUR_MS);
    hear(startMs + HOUR_MS);
    expect(now()).toEqual([0, HOUR_MS + 1_000]);
    hear(startMs - 20_000);
    expect(now()).toEqual([0, 0]);
  });

  it('is gone when the wall clock is set to what it said, without another reply', async () => {
    const { clock, hear, now, startMs } = setup();
    hear(startMs + 2 * HOUR_MS);
    await clock.advance(HOUR_MS);
    clock.step(2 * HOUR_MS);
    expect(now()).toEqual([3 * HOUR_MS, 3 * HOUR_MS]);
  });

  it('says little where the reply was long on its way', async () => {
    const { clock, hear, now, startMs } = setup();
    await clock.advance(2 * HOUR_MS);
    expect(hear(startMs, 2 * HOUR_MS)).toBeNull();
    expect(now()).toEqual([2 * HOUR_MS, 2 * HOUR_MS]);
    hear(startMs - 2 * HOUR_MS, HOUR_MS);
    expect(now()).toEqual([-2 * HOUR_MS, 2 * HOUR_MS]);
    hear(startMs, 3 * HOUR_MS);
    expect(now()).toEqual([-2 * HOUR_MS, 2 * HOUR_MS]);
  });
});
