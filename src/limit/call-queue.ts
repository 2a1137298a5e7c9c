import type { Clock } from '../time/clock';

/** Port: the queue that the calls of one platform wait in, once they are admitted. */
export interface CallQueue {
  /** Runs a task when one of the places in flight is free; a lower priority number goes first (0 to 9). */
  run<Result>(task: () => Promise<Result>, priority: number): Promise<Result>;
  /** Calls that wait or run. */
  depth(): number;
  /** Resolves when what was begun has ended; what waits is dropped. */
  stop(): Promise<void>;
}

/** @param callsInFlightMax places of the queue. */
export type OpenQueue = (platform: string, callsInFlightMax: number, clock: Clock) => CallQueue;
