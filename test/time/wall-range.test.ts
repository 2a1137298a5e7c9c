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
  return { clock, range, now, startMs };
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
    const { clock, range, now } = setup();
    clock.step(3 * HOUR_MS);
    await clock.advance(60_000);
    range.heard(clock.nowMs() - 1_500);
    expect(now()).toEqual([60_000 + 3 * HOUR_MS, 60_000 + 3 * HOUR_MS]);
  });

  it("is not closed by a platform's date that is near to the steady clock, or near to neither", () => {
    const { clock, range, now, startMs } = setup();
    clock.step(3 * HOUR_MS);
    range.heard(startMs);
    expect(now()).toEqual([0, 3 * HOUR_MS]);
    range.heard(startMs + 2 * HOUR_MS);
    expect(now()).toEqual([0, 3 * HOUR_MS]);
    range.heard(NaN);
    expect(now()).toEqual([0, 3 * HOUR_MS]);
  });
});
