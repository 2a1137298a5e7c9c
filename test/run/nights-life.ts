import { type Engine, openEngineWhenFree } from '../../src/cli/engine';
import type { Project } from '../../src/cli/project';
import type { OperatorPause } from '../../src/job/operator-pause';
import type { Run } from '../../src/job/run';
import type { RunEvent } from '../../src/run/event';
import { Planning } from '../../src/run/planning';
import { type StopControl, stopControl } from '../../src/run/stop';
import { nextOpenMs } from '../../src/schedule/hours';
import { type HoursOf, hoursOfJobs } from '../../src/schedule/job-hours';
import { parseTimetable, slotAfterMs } from '../../src/schedule/timetable';
import { openDirectQueue } from '../../src/simulation/direct-queue';
import { openMemoryStore, type Store } from '../../src/store/open';
import type { Clock } from '../../src/time/clock';
import { windowAt } from '../../src/time/window';
import { type FakeClock, fakeClock } from '../fake-clock';
import { DAY, nightsProject, type PageOf } from './nights-project';
import { silent } from './setup';

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Between two looks at what operators want. */
const HEARTBEAT_MS = 5 * MINUTE_MS;
const STOP_MS = 5_000;
/** What was carried over from night to night has ended by then. */
const CALM_MS = 2 * 24 * HOUR_MS;

interface Process {
  readonly engine: Engine;
  readonly stop: StopControl;
  readonly serving: Promise<void>;
  isDead: boolean;
}

export interface Asked {
  readonly seed: number;
  readonly startAt: string;
  readonly days: number;
}

/** What was seen to go wrong at the moment, and what only the end can tell. */
export interface Nights {
  readonly store: Store;
  readonly project: Project;
  readonly pagesOf: (job: string) => number;
  readonly faults: readonly string[];
  /** What happened, for whoever looks for a fault. */
  readonly story: readonly string[];
  /** Pages in the order of their commits, by job, partition and run. */
  readonly committed: ReadonlyMap<string, readonly number[]>;
  /** How often each page was asked for. */
  readonly served: ReadonlyMap<string, number>;
  /** By platform and day: what the servers counted. */
  readonly callsOfDay: ReadonlyMap<string, number>;
  /** Processes that were cut off in the middle. */
  readonly kills: number;
  readonly endMs: number;
}

/** Lives through days of random trouble, then through calm ones. */
export async function liveThroughNights({ seed, startAt, days }: Asked, random: () => number): Promise<Nights> {
  const life = new Life(Date.parse(startAt), random);
  await life.begin(seed);
  const untilMs = Date.parse(startAt) + days * 24 * HOUR_MS;
  while (life.clock.nowMs() < untilMs) {
    await life.pass(Math.floor(random() * 90 * MINUTE_MS));
    await life.trouble();
  }
  await life.calmDown();
  await life.pass(CALM_MS);
  await life.end();
  return life;
}

/** What may happen, and how often beside the others. */
const TROUBLES = {
  pause: 3,
  resume: 3,
  unpark: 2,
  restart: 3,
  kill: 3,
  back: 1,
  ahead: 1,
  suspend: 1,
  skip: 1,
  ask: 1,
} as const;

class Life implements Nights {
  readonly clock: FakeClock;
  readonly faults: string[] = [];
  readonly story: string[] = [];
  readonly committed = new Map<string, number[]>();
  readonly served = new Map<string, number>();
  readonly callsOfDay = new Map<string, number>();
  readonly #random: () => number;
  readonly #parts;
  readonly #hoursOf: HoursOf;
  readonly #underWay = new Map<string, number>();
  #store: Store | null = null;
  #process: Process | null = null;
  kills = 0;

  constructor(startMs: number, random: () => number) {
    this.clock = fakeClock(startMs);
    this.#random = random;
    this.#parts = nightsProject(random, (page) => this.#commit(page));
    this.#hoursOf = hoursOfJobs(this.project.config);
  }

  get project(): Project {
    return this.#parts.project;
  }

  get pagesOf(): (job: string) => number {
    return this.#parts.pagesOf;
  }

