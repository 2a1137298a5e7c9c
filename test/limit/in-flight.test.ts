import { InFlight, Pause, Ramp } from '../../src/limit/in-flight';

const NOW = -Infinity;

describe('calls in flight', () => {
  it('are let go up to their limit, and then one for each that ends', () => {
    const places = new InFlight(2);
    const first = places.take();
    expect(places.earliestMs()).toBe(NOW);
    places.take();
    expect(places.earliestMs()).toBe(Infinity);
    first.ended?.('other');
    expect(places.earliestMs()).toBe(NOW);
  });

  it('are not forgotten while one is on its way', () => {
    const places = new InFlight(2);
    expect(places.isIdle()).toBe(true);
    const call = places.take();
    expect(places.isIdle()).toBe(false);
    call.ended?.('good');
    expect(places.isIdle()).toBe(true);
  });
});

describe('a ramp', () => {
  /** Calls that it lets go before it holds. */
  function room(ramp: Ramp): number {
    const taken = [];
    while (ramp.earliestMs() === NOW && taken.length < 1_000) taken.push(ramp.take());
    return taken.length;
  }

  /** Serves so many calls, one after the other. */
  function served(count: number): Ramp {
    const ramp = new Ramp();
    for (let call = 0; call < count; call += 1) ramp.take().ended?.('good');
    return ramp;
  }

  it('lets one call go, and twice as many for each that is served', () => {
    expect([0, 1, 2, 5].map((count) => room(served(count)))).toEqual([1, 2, 4, 32]);
  });

  it('holds nobody back from 64 on, and never again', () => {
    const ramp = served(6);
    expect(served(5).isIdle()).toBe(false);
    expect(ramp.isIdle()).toBe(true);
    ramp.take().ended?.('other');
    expect(room(ramp)).toBe(1_000);
  });

  it('lets half as many go after one that is not served, but always one', () => {
    const ramp = served(3);
    ramp.take().ended?.('other');
    expect(room(ramp)).toBe(4);
    const probe = new Ramp();
    probe.take().ended?.('other');
    expect(room(probe)).toBe(1);
  });
});

describe('a pause', () => {
  it('holds until its instant, and a shorter one does not cut it', () => {
    const pause = new Pause();
    expect([pause.earliestMs(), pause.isIdle(0)]).toEqual([NOW, true]);
    pause.extend(500);
    pause.extend(300);
    expect(pause.earliestMs()).toBe(500);
    expect([pause.isIdle(499), pause.isIdle(500)]).toEqual([false, true]);
    pause.extend(700);
    expect(pause.earliestMs()).toBe(700);
  });

  it('is over when it is lifted', () => {
    const pause = new Pause();
    pause.extend(500);
    pause.lift();
    expect([pause.earliestMs(), pause.isIdle(0)]).toEqual([NOW, true]);
  });
});
