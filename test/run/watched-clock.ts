import { HTTP_LIMITS } from '../../src/http/limits';
import type { OpenQueue } from '../../src/limit/call-queue';
import { openQueue } from '../../src/limit/queue';
import type { Clock } from '../../src/time/clock';
import type { FakeClock } from '../fake-clock';

/** Rounds of the event loop, each with a timer in it: Bottleneck takes one to free the place of a call that has ended. */
const STILL_ROUNDS = 3;
/** Rounds in which an attempt is under way and nothing comes: then it hangs, and only the clock can end it. */
const ROUNDS_MAX = 500;

/** The clock as the two sides of a test use it, and when nothing is on its way between them. */
export interface WatchedClock {
  readonly engine: Clock;
  readonly sandbox: Clock;
  /** The queue as the engine uses it: a call is on its way from its entry to its attempt. */
  readonly openQueue: OpenQueue;
  /** Resolves when no call is in the queue, every attempt waits for the sandbox, and the sandbox for the clock. */
  quiet(): Promise<void>;
}

/** An attempt is under way for as long as it sleeps towards its total timeout; a reply is halted while the sandbox sleeps. */
export function watched(clock: FakeClock): WatchedClock {
  let attempts = 0;
  let halted = 0;
  let leaving = 0;
  const counting = (count: (change: number, durationMs: number) => void): Clock => ({
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: async (durationMs, signal) => {
      count(1, durationMs);
      await clock.sleep(durationMs, signal);
      count(-1, durationMs);
    },
  });
  return {
    engine: counting((change, durationMs) => {
      if (durationMs !== HTTP_LIMITS.totalTimeoutMs) return;
      attempts += change;
    }),
    sandbox: counting((change) => {
      halted += change;
    }),
    openQueue: (platform, callsInFlightMax, on) => {
      const queue = openQueue(platform, callsInFlightMax, on);
      return {
        run(task, priority) {
          leaving += 1;
          const begin = (): ReturnType<typeof task> => {
            leaving -= 1;
            return task();
          };
          return queue.run(begin, priority);
        },
        depth: () => queue.depth(),
        stop() {
          leaving = 0;
          return queue.stop();
        },
      };
    },
    async quiet() {
      let still = 0;
      for (let round = 0; still < STILL_ROUNDS && round < ROUNDS_MAX; round += 1) {
        await oneRound();
        still = leaving === 0 && attempts <= halted ? still + 1 : 0;
      }
    },
  };
}

function oneRound(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => setImmediate(resolve), 1);
  });
}
