import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, EVERYTHING, openEngine, type RunSelection } from '../../src/cli/engine';
import type { Project } from '../../src/cli/project';
import { parseConfig } from '../../src/config';
import { openHttp } from '../../src/http/open';
import type { Platform } from '../../src/index';
import type { Job } from '../../src/job/parse';
import type { Run, RunKind } from '../../src/job/run';
import type { Disk } from '../../src/limit/disk';
import type { Log } from '../../src/log';
import { type KuaishouOptions, kuaishou } from '../../src/platform/bundled/kuaishou';
import { memoryTokens } from '../../src/platform/token-source';
import { NO_DISK } from '../../src/run/disk-watch';
import type { OnRunEvent, RunEvent } from '../../src/run/event';
import { type StopControl, stopControl } from '../../src/run/stop';
import type { SandboxOptions } from '../../src/sandbox/options';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { SecretVault, secret } from '../../src/secrets';
import type { Machine } from '../../src/store/machine';
import { openStore, type Store } from '../../src/store/open';
import type { Clock } from '../../src/time/clock';
import type { DayRule } from '../../src/time/window';
import { type FakeClock, fakeClock } from '../fake-clock';
import { type JobChanges, ordersJob } from './jobs';
import { type WatchedClock, watched } from './watched-clock';

