import type { Project } from '../../src/cli/project';
import type { TokenSet, TokenSource } from '../../src/platform/platform';
import { chanceOf } from '../../src/schedule/chance';
import type { Store } from '../../src/store/open';
import type { VirtualClock } from '../../src/time/virtual-clock';
import { Computer } from './computer';
import type { Database, FindOpener } from './database';
import { Journal } from './journal';
import { KuaishouServer } from './kuaishou-server';
import { MallServer } from './mall-server';
import type { Mood } from './moods';
import { Network } from './network';
import { Operator } from './operator';
import { PROMPT_MS } from './oracle/progress';
import { mallDay, PARTITIONS, projectOf, RECORDS_PER_DAY, type Settings, SHOP_DAY } from './project';
import type { Scenario } from './scenario';
import type { PlatformServer } from './server';
import { Source } from './source';
import { Supervisor } from './supervisor';
import { Watch } from './watch';

const DAY_MS = 86_400_000;
/** What came into being so long before the end is in the store by then. */
const SETTLED_MS = 30 * 3_600_000;
/** Partitions side by side on one platform. */
const IN_FLIGHT_MAX = 4;
const SETTINGS: Settings = { shopLimit: 27, mallLimit: 23, hasExtra: true, nightlyMinute: 30 };

export interface WorldOptions {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly openDatabase: (nowMs: number, find: FindOpener) => Promise<Database>;
  /** Breaks the store on purpose, to see that it is found. */
  readonly sabotage?: ((store: Store) => Store) | undefined;
}

/** Platforms, a machine, processes of Offpeak and operators: everything that faults act on. */
export class World {
  readonly journal: Journal;
  readonly computer: Computer;
  readonly servers: readonly PlatformServer[];
  readonly supervisor: Supervisor;
  readonly operator: Operator;
  readonly watch: Watch;
  readonly #options: WorldOptions;
  readonly #database: Database;
  readonly #shop: KuaishouServer;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #tokens = new Map<string, TokenSet>();
  readonly #projects = new Map<string, Project>();
  readonly #looks = new Set<number>();
  /** Jobs whose slots are others than at first. */
  readonly #rescheduled = new Set<string>();
  #settings = SETTINGS;
  #freshSinceMs = 0;
  #touchedUntilMs = 0;

  static async open(options: WorldOptions): Promise<World> {
    let world: World | null = null;
    const database = await options.openDatabase(options.clock.nowMs(), (pid) => world?.supervisor.find(pid));
    world = new World(options, database);
    return world;
  }

