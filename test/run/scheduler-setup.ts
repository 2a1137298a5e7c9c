import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SlotPolicies } from '../../src/job/definition';
import { isLease } from '../../src/job/lease';
import type { Job } from '../../src/job/parse';
import { checkpointName, type Run, type RunStore, type TurnEnd } from '../../src/job/run';
import type { RunEvent } from '../../src/run/event';
import { type Gate, gateOf } from '../../src/run/gate';
import type { PutDown } from '../../src/run/put-down';
import { Scheduler } from '../../src/run/scheduler';
import type { SlotRules } from '../../src/run/slots';
import { type StopControl, stopControl } from '../../src/run/stop';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import { openStore, type Store } from '../../src/store/open';
import { nextTurn } from '../../src/time/system-clock';
import { type FakeClock, fakeClock } from '../fake-clock';
import { ordersJob } from './jobs';
import { silent } from './setup';

/** How a run ends each time that it is taken: its one partition's end, after so long. The last one repeats. */
export type Script = readonly (TurnEnd & { readonly afterMs?: number })[];

export interface Started {
  readonly job: string;
  readonly runId: number;
  /** Wall-clock time in Shanghai, `dd HH:mm:ss`. */
  readonly at: string;
}

/** A scheduler on the fake clock and a real store, whose runs end as a script says. */
export interface Desk {
  readonly clock: FakeClock;
  readonly store: Store;
  readonly fence: number;
  readonly started: Started[];
  readonly events: RunEvent[];
  /** How often the scheduler looked for runs that are due. */
  readonly looks: () => number;
  readonly stop: () => StopControl;
  /** A new scheduler, as a restart makes it, serves until an instant. */
  readonly serveUntil: (iso: string) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly scheduler: () => Scheduler;
  readonly close: () => Promise<void>;
}

export interface DeskOptions {
  readonly startAt: string;
  readonly jobs: readonly Job[];
  readonly scripts?: Readonly<Record<string, Script>>;
  readonly jobsInFlight?: number;
  readonly runJob?: (job: Job, run: Run, putDown: PutDown) => Promise<Run>;
  readonly runs?: (runs: RunStore) => RunStore;
  readonly rules?: SlotRules;
  readonly gate?: Gate;
}

const NO_OUTER_HOURS = gateOf(hoursOfJobs({ hours: null, platformHours: {} }));

const DONE: Script = [{ kind: 'complete' }];

export async function openDesk({
  startAt,
  jobs,
  scripts = {},
  jobsInFlight = 4,
  ...options
}: DeskOptions): Promise<Desk> {
  const clock = fakeClock(Date.parse(startAt));
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-desk-'));
  const store = await openStore(join(directory, 'test.db'), { clock, nextTurn });
  const lease = await store.lease.acquire('test', clock.nowMs());
  if (!isLease(lease)) throw new Error('the lease is taken');
  const { fence } = lease;
  const started: Started[] = [];
  const events: RunEvent[] = [];
  const takes = new Map<number, number>();
  let looks = 0;
  const counted: RunStore = Object.assign(Object.create(store.runs) as RunStore, {
    due: (nowMs: number) => {
      looks += 1;
      return store.runs.due(nowMs);
    },
  });
  const bound = bindAll(store.runs, counted);
  const runs = options.runs?.(bound) ?? bound;

  const take = async (job: Job, run: Run, putDown: PutDown): Promise<Run> => {
    started.push({ job: job.name, runId: run.id, at: inShanghai(clock.nowMs()) });
    if (options.runJob) return options.runJob(job, run, putDown);
    const script = scripts[job.name] ?? DONE;
    const turn = takes.get(run.id) ?? 0;
    takes.set(run.id, turn + 1);
    const { afterMs = 0, ...end } = script[Math.min(turn, script.length - 1)] ?? { kind: 'complete' };
    const own = run.kind === 'backfill' ? { checkpoint: checkpointName(run, 'all') } : {};
    const claim = { runId: run.id, job: job.name, partition: 'all', fence, ...own };
    await store.runs.start({ runId: run.id, partitions: [{ key: 'all', scope: {} }], fence, nowMs: clock.nowMs() });
    await store.runs.claim(claim, clock.nowMs());
    if (afterMs > 0) await clock.sleep(afterMs, putDown.signal);
    const settlement = { used: [], unsent: [], attempts: [] };
    await store.runs.endTurn({ claim, end: putDown.end ?? end, settlement, nowMs: clock.nowMs() });
    return store.runs.settle({ runId: run.id, fence, nowMs: clock.nowMs() });
  };

  let stop = stopControl(clock, 1_000);
  let scheduler: Scheduler | null = null;
  const renew = (): Scheduler => {
    stop = stopControl(clock, 1_000);
    const onEvent = (event: RunEvent): void => void events.push(event);
    scheduler = new Scheduler({
      runs,
      clock,
      jobs,
      runJob: take,
      gate: options.gate ?? NO_OUTER_HOURS,
      ...options.rules,
      skipsAhead: store.skipsAhead,
      backfills: store.backfills,
      jobsInFlight,
      fence,
      stop,
      onEvent,
      log: silent,
    });
    return scheduler;
  };
  return {
    clock,
    store,
    fence,
    started,
    events,
    looks: () => looks,
    stop: () => stop,
    scheduler: () => scheduler ?? renew(),
    async serveUntil(iso) {
      const serving = renew().serve();
      const present = stop;
      void clock.sleep(Date.parse(iso) - clock.nowMs()).then(() => present.request('the test is over'));
      await clock.run(serving);
    },
    finish: () => clock.run(renew().finish()),
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The methods of one store with some of another: they keep private state, so each stays bound to its own. */
function bindAll(runs: RunStore, changes: RunStore): RunStore {
  return new Proxy(runs, {
    get(target, name) {
      const own: unknown = Object.hasOwn(changes, name) ? Reflect.get(changes, name) : Reflect.get(target, name);
      return typeof own === 'function' ? (own.bind(target) as unknown) : own;
    },
  });
}

export function inShanghai(atMs: number): string {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(8, 19).replace('T', ' ');
}

/** A job of this name whose slots come by `cron`, in Shanghai. */
export function scheduled(name: string, cron: string, windows?: readonly string[]): Job {
  return policed(name, cron, { ...(windows && { windows }) });
}

/** One that says what becomes of its slots. */
export function policed(name: string, cron: string, more: SlotPolicies & { windows?: readonly string[] }): Job {
  const schedule = { cron, timezone: 'Asia/Shanghai', ...more };
  return ordersJob(['101'], { name, schedule });
}

export function park(iso: string, afterMs = 0): Script[number] {
  return { kind: 'park', untilMs: Date.parse(iso), reason: 'the quota is gone', afterMs };
}
