import { virtualClock } from '../../src/time/virtual-clock';

describe('a virtual clock', () => {
  it('wakes each sleeper at its own instant, in order, and those of one instant as they lay down', async () => {
    const clock = virtualClock(0);
    const woken: [string, number][] = [];
    const sleep = (name: string, ms: number): void =>
      void clock.sleep(ms).then(() => woken.push([name, clock.nowMs()]));
    sleep('late', 20);
    sleep('first', 10);
    sleep('second', 10);
    await clock.advance(30);
    expect(woken).toEqual([
      ['first', 10],
      ['second', 10],
      ['late', 20],
    ]);
    expect(clock.nowMs()).toBe(30);
  });

  it('lets everything run that a sleeper started before the next one wakes', async () => {
    const clock = virtualClock(0);
    const seen: string[] = [];
    void clock.sleep(10).then(async () => {
      for (let step = 0; step < 100; step += 1) await Promise.resolve();
      seen.push('all of the first');
    });
    void clock.sleep(11).then(() => seen.push('the second'));
    await clock.advance(20);
    expect(seen).toEqual(['all of the first', 'the second']);
  });

  it('wakes at once whoever is called off, and forgets them', async () => {
    const clock = virtualClock(0);
    const alarm = new AbortController();
    const sleep = clock.sleep(1_000, alarm.signal);
    alarm.abort();
    await sleep;
    expect(clock.nowMs()).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it('stays where it is for those who sleep for ever', async () => {
    const clock = virtualClock(0);
    void clock.sleep(Infinity);
    expect(await clock.wakeNext()).toBe(false);
    await clock.advance(10);
    expect([clock.nowMs(), clock.sleeping]).toEqual([10, 1]);
  });

  it('stops after so many wake-ups, at the instant of the last', async () => {
    const clock = virtualClock(0);
    const woken: number[] = [];
    for (const ms of [10, 20, 30]) void clock.sleep(ms).then(() => woken.push(ms));
    await clock.advanceTo(100, 2);
    expect([woken, clock.nowMs()]).toEqual([[10, 20], 20]);
    await clock.advanceTo(100, 2);
    expect([woken, clock.nowMs()]).toEqual([[10, 20, 30], 100]);
  });

  it('keeps sleepers on the steady clock when the wall clock steps', async () => {
    const clock = virtualClock(1_000);
    let isAwake = false;
    void clock.sleep(100).then(() => (isAwake = true));
    clock.step(-500);
    expect(clock.nextWakeAtMs).toBe(600);
    await clock.advance(99);
    expect(isAwake).toBe(false);
    await clock.advance(1);
    expect(isAwake).toBe(true);
  });
});