  private constructor(options: WorldOptions, database: Database) {
    const { scenario, clock } = options;
    const random = chanceOf(scenario.seed ^ 0x5eed);
    this.#options = options;
    this.#database = database;
    this.journal = new Journal(() => clock.nowMs());
    this.computer = new Computer(clock);
    this.#sources = sourcesOf(scenario);
    const parts = { sources: this.#sources, random };
    this.#shop = new KuaishouServer({ ...parts, day: SHOP_DAY, limit: SETTINGS.shopLimit });
    const mall = new MallServer({ ...parts, day: mallDay(scenario.zone), limit: SETTINGS.mallLimit });
    this.servers = [this.#shop, mall];
    for (const user of PARTITIONS['orders'] ?? []) this.#tokens.set(user, this.#shop.consent(user, clock.nowMs()));
    this.supervisor = this.#openSupervisor(new Network({ clock, random, servers: this.servers }));
    this.watch = this.#openWatch();
    this.operator = this.#openOperator();
  }

  get store(): Store {
    return this.#database.outside;
  }

  stepClock(byMs: number, wrongForMs: number): void {
    if (this.computer.wallOffsetMs !== 0) return;
    this.computer.step(byMs);
    this.watch.parks.doubted(this.#nowMs);
    this.supervisor.tickSoon();
    this.after(wrongForMs, () => {
      this.computer.setRight();
      this.watch.parks.doubted(this.#nowMs);
      this.supervisor.tickSoon();
    });
  }

  async suspend(forMs: number): Promise<void> {
    await this.computer.suspend(forMs);
    this.watch.parks.doubted(this.#nowMs);
    this.supervisor.tickSoon();
  }

  fillDisk(forMs: number): void {
    this.computer.isDiskFull = true;
    this.after(forMs, () => {
      this.computer.isDiskFull = false;
      this.supervisor.tickSoon();
    });
  }

  setMood(server: PlatformServer, mood: Mood, forMs: number): void {
    server.moods.begin(mood, this.#nowMs + forMs);
  }

  expireTokens(): void {
    this.#shop.expireTokens();
  }

  insertRecords(count: number, random: () => number): void {
    const sources = [...this.#sources.values()];
    sources[Math.floor(random() * sources.length)]?.insert(this.#nowMs, count);
  }

  drawAsStranger(server: PlatformServer, calls: number): void {
    server.ledger.at(this.#nowMs).strangers += calls;
  }

  /** Until the end of the platform's day. */
  limitAtServer({ ledger }: PlatformServer, share: number): void {
    const day = ledger.at(this.#nowMs);
    day.limit = Math.round(day.limit * share);
  }

  async restoreQuota(server: PlatformServer): Promise<void> {
    const day = server.ledger.at(this.#nowMs);
    day.restored = day.ours + day.strangers;
    await this.operator.unpark();
  }

  /** Takes effect with the next process. */
  change(change: (settings: Settings) => Partial<Settings>): void {
    const before = this.#settings;
    this.#settings = { ...before, ...change(before) };
    if (this.#settings.hasExtra !== before.hasExtra) this.#rescheduled.add('extra');
    if (this.#settings.nightlyMinute !== before.nightlyMinute) this.#rescheduled.add('nightly');
  }

  /** What only the end can tell. */
  async checkEnd(nowMs: number): Promise<void> {
    const { watch, store } = this;
    await watch.progress.checkEnded(store, nowMs);
    watch.pages.checkAll(nowMs - SETTLED_MS);
    const jobs = this.#project.jobs.filter(({ name }) => !this.#rescheduled.has(name));
    await watch.slots.check(store, jobs, { sinceMs: this.#options.scenario.startMs, nowMs });
  }

  /** Nothing goes wrong any more. */
  async calmDown(): Promise<void> {
    this.supervisor.armCrash(null);
    this.computer.isDiskFull = false;
    for (const server of this.servers) server.moods.clear();
    await this.operator.resumeAll();
    this.change(() => SETTINGS);
    this.supervisor.restartAll(1_000);
  }

  /** Checks what holds at every instant. */
  async look(): Promise<void> {
    const { computer, store, watch } = this;
    // While the clock is wrong nobody knows which day the ledger takes for the present one.
    if (computer.wallOffsetMs === 0) {
      const usages = await store.ledger.usage(this.#nowMs);
      for (const server of this.servers) watch.calls.checkLedger(server, usages, this.#nowMs);
    }
    const process = this.supervisor.holder;
    if (!process || process.isFrozen || computer.isSuspended || computer.isDiskFull) return;
    const healthySinceMs = Math.max(this.#freshSinceMs, this.#touchedUntilMs);
    await watch.progress.look({ store, process, healthySinceMs, nowMs: computer.nowMs() });
  }

  async close(): Promise<void> {
    this.supervisor.end();
    await this.#database.close();
  }

  after(ms: number, act: () => void | Promise<void>): void {
    void this.#options.clock.sleep(ms).then(act);
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  get #project(): Project {
    const { zone, startMs } = this.#options.scenario;
    const key = JSON.stringify(this.#settings);
    const known = this.#projects.get(key);
    if (known) return known;
    const project = projectOf({ ...this.#settings, zone, startMs, tokens: this.#tokenSource() });
    this.#projects.set(key, project);
    return project;
  }

  #fresh(): void {
    this.#freshSinceMs = this.computer.nowMs();
  }

  #openSupervisor(network: Network): Supervisor {
    const { clock, scenario, sabotage = (store: Store) => store } = this.#options;
    const { computer, journal } = this;
    return new Supervisor({
      seed: scenario.seed,
      clock,
      computer,
      network,
      journal,
      project: () => this.#project,
      openStore: async (pid, place) => sabotage(await this.#database.openFor(pid, place)),
      watcher: () => this.watch,
      onFresh: () => this.#fresh(),
      onStart: () => this.#mayGoAstray(1),
      onGone: (how) => {
        this.watch.progress.allEnded();
        if (how === 'stopped') return;
        this.#mayGoAstray(IN_FLIGHT_MAX);
        for (const server of this.servers) this.watch.calls.mayAskAgain(server, this.#nowMs);
      },
    });
  }

  #mayGoAstray(calls: number): void {
    if (this.computer.wallOffsetMs === 0) return;
    for (const server of this.servers) this.watch.calls.mayGoAstray(server, calls, this.#nowMs);
  }

  #openWatch(): Watch {
    const { journal, computer, supervisor, servers } = this;
    return new Watch({
      servers,
      journal,
      computer,
      sources: this.#sources,
      kept: this.#database.kept,
      nowMs: () => this.#nowMs,
      on: {
        diesAt: (process, at) => supervisor.diesAt(process, at),
        beforeAcquire: (process) => supervisor.renewOthers(process),
        ended: (process, why) => supervisor.ended(process, why),
      },
      onParked: (untilMs) => this.#lookAfter(untilMs),
    });
  }

  #openOperator(): Operator {
    const { store, computer, supervisor, watch } = this;
    return new Operator({
      store,
      jobs: () => this.#project.jobs,
      nowMs: () => computer.nowMs(),
      fence: () => supervisor.holder?.fence ?? null,
      onEdited: (name) => watch.pages.edited(name),
      onTouched: (untilMs = computer.nowMs()) => {
        this.#touchedUntilMs = Math.max(this.#touchedUntilMs, untilMs);
        supervisor.tickSoon();
      },
      onUnparked: () => {
        for (const server of this.servers) watch.calls.mayAskAgain(server, this.#nowMs);
      },
    });
  }

  /** When what is parked should be under way again. */
  #lookAfter(untilMs: number): void {
    if (this.#looks.has(untilMs)) return;
    this.#looks.add(untilMs);
    this.after(untilMs + PROMPT_MS + 1_000 - this.computer.nowMs(), () => this.look());
  }

  /** Kept beside the store, as a file of tokens is. */
  #tokenSource(): TokenSource {
    return {
      load: (owner) => Promise.resolve(this.#tokens.get(owner) ?? null),
      save: (owner, tokens) => {
        this.#tokens.set(owner, tokens);
        return Promise.resolve();
      },
    };
  }
}

function sourcesOf({ seed, startMs, days }: Scenario): Map<string, Source> {
  const sources = new Map<string, Source>();
  for (const [job, partitions] of Object.entries(PARTITIONS))
    for (const partition of partitions) {
      const span = { fromMs: startMs, toMs: startMs + (days + 4) * DAY_MS, perDay: RECORDS_PER_DAY[job] ?? 1 };
      sources.set(`${job}/${partition}`, new Source({ seed, partition: `${job}-${partition}`, ...span }));
    }
  return sources;
}
