import { type VirtualClock, virtualClock } from '../src/time/virtual-clock';

/** The virtual clock, and how to run what also waits for the world outside: replies over loopback, files. */
export interface FakeClock extends VirtualClock {
  /**
   * Moves from sleeper to sleeper until the promise settles, and returns what it gives. Before each move it lets `turns`
   * turns of the event loop pass (default 10), so that replies over loopback come in before a timeout is reached. With
   * `quiet` it waits for that instead: what is under way decides, not how fast this machine is.
   */
  run<T>(promise: Promise<T>, options?: { turns?: number; quiet?: () => Promise<void> }): Promise<T>;
}

/** Turns of the event loop in which nobody sleeps and nothing settles, before `run` gives up: some seconds. */
const IDLE_TURNS_MAX = 200_000;

/** `startMs`: the wall clock at the beginning; default 2026-03-02 00:00 in Shanghai. */
export function fakeClock(startMs = Date.parse('2026-03-02T00:00:00+08:00')): FakeClock {
  const clock = virtualClock(startMs);
  return Object.assign(clock, {
    run: async <T>(promise: Promise<T>, options: { turns?: number; quiet?: () => Promise<void> } = {}): Promise<T> => {
      const { turns = 10, quiet } = options;
      let settled = false;
      const done = (): void => {
        settled = true;
      };
      const isSettled = (): boolean => settled;
      promise.then(done, done);
      for (let idle = 0; ; ) {
        for (let passed = 0; passed < turns && !isSettled(); passed += 1) await turn();
        if (!isSettled()) await quiet?.();
        if (isSettled()) return promise;
        idle = (await clock.wakeNext()) ? 0 : idle + turns;
        if (idle > IDLE_TURNS_MAX) throw new Error('fakeClock.run: nobody sleeps and the promise does not settle');
      }
    },
  });
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