const SHANGHAI: DayRule = { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' };
/** The heartbeats of a whole day take seconds to play: the clock starts shortly before the reset. */
export const START = '2026-03-02T23:50:00+08:00';
/** The reset after it, and the guard for the difference of the clocks. */
export const RESUME_AT = Date.parse('2026-03-03T00:00:02+08:00');
/** From the request to stop to the deadline, ms. */
export const STOP_MS = 5_000;

/** One process's worth of Offpeak. */
export interface Process {
  readonly store: Store;
  readonly engine: Engine;
  readonly stop: StopControl;
  /** Takes the job's unfinished run, or a new one, as far as it goes now. */
  take(job: Job, selection?: Partial<RunSelection>): Promise<Run>;
  /** As an orderly end: the lease is let go. */
  close(): Promise<void>;
}

/** Processes of Offpeak on a fake clock, against a sandbox over real HTTP and a real SQLite file. */
export interface Bundle {
  readonly clock: FakeClock;
  /** The clock as a process sees it. */
  readonly engineClock: Clock;
  readonly sandbox: Sandbox;
  readonly events: RunEvent[];
  /** Also told of each event. */
  onEvent: OnRunEvent;
  /** Asks the present process to stop once so many more pages are committed. */
  readonly stopAfterPages: (pages: number) => void;
  readonly directory: string;
  /** The first of the jobs. */
  readonly job: Job;
  readonly jobs: readonly Job[];
  process: Process;
  readonly store: Store;
  /** Moves the clock until the promise settles, waiting for replies that are on their way. */
  readonly play: <T>(promise: Promise<T>) => Promise<T>;
  /** `take` of the present process, played to its end. */
  readonly run: (selection?: Partial<RunSelection>, job?: Job) => Promise<Run>;
  /** Ends the process and begins another one. */
  readonly restart: () => Promise<void>;
  /** One more process on the same file. */
  readonly another: (machine?: Machine) => Promise<Process>;
  readonly close: () => Promise<void>;
}

export type PlatformChanges = (shop: Platform, sandbox: Sandbox) => Partial<Platform>;

export interface SetupOptions {
  readonly sandbox?: SandboxOptions;
  readonly kuaishou?: Partial<KuaishouOptions>;
  /** Changes what the platform decides. */
  readonly platform?: PlatformChanges;
  /** Changes what the store does for the engine. */
  readonly ports?: (store: Store) => Partial<Store>;
  /** Of the sandbox and of the platform. Default Shanghai's days. */
  readonly day?: DayRule;
  readonly job?: JobChanges;
  readonly jobs?: (users: readonly string[]) => readonly Job[];
  readonly users?: readonly string[];
  readonly machine?: Machine;
  /** Values of the environment, instead of the sandbox's. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly startAt?: string;
  readonly random?: () => number;
  /** Default one without end. */
  readonly disk?: Disk;
  readonly log?: Log;
  /** Changes the clock as a process of Offpeak sees it: its machine may be wrong, the platform's is not. */
  readonly clock?: (clock: Clock) => Clock;
}

export async function setup(options: SetupOptions = {}): Promise<Bundle> {
  const { day = SHANGHAI, machine, startAt = START, random = () => 0.5 } = options;
  const clock = fakeClock(Date.parse(startAt));
  const seen = watched(clock);
  const watch = { ...seen, engine: options.clock?.(seen.engine) ?? seen.engine };
  const { engine: engineClock, sandbox: sandboxClock, quiet } = watch;
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-run-'));
  const sandbox = await openSandbox({ clock: sandboxClock, day, ...options.sandbox });
  const shop = await shopOf(sandbox, { day, ...options.kuaishou });
  const platform = { ...shop, ...options.platform?.(shop, sandbox) };
  const users = options.users ?? sandbox.kuaishou.userIds;
  const jobs = options.jobs?.(users) ?? [ordersJob(users, options.job)];
  const project = projectOf({ directory, platform, jobs, sandbox, secrets: options.secrets ?? {} });
  const events: RunEvent[] = [];
  let told: OnRunEvent = () => undefined;
  const opened: Process[] = [];
  const another = async (onMachine?: Machine): Promise<Process> => {
    const onEvent: OnRunEvent = (event) => {
      events.push(event);
      told(event);
    };
    const { ports = () => ({}) } = options;
    const { disk = NO_DISK, log = silent } = options;
    const parts = { project, watch, onEvent, random, machine: onMachine, ports, disk, log };
    const process = await openProcess(parts);
    opened.push(process);
    return process;
  };
  const play: Bundle['play'] = (promise) => clock.run(promise, { quiet });
  const bundle: Bundle = {
    clock,
    engineClock,
    sandbox,
    events,
    get onEvent() {
      return told;
    },
    set onEvent(onEvent) {
      told = onEvent;
    },
    stopAfterPages(pages) {
      let left = pages;
      told = ({ kind }) => {
        if (kind === 'page' && (left -= 1) === 0) bundle.process.stop.request('in the middle');
      };
    },
    directory,
    job: jobs[0]!,
    jobs,
    process: await another(machine),
    get store() {
      return bundle.process.store;
    },
    play,
    run: (selection = {}, job = bundle.job) => play(bundle.process.take(job, selection)),
    async restart() {
      await play(bundle.process.close());
      bundle.process = await another(machine);
    },
    another,
    async close() {
      for (const process of opened) await play(process.close());
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return bundle;
}

interface ProcessParts {
  readonly project: Project;
  readonly watch: WatchedClock;
  readonly onEvent: OnRunEvent;
  readonly random: () => number;
  readonly machine: Machine | undefined;
  readonly ports: (store: Store) => Partial<Store>;
  readonly disk: Disk;
  readonly log: Log;
}

async function openProcess({
  project,
  watch,
  onEvent,
  random,
  machine,
  ports,
  disk,
  log,
}: ProcessParts): Promise<Process> {
  const clock = watch.engine;
  const store = await openStore(join(project.directory, 'test.db'), {
    clock,
    nextTurn: watch.nextTurn,
    ...(machine && { machine }),
  });
  const stop = stopControl(clock, STOP_MS);
  const changed = { ...store, ...ports(store) };
  const engine = await openEngine({
    project,
    store: changed,
    openQueue: watch.openQueue,
    http: watch.http(openHttp({ clock, limits: { bodyBytesMax: project.config.replyBytesMax } })),
    stop,
    clock,
    command: 'test',
    log,
    disk,
    random,
    onEvent,
  });
  let isOpen = true;
  return {
    store,
    engine,
    stop,
    async take(job, selection = {}) {
      const run = (await store.runs.unfinished(job.name)) ?? (await openRun(store, job, engine.lease.fence));
      return engine.runOnce(job, run, { ...EVERYTHING, ...selection });
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await engine.close();
      await store.close();
    },
  };

  function openRun(on: Store, job: Job, fence: number): Promise<Run> {
    return openSlot(on, { job: job.name, slotAtMs: clock.nowMs(), kind: 'manual', fence });
  }
}

export async function openSlot(
  store: Store,
  slot: { job: string; slotAtMs: number; kind: RunKind; fence: number },
): Promise<Run> {
  const run = await store.runs.open(slot);
  if (!run) throw new Error('the slot has its run');
  return run;
}

export const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

async function shopOf(sandbox: Sandbox, options: Partial<KuaishouOptions> = {}): Promise<Platform> {
  const tokens = memoryTokens();
  for (const user of sandbox.kuaishou.userIds) {
    const pair = sandbox.kuaishou.tokens(user);
    if (pair) await tokens.save(user, { ...pair, expiresAtMs: null });
  }
  return kuaishou({
    appKey: sandbox.kuaishou.appKey,
    signSecret: secret('env:SIGN_SECRET'),
    appSecret: secret('env:APP_SECRET'),
    baseUrl: sandbox.kuaishou.url,
    tokens,
    ...options,
  });
}

interface ProjectParts {
  readonly directory: string;
  readonly platform: Platform;
  readonly jobs: readonly Job[];
  readonly sandbox: Sandbox;
  readonly secrets: Readonly<Record<string, string>>;
}

function projectOf({ directory, platform, jobs, sandbox, secrets }: ProjectParts): Project {
  const values: Record<string, string> = {
    SIGN_SECRET: sandbox.kuaishou.signSecret,
    APP_SECRET: sandbox.kuaishou.appSecret,
    APIG_PASSWORD: sandbox.apig.password,
    ...secrets,
  };
  const vault = new SecretVault({ env: (name) => values[name], file: () => '' });
  const config = parseConfig({ platforms: { shop: platform } }, 'offpeak.config.ts');
  return { directory, config, jobs, broken: [], warnings: [], vault };
}
