import type { Clock } from '../src/time/clock';

/** A clock that stands still until it is moved: a day passes in no time, in the same order every time. */
export interface FakeClock extends Clock {
  /** Moves both clocks on, waking every sleeper at its own instant, in order; settles after each. */
  advance(ms: number): Promise<void>;
  /** `advance` to an instant of the wall clock; one that has passed moves nothing. */
  advanceTo(atMs: number): Promise<void>;
  /** The wall clock jumps (forward or back) and nobody wakes: what NTP or an operator does. */
  step(ms: number): void;
  /** Who is asleep. */
  readonly sleeping: number;
  /** The wall instant at which the next sleeper wakes; null when nobody sleeps. */
  readonly nextWakeAtMs: number | null;
  /**
   * Moves from sleeper to sleeper until the promise settles, and returns what it gives. Before each move it lets `turns`
   * turns of the event loop pass (default 10), so that replies over loopback come in before a timeout is reached. With
   * `quiet` it waits for that instead: what is under way decides, not how fast this machine is.
   */
  run<T>(promise: Promise<T>, options?: { turns?: number; quiet?: () => Promise<void> }): Promise<T>;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly order: number;
  wake(): void;
}

/** Turns of the event loop in which nobody sleeps and nothing settles, before `run` gives up: some seconds. */
const IDLE_TURNS_MAX = 200_000;
/** Both clocks count from different zeros, so that mixing them up shows. */
const MONOTONIC_START_MS = 5_000_000;

/** `startMs`: the wall clock at the beginning; default 2026-03-02 00:00 in Shanghai. */
export function fakeClock(startMs = Date.parse('2026-03-02T00:00:00+08:00')): FakeClock {
  let wallMs = startMs;
  let monotonicMs = MONOTONIC_START_MS;
  let order = 0;
  const sleepers = new Set<Sleeper>();

  const next = (): Sleeper | undefined =>
    [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs || a.order - b.order).at(0);

  const moveTo = (atMs: number): void => {
    wallMs += Math.max(0, atMs - monotonicMs);
    monotonicMs = Math.max(monotonicMs, atMs);
  };

  const wakeNext = async (sleeper: Sleeper): Promise<void> => {
    moveTo(sleeper.wakeAtMs);
    sleeper.wake();
    await turn();
  };

  const clock: FakeClock = {
    nowMs: () => Math.floor(wallMs), // whole, as Date.now() is
    monotonicMs: () => monotonicMs,
    sleep: async (durationMs, signal) => {
      if (durationMs <= 0 || signal?.aborted) return turn();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { wakeAtMs: monotonicMs + durationMs, order: (order += 1), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      });
    },
    advance: async (ms) => {
      const untilMs = monotonicMs + ms;
      await turn();
      for (let sleeper = next(); sleeper && sleeper.wakeAtMs <= untilMs; sleeper = next()) await wakeNext(sleeper);
      moveTo(untilMs);
      await turn();
    },
    advanceTo: (atMs) => clock.advance(Math.max(0, atMs - wallMs)),
    step: (ms) => {
      wallMs += ms;
    },
    get sleeping() {
      return sleepers.size;
    },
    get nextWakeAtMs() {
      const sleeper = next();
      return sleeper ? wallMs + (sleeper.wakeAtMs - monotonicMs) : null;
    },
    run: async (promise, { turns = 10, quiet } = {}) => {
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
        const sleeper = next();
        if (sleeper) await wakeNext(sleeper);
        idle = sleeper ? 0 : idle + turns;
        if (idle > IDLE_TURNS_MAX) throw new Error('fakeClock.run: nobody sleeps and the promise does not settle');
      }
    },
  };
  return clock;
}

/** One turn of the event loop: every promise that could settle has settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
