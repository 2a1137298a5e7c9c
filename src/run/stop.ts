import { setMaxListeners } from 'node:events';
import { AbortGroups } from '../limit/abort-group';
import type { Clock } from '../time/clock';

/** How a process ends: first it begins nothing new, and at the deadline it gives up what is still under way. */
export interface Stop {
  /** Aborts at the request to stop: no new attempt, no new page. */
  readonly stopping: AbortSignal;
  /** Aborts at the deadline: attempts in flight are cut. */
  readonly deadline: AbortSignal;
}

export interface StopControl extends Stop {
  /** Asks to stop, once; `reason` is for the log. */
  request(reason: string): void;
  readonly reason: string | null;
}

/** @param timeoutMs from the request to the deadline. */
export function stopControl(clock: Clock, timeoutMs: number): StopControl {
  const stopping = new AbortController();
  const deadline = new AbortController();
  setMaxListeners(0, stopping.signal, deadline.signal); // every partition and every attempt listens
  let reason: string | null = null;
  return {
    stopping: stopping.signal,
    deadline: deadline.signal,
    get reason() {
      return reason;
    },
    request(why) {
      if (reason !== null) return;
      reason = why;
      stopping.abort();
      void clock.sleep(timeoutMs).then(() => deadline.abort());
    },
  };
}

/** What untilCut() resolves with when the work was given up. */
export const CUT = Symbol('given up');

/** One listener a signal: all partitions watch the process's deadline, page after page. */
const cuts = new AbortGroups<() => void>((cut) => cut());

/** Settles with the work, or gives up on it when the signal aborts: a job's or a sink's own code may hang for ever. */
export function untilCut<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result | typeof CUT> {
  return new Promise((resolve, reject) => {
    const cut = (): void => resolve(CUT);
    const done = (): void => cuts.remove(signal, cut);
    work.finally(done).then(resolve, reject);
    if (signal.aborted) cut();
    else cuts.add(signal, cut);
  });
}
