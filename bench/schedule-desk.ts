import { defineJob, upsert, z } from '../src/index';
import { isLease } from '../src/job/lease';
import { type Job, parseJob } from '../src/job/parse';
import type { RunStore } from '../src/job/run';
import { Scheduler } from '../src/run/scheduler';
import { stopControl } from '../src/run/stop';
import { openStore } from '../src/store/open';
import type { Clock } from '../src/time/clock';
import { cronOf } from './schedule-figures';

/** Offpeak's scheduler on a store in a file and a clock that only `beat` moves. Its runs have no partition. */
export interface Desk {
  /** Moves the clock, wakes the scheduler, and waits for the end of its look. */
  readonly beat: (ms: number) => Promise<void>;
  /** Waits until so many runs have ended in all. */
  readonly ended: (runs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** A Monday noon: no nightly job is due, and the next minute is half a one away. */
const START_AT_MS = Date.UTC(2026, 2, 2, 12, 0, 30);
const JOBS_IN_FLIGHT = 4;
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export async function openDesk(path: string, jobs: readonly Job[]): Promise<Desk> {
  let nowMs = START_AT_MS;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) resolve();
        else signal?.addEventListener('abort', () => resolve());
      }),
  };
  const store = await openStore(path);
  const lease = await store.lease.acquire('bench', nowMs);
  if (!isLease(lease)) throw new Error('the lease is taken');
  const { fence } = lease;
  const looks = new Count();
  const ended = new Count();
  const stop = stopControl(clock, 0);
  const scheduler = new Scheduler({
    runs: telling(store.runs, () => looks.add()),
    clock,
    jobs,
    fence,
    stop,
    gate: { nextStartMs: (_job, _run, atMs) => atMs },
    jobsInFlight: JOBS_IN_FLIGHT,
    onEvent: ignore,
    log: SILENT,
    async runJob(_, run) {
      await store.runs.start({ runId: run.id, partitions: [], fence, nowMs });
      const settled = await store.runs.settle({ runId: run.id, fence, nowMs });
      ended.add();
      return settled;
    },
  });
  const serving = scheduler.serve();
  await looks.reach(1);
  return {
    async beat(ms) {
      nowMs += ms;
      scheduler.wake();
      await looks.reach(looks.value + 1);
    },
    ended: (runs) => ended.reach(runs),
    async close() {
      stop.request('the bench is over');
      await serving;
      await store.lease.release(fence, nowMs);
      await store.close();
    },
  };
}

/** The last thing that a look asks for. */
function telling(runs: RunStore, onLook: () => void): RunStore {
  return new Proxy(runs, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      if (name !== 'nextDueMs') return own.bind(target) as unknown;
      return async (atMs: number) => {
        const nextMs = await target.nextDueMs(atMs);
        onLook();
        return nextMs;
      };
    },
  });
}

/** A number that grows, and that can be waited for. */
class Count {
  value = 0;
  #waiting: { readonly value: number; readonly resolve: () => void }[] = [];

  add(): void {
    this.value += 1;
    for (const { value, resolve } of this.#waiting) if (value <= this.value) resolve();
    this.#waiting = this.#waiting.filter(({ value }) => value > this.value);
  }

  reach(value: number): Promise<void> {
    if (this.value >= value) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ value, resolve }));
  }
}

/** Alike but for name and schedule: what a definition holds besides is no matter of the scheduler. */
export function jobsOf(count: number): Job[] {
  const definition = defineJob({
    name: 'job',
    platform: 'shop',
    cursor: z.object({ page: z.int() }),
    initial: () => ({ page: 1 }),
    async *pages() {
      yield await Promise.resolve({ records: [], cursor: { page: 1 } });
    },
    sink: upsert('orders', { key: 'oid' }),
  });
  const job = parseJob(definition, { file: 'jobs/job.ts', platforms: ['shop'], checkSchedule: () => [] });
  const hours = { onBlackout: 'shift', onWindowEnd: 'drain' } as const;
  return Array.from({ length: count }, (_, index) => {
    const schedule = { cron: cronOf(index, count), timezone: 'Asia/Shanghai', ...hours };
    return { ...job, name: `job-${index}`, schedule };
  });
}

function ignore(): void {
  // Nobody watches.
}
