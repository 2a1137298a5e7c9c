import { createTask } from 'node-cron';

export interface Ticker {
  /** No tick comes after it. */
  close(): Promise<void>;
}

const EVERY_MINUTE = '* * * * *';
/** A tick that a busy process is late for is worth less than the next one. */
const LATE_MS_MAX = 55_000;
const SILENT = { info: ignore, warn: ignore, error: ignore, debug: ignore };

/**
 * Calls `onTick` at every full minute of UTC: node-cron 4.6 is silent for an hour when the clocks of its zone go back.
 * A tick is only a wake-up, it says nothing about what is due. Ticks never overlap.
 */
export function openTicker(onTick: () => void | Promise<void>): Ticker {
  const task = createTask(EVERY_MINUTE, () => onTick(), {
    name: 'tick',
    timezone: 'Etc/UTC',
    noOverlap: true,
    missedExecutionTolerance: LATE_MS_MAX,
    suppressMissedWarning: true,
    logger: SILENT,
  });
  void task.start();
  return {
    async close() {
      await task.destroy();
    },
  };
}

function ignore(): void {
  // The scheduler reports what ticks come to.
}
