import type { OpenQueue } from '../../src/limit/call-queue';
import { openQueue } from '../../src/limit/queue';
import type { Http } from '../../src/platform/http';
import type { NextTurn } from '../../src/store/group-commit';
import type { Clock } from '../../src/time/clock';
import { nextTurn } from '../../src/time/system-clock';
import type { FakeClock } from '../fake-clock';

/** Rounds of the event loop, each with a timer in it: Bottleneck takes one to free the place of a call that has ended. */
const STILL_ROUNDS = 3;
/** Rounds in which an attempt is under way and nothing comes: then it hangs, and only the clock can end it. */
const ROUNDS_MAX = 500;

/** The clock as the two sides of a test use it, and when nothing is on its way between them. */
export interface WatchedClock {
  readonly engine: Clock;
  readonly sandbox: Clock;
  /** The way to the sandbox as the engine uses it. */
  readonly http: (http: Http) => Http;
  /** The turn at whose end the store commits. */
  readonly nextTurn: NextTurn;
  /** The queue as the engine uses it: a call is on its way from its entry to its attempt. */
  readonly openQueue: OpenQueue;
  /** Resolves when nothing waits to be committed, no call is in the queue, every attempt waits for the sandbox, and the sandbox for the clock. */
  quiet(): Promise<void>;
}

/** A reply is halted while the sandbox sleeps. */
export function watched(clock: FakeClock): WatchedClock {
  let attempts = 0;
  let halted = 0;
  let leaving = 0;
  let commits = 0;
  const sees: Clock = {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: clock.sleep.bind(clock),
  };
  return {
    engine: sees,
    sandbox: {
      ...sees,
      sleep: async (durationMs, signal) => {
        halted += 1;
        await clock.sleep(durationMs, signal);
        halted -= 1;
      },
    },
    http: (http) => ({
      attempt: async (request, options) => {
        attempts += 1;
        return http.attempt(request, options).finally(() => {
          attempts -= 1;
        });
      },
      close: () => http.close(),
    }),
    nextTurn: (next) => {
      commits += 1;
      nextTurn(() => {
        commits -= 1;
        next();
      });
    },
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
        still = commits === 0 && leaving === 0 && attempts <= halted ? still + 1 : 0;
      }
    },
  };
}

function oneRound(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => setImmediate(resolve), 1);
  });
}
