import { fakeClock } from '../fake-clock';

it('wakes sleepers in the order of their instants, then of their calls', async () => {
  const clock = fakeClock(1_000);
  const woken: [string, number][] = [];
  const sleep = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push([name, clock.nowMs()]);
  };
  void sleep('b', 20);
  void sleep('a', 10);
  void sleep('c', 20);
  void sleep('late', 31);
  await clock.advance(30);
  expect(woken).toEqual([
    ['a', 1_010],
    ['b', 1_020],
    ['c', 1_020],
  ]);
  expect([clock.nowMs(), clock.sleeping, clock.nextWakeAtMs]).toEqual([1_030, 1, 1_031]);
});

it('wakes one who falls asleep again within the same advance', async () => {
  const clock = fakeClock(0);
  let turns = 0;
  const loop = async (): Promise<void> => {
    for (; turns < 5; turns += 1) await clock.sleep(10);
  };
  const done = loop();
  await clock.advance(50);
  await done;
  expect(turns).toBe(5);
});

it('keeps sleepers asleep when the wall clock steps', async () => {
  const clock = fakeClock(0);
  const before = clock.monotonicMs();
  void clock.sleep(100);
  clock.step(1_000_000);
  await clock.advance(99);
  expect([clock.sleeping, clock.nowMs(), clock.monotonicMs() - before]).toEqual([1, 1_000_099, 99]);
});

it('wakes at once on abort and does not sleep when already aborted', async () => {
  const clock = fakeClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(1_000, abort.signal);
  abort.abort();
  await sleeping;
  await clock.sleep(1_000, abort.signal);
  await clock.sleep(0);
  expect(clock.sleeping).toBe(0);
});

it('runs through sleeps until a promise settles', async () => {
  const clock = fakeClock(0);
  const story = async (): Promise<string> => {
    await clock.sleep(3_600_000);
    await clock.sleep(86_400_000);
    return 'done';
  };
  expect(await clock.run(story())).toBe('done');
  expect(clock.nowMs()).toBe(90_000_000);
  await expect(clock.run(Promise.reject(new Error('no')))).rejects.toThrow('no');
});