  get store(): Store {
    if (!this.#store) throw new Error('not begun');
    return this.#store;
  }

  get endMs(): number {
    return this.clock.nowMs();
  }

  async begin(seed: number): Promise<void> {
    this.#store = await openMemoryStore({ clock: this.clock });
    await this.#start();
    const offsets = this.project.jobs.map(({ name }) => ({
      job: name,
      offsetMs: Math.floor(this.#random() * 12) * 5 * MINUTE_MS,
      durationMs: 5 * MINUTE_MS,
      reason: { kind: 'pinned' as const },
    }));
    const plan = { plannedAtMs: this.clock.nowMs(), digest: String(seed), jobs: offsets };
    await this.store.plans.put(plan, this.#present.engine.lease.fence);
    await this.#restart(0);
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async trouble(): Promise<void> {
    const all = Object.entries(TROUBLES).flatMap(([kind, weight]) =>
      Array.from({ length: weight }, () => kind as keyof typeof TROUBLES),
    );
    const kind = this.#one(all);
    this.#tell(kind);
    switch (kind) {
      case 'pause':
        await this.store.operatorPauses.put([this.#newPause()]);
        break;
      case 'resume':
        await this.#resumeAll();
        break;
      case 'unpark':
        await this.store.orders.unpark({}, { jobs: this.#jobsByPlatform(), nowMs: this.clock.nowMs() });
        break;
      case 'restart':
        await this.#restart(this.#downtimeMs());
        break;
      case 'kill':
        await this.#kill(this.#downtimeMs());
        break;
      case 'back':
        this.clock.step(-Math.floor(this.#random() * 2 * HOUR_MS));
        break;
      case 'ahead':
        this.clock.step(Math.floor(this.#random() * 20 * MINUTE_MS));
        break;
      case 'suspend':
        this.clock.step(Math.floor(this.#random() * 10 * HOUR_MS));
        break;
      case 'skip':
        await this.#skipNext();
        break;
      case 'ask':
        await this.#ask();
        break;
    }
  }

  async calmDown(): Promise<void> {
    await this.#resumeAll();
  }

  async end(): Promise<void> {
    await this.#stop();
  }

  get #present(): Process {
    if (!this.#process) throw new Error('no process');
    return this.#process;
  }

  async #start(): Promise<void> {
    const { store, clock } = this;
    const stop = stopControl(clock, STOP_MS);
    const life = { isDead: false };
    const own = mortal(clock, life);
    const hoursOf = this.#hoursOf;
    const planning = new Planning({
      plans: store.plans,
      runs: store.runs,
      jobs: this.project.jobs,
      hoursOf,
      requestAt: () => Promise.reject(new Error('the plan stays')),
      digest: '',
      clock: own,
      log: silent,
    });
    await planning.load();
    const { startOf } = planning;
    const opening = openEngineWhenFree(
      {
        project: this.project,
        store,
        log: silent,
        stop,
        onEvent: (event) => this.#watch(event),
        command: 'nights',
        clock: own,
        random: this.#random,
        openQueue: openDirectQueue,
        http: this.#parts.httpOn(own, (platform, page) => this.#serve(platform, page)),
        startOf,
        rhythm: { heartbeatMs: HEARTBEAT_MS, lookMsMax: MINUTE_MS },
      },
      () => undefined,
    );
    const engine = await clock.run(opening, { turns: 2 });
    if (!engine) throw new Error('stopped before it began');
    const serving = engine.scheduler
      .serve()
      .catch((thrown: unknown) => this.#fault(`the daemon ended: ${String(thrown)}`));
    this.#process = Object.assign(life, { engine, stop, serving });
  }

  async #stop(): Promise<void> {
    const { engine, stop, serving } = this.#present;
    stop.request('a restart');
    await this.clock.run(
      serving.then(() => engine.close()),
      { turns: 2 },
    );
    if (this.#underWay.size > 0) this.#fault(`left under way by a stop: ${[...this.#underWay.keys()].join()}`);
    this.#underWay.clear();
  }

  async #restart(downMs: number): Promise<void> {
    await this.#stop();
    await this.pass(downMs);
    await this.#start();
  }

  async #kill(downMs: number): Promise<void> {
    this.#present.isDead = true;
    this.kills += 1;
    this.#underWay.clear();
    await this.pass(downMs);
    await this.#start();
  }

  #downtimeMs(): number {
    return this.#random() < 0.6 ? 1_000 : Math.floor(this.#random() * 5 * HOUR_MS);
  }

  #newPause(): OperatorPause {
    const sinceMs = this.clock.nowMs();
    const isOfPlatform = this.#random() < 0.3;
    const name = isOfPlatform ? this.#one(['east', 'west']) : this.#one(this.project.jobs).name;
    const untilMs = this.#random() < 0.5 ? null : sinceMs + Math.floor(this.#random() * 8 * HOUR_MS) + 1;
    return { kind: isOfPlatform ? 'platform' : 'job', name, reason: 'trouble', by: 'ann', sinceMs, untilMs };
  }

  async #resumeAll(): Promise<void> {
    const nowMs = this.clock.nowMs();
    await this.store.operatorPauses.end(await this.store.operatorPauses.list(nowMs), { by: 'ann', nowMs });
  }

  async #skipNext(): Promise<void> {
    const { name, schedule } = this.#one(this.project.jobs);
    const askedAtMs = this.clock.nowMs();
    if (!schedule) return;
    const slotAtMs = slotAfterMs(parseTimetable(schedule, name), askedAtMs);
    await this.store.skipsAhead.put([{ job: name, slotAtMs, reason: 'trouble', by: 'ann', askedAtMs }]);
  }

  async #ask(): Promise<void> {
    const { engine } = this.#present;
    const job = this.#one(this.project.jobs).name;
    await this.store.runs.open({ job, slotAtMs: this.clock.nowMs(), kind: 'manual', fence: engine.lease.fence });
    engine.scheduler.wake();
  }

  #jobsByPlatform(): Record<string, string[]> {
    const of = (platform: string): string[] =>
      this.project.jobs.filter((job) => job.platform === platform).map(({ name }) => name);
    return { east: of('east'), west: of('west') };
  }

  #watch(event: RunEvent): void {
    if (event.kind === 'run-started') this.#checkStart(event.run);
    if (event.kind === 'run-ended') this.#underWay.delete(event.run.job);
    if (event.kind === 'run-failed') this.#fault(`run of ${event.job} failed: ${event.reason}`);
    if (event.kind === 'failed') this.#fault(`${event.job}/${event.partition} failed: ${event.reason}`);
  }

  #checkStart(run: Run): void {
    const nowMs = this.clock.nowMs();
    const job = this.project.jobs.find(({ name }) => name === run.job);
    if (!job) return;
    const what = `${run.kind} run ${run.id} of ${run.job}`;
    if (this.#underWay.has(run.job)) this.#fault(`${what} beside run ${this.#underWay.get(run.job)}`);
    this.#underWay.set(run.job, run.id);
    if (run.kind !== 'manual' && nextOpenMs(this.#hoursOf(job), nowMs) > nowMs)
      this.#fault(`${what} outside its hours`);
    const isFirst = run.startedAtMs === nowMs;
    if (isFirst && run.startAtMs !== null && run.startAtMs > nowMs) this.#fault(`${what} before its planned start`);
    if (this.#present.engine.pauses.heldUntilMs(job, nowMs) > nowMs) this.#fault(`${what} in a pause`);
  }

  #serve(platform: string, page: PageOf): void {
    const { startMs } = windowAt(DAY, 'day', this.clock.nowMs());
    count(this.callsOfDay, `${platform} ${new Date(startMs).toISOString()}`);
    count(this.served, `${keyOf(page)} ${page.page}`);
  }

  #commit(page: PageOf): void {
    const pages = this.committed.get(keyOf(page));
    if (pages) pages.push(page.page);
    else this.committed.set(keyOf(page), [page.page]);
  }

  #fault(text: string): void {
    this.#tell(text);
    this.faults.push(`${new Date(this.clock.nowMs()).toISOString()} ${text}`);
  }

  #tell(text: string): void {
    this.story.push(`${new Date(this.clock.nowMs()).toISOString()} ${text}`);
  }

  #one<Of>(all: readonly Of[]): Of {
    const found = all[Math.floor(this.#random() * all.length)];
    if (found === undefined) throw new Error('nothing to choose from');
    return found;
  }
}

/** By job, partition and run. */
export function keyOf({ job, partition, runAtMs }: Omit<PageOf, 'page'>): string {
  return `${job}/${partition} ${runAtMs}`;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The clock of a process that may be killed: then nothing that waits for it goes on. */
function mortal(clock: Clock, life: { readonly isDead: boolean }): Clock {
  return {
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    async sleep(durationMs, signal) {
      await clock.sleep(durationMs, signal);
      if (life.isDead) await new Promise(() => undefined);
    },
  };
}
