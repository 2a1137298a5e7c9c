import { Guard, Way } from '../../src/limit/guard';

const SPAN_MS = 1_000;
const HOUR_MS = 3_600_000;

function setup(options: { fixedMs?: number; spanMs?: number; way?: Way } = {}) {
  const way = options.way ?? new Way();
  const guard = new Guard({ spanMs: SPAN_MS, way, ...options });
  /** So many windows that are as good as full, in tenths. */
  const windows = (count: number, nowMs: number): void => {
    for (let tenth = 0; tenth < count * 10; tenth += 1) guard.countFull(0.1, nowMs);
  };
  const trips = (fromMs: number, toMs: number, count = 20): void => {
    for (let trip = 0; trip < count; trip += 1) way.addTrip(trip % 2 === 0 ? fromMs : toMs);
  };
  return { guard, way, windows, trips };
}

describe('the guard of a limit', () => {
  it('starts at 20 ms, and never wider than half of its window', () => {
    expect(setup().guard.ms).toBe(20);
    expect(setup({ spanMs: 30 }).guard.ms).toBe(15);
  });

  it('starts from how much the first round trips differ, where that says something', () => {
    const telling = setup();
    telling.trips(5, 55);
    expect(telling.guard.ms).toBe(53);
    const calm = setup();
    calm.trips(5, 5.5);
    expect(calm.guard.ms).toBe(8);
  });

  it('learns nothing from few round trips, or from those that differ by the platform’s own work', () => {
    const few = setup();
    few.trips(5, 55, 19);
    expect(few.guard.ms).toBe(20);
    const slow = setup();
    slow.trips(50, 350);
    expect(slow.guard.ms).toBe(20);
  });

  it('starts from the first twenty round trips only', () => {
    const { guard, trips } = setup();
    trips(5, 55);
    trips(5, 105, 400);
    expect(guard.ms).toBe(53);
  });

  it('is halved by full windows, by more of them the narrower it is, down to its least', () => {
    const { guard, windows, trips } = setup();
    trips(0, 97);
    windows(2.1, 0);
    expect(guard.ms).toBe(50);
    windows(3.7, 0);
    expect(guard.ms).toBe(50);
    windows(0.4, 0);
    expect(guard.ms).toBe(25);
    windows(60, 0);
    expect(guard.ms).toBe(8);
  });

  it('is shared by the limits of a platform until one of them is refused', () => {
    const way = new Way();
    const [one, other] = [setup({ way }), setup({ way })];
    one.windows(10.1, 0);
    expect([one.guard.ms, other.guard.ms]).toEqual([10, 10]);
    one.guard.refuse(1, 1);
    expect([one.guard.ms, other.guard.ms]).toEqual([20, 20]); // the way goes back to what held
    one.guard.refuse(2, 2);
    expect([one.guard.ms, other.guard.ms]).toEqual([40, 20]);
  });

  it('widens to twice what was refused, up to half of its window', () => {
    const { guard } = setup();
    expect(guard.refuse(0, 10)).toBe(true);
    expect(guard.ms).toBe(40);
    for (let nowMs = 20; nowMs < 200; nowMs += 10) guard.refuse(nowMs, nowMs);
    expect(guard.ms).toBe(500);
  });

  it('takes no notice of calls that left before it changed last', () => {
    const { guard } = setup();
    guard.refuse(150, 300);
    expect(guard.refuse(299, 310)).toBe(false);
    expect(guard.ms).toBe(40);
    expect(guard.refuse(300, 320)).toBe(true);
    expect(guard.ms).toBe(80);
  });

  it('narrows again to a fifth above what was refused, and stays there for an hour', () => {
    const { guard, windows } = setup();
    guard.refuse(0, 0); // at 20
    windows(100, 1);
    expect(guard.ms).toBe(24);
    windows(100, HOUR_MS);
    expect(guard.ms).toBe(24);
    windows(100, HOUR_MS + 1);
    expect(guard.ms).toBe(8);
  });

  it('narrows the way again only after an hour', () => {
    const { guard, way, windows } = setup();
    guard.refuse(0, 0);
    setup({ way }).windows(100, HOUR_MS - 1);
    expect(way.guardMs).toBe(20);
    setup({ way }).windows(100, HOUR_MS);
    expect(way.guardMs).toBeLessThan(20);
    windows(1, 1);
    expect(guard.ms).toBe(40);
  });

  it('stands still where it is fixed', () => {
    const { guard, windows, trips } = setup({ fixedMs: 30 });
    trips(0, 90);
    windows(100, 0);
    guard.refuse(1, 1);
    expect(guard.ms).toBe(30);
  });

  it('starts anew when it is forgotten, and from what was learned when it is restored', () => {
    const { guard, windows } = setup();
    guard.refuse(0, 0);
    const learned = guard.learned!;
    expect(learned).toMatchObject({ ms: 40, refusedMs: 20 });
    guard.reset();
    expect([guard.ms, guard.learned]).toEqual([20, null]);
    guard.restore(learned, 100);
    expect(guard.ms).toBe(40);
    windows(100, 200);
    expect(guard.ms).toBe(24);
  });
});
