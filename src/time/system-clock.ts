import type { Clock } from './clock';

/** Node's timers fire at once when asked to wait longer than 2^31-1 ms: wait in steps of at most an hour. */
const STEP_MS_MAX = 3_600_000;

/** The machine's clock. The only file, beside the wiring, that reads the time or sets a timer. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(durationMs, signal) {
    const endMs = performance.now() + durationMs;
    do {
      const leftMs = Math.max(0, endMs - performance.now());
      await step(Math.min(leftMs, STEP_MS_MAX), signal);
    } while (!signal?.aborted && performance.now() < endMs - 1);
  },
};

function step(durationMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Calls back once all that the event loop has at hand now is done. */
export function nextTurn(next: () => void): void {
  setImmediate(next);
}
