import { HTTP_LIMITS } from '../../src/http/limits';
import type { Ledger } from '../../src/limit/ledger';
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
  /** The ledger as the engine uses it: from the reservation to the attempt a call is on its way through the queue. */
  ledger(ledger: Ledger): Ledger;
  /** Resolves when no call is in the queue, every attempt waits for the sandbox, and the sandbox for the clock. */
  quiet(): Promise<void>;
}

/** An attempt is under way for as long as it sleeps towards its total timeout; a reply is halted while the sandbox sleeps. */
export function watched(clock: FakeClock): WatchedClock {
  let attempts = 0;
  let halted = 0;
  let leaving = 0;
  const left = (): void => {
    leaving = Math.max(0, leaving - 1);
  };
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
      if (change > 0) left();
    }),
    sandbox: counting((change) => {
      halted += change;
    }),
    ledger: (ledger) => ({
      reserve: async (request) => {
        const reservation = await ledger.reserve(request);
        if (reservation.kind === 'reserved') leaving += 1;
        return reservation;
      },
      settle: (settlement) => {
        left(); // given back: it did not leave
        return ledger.settle(settlement);
      },
      usage: (nowMs, platform) => ledger.usage(nowMs, platform),
    }),
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
