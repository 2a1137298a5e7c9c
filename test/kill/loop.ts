import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { differences, exportOf } from './export';
import { Life, live, type Place } from './life';
import { mostRepeated, standingOf } from './oracle';
import { type KillProject, LONG_DAY_MS, makeProject, USERS } from './project';

/** A quota day, and what it allows: it turns over many times while processes are killed. */
const DAY_MS = 3_000;
const APP_PER_DAY = 40;
const USER_PER_DAY = 16;
/** What the sandbox enforces, and what Offpeak is told: a busy machine delays arrivals by more than a network would. */
const QPS = 40;
const TOLD_QPS = 36;
const PAGE_SIZE = 10;
/** Pages that a life gets through on average before it is killed; so much work there is for every kill. */
const PAGES_PER_LIFE = 5;
/** A life is killed after at most so long, also when it is parked and sends nothing; and one of so many while it starts. */
const LIFE_MS_MAX = 1_500;
const START_MS_MAX = 400;
const STARTS_SHARE = 1 / 6;
/** Lives between two looks at what the dead left. */
const LOOK_EVERY = 10;

export interface KillReport {
  readonly kills: number;
  /** Kills of a process while another one stood by, or held the store. */
  readonly competing: number;
  readonly pages: number;
  readonly missing: number;
  /** Records that were stored and that the sandbox never held. */
  readonly invented: number;
  /** Most pages of one partition that one life fetched again. The promise is 1. */
  readonly repeatedMax: number;
  /** Attempts that the sandbox refused by any limit. The promise is 0. */
  readonly overspent: number;
  /** Attempts that the ledger of Offpeak did not know of when a process was dead. The promise is 0. */
  readonly uncounted: number;
  /** Partitions that were found with a page that is not whole. The promise is 0. */
  readonly torn: number;
  /** From the output of a process that nobody killed, over the same data. The promise is none. */
  readonly differences: readonly string[];
  /** Calls of the busiest quota day, and what was allowed. */
  readonly busiestDay: number;
  readonly allowedPerDay: number;
  /** Exit code of the last life, which nobody killed. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

export interface KillOptions {
  readonly kills: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly onProgress?: (done: number) => void;
}

/**
 * Runs a job in processes of their own, by `run --wait` and by the daemon, kills them with SIGKILL at random moments, and
 * compares in the end what the sandbox served with what the store holds.
 */
export async function killLoop(options: KillOptions): Promise<KillReport> {
  const startedMs = performance.now();
  const { kills } = options;
  const orders = Math.ceil((kills * PAGES_PER_LIFE * PAGE_SIZE) / USERS.length);
  const untilMs = Date.now();
  const [place, calm] = await Promise.all([openLimited(orders, untilMs), openCalm(orders, untilMs)]);
  try {
    const killing = new Killing(place, options);
    await killing.killOften();
    const { code: exitCode } = await live(place, ['run', 'orders', '--wait']);
    await live(calm, ['run', 'orders']);
    const { ledger } = place.sandbox;
    return {
      kills,
      competing: killing.competing,
      pages: ledger.pagesServed().length,
      ...recordsOf(place),
      repeatedMax: mostRepeated(ledger.attempts(), killing.ends),
      overspent: ledger.overBudget(),
      ...killing.harm,
      differences: differences(exportOf(place), exportOf(calm)),
      busiestDay: Math.max(...ledger.attemptsByWindow({ windowMs: 'day' }).map(({ count }) => count)),
      allowedPerDay: APP_PER_DAY,
      exitCode,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    for (const { sandbox, directory } of [place, calm]) {
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    }
  }
}

function recordsOf({ directory, sandbox }: Place): Pick<KillReport, 'missing' | 'invented'> {
  const stored = new Set(exportOf({ directory }).records.map((row) => (JSON.parse(row) as { key: string }).key));
  const held = new Set([...sandbox.kuaishou.orderIds()].map(String));
  return {
    missing: [...held].filter((id) => !stored.has(id)).length,
    invented: [...stored].filter((id) => !held.has(id)).length,
  };
}

/** Lives one after the other, and what was found of them. */
class Killing {
  readonly #place: Place;
  readonly #options: KillOptions;
  /** Loaded while another one works. */
  #next: Life | null = null;
  competing = 0;
  /** Arrivals at the end of each life. */
  readonly ends: number[] = [];
  readonly harm = { uncounted: 0, torn: 0 };

  constructor(place: Place, options: KillOptions) {
    this.#place = place;
    this.#options = options;
  }

  async killOften(): Promise<void> {
    const { kills, onProgress } = this.#options;
    // The daemon serves what is unfinished: so a run is begun before.
    await live(this.#place, ['run', 'orders', '--max-calls', '1']);
    this.#noteEnd();
    for (let kill = 1; kill <= kills; kill += 1) {
      await this.#killOne();
      if (kill % LOOK_EVERY === 0 || kill === kills) this.#look();
      onProgress?.(kill);
    }
    await this.#next?.kill();
  }

  /** Every third life has a rival that wants the store, too, and that is killed with it or a moment later. */
  async #killOne(): Promise<void> {
    const { random } = this.#options;
    const life = this.#begin();
    const rival = random() < 1 / 3 ? this.#begin() : null;
    if (rival) this.competing += 1;
    this.#next = this.#load();
    await this.#untilMoment(life);
    await life.kill();
    this.#noteEnd();
    if (!rival) return;
    if (random() < 1 / 2) await this.#untilMoment(rival);
    await rival.kill();
    this.#noteEnd();
  }

  #begin(): Life {
    const life = this.#next ?? this.#load();
    this.#next = null;
    life.begin();
    return life;
  }

  #load(): Life {
    const args = this.#options.random() < 1 / 2 ? ['run', 'orders', '--wait'] : ['start'];
    return new Life(this.#place, args, { waits: true });
  }

  /** Somewhere: at the start, between two calls, in a commit, in a reservation, while it is parked. */
  async #untilMoment(life: Life): Promise<void> {
    const { random } = this.#options;
    const { ledger } = this.#place.sandbox;
    const arrivals = ledger.totals().arrivals + 1 + Math.floor(random() * PAGES_PER_LIFE * 2);
    const lifeMs = random() < STARTS_SHARE ? random() * START_MS_MAX : LIFE_MS_MAX;
    const untilMs = performance.now() + lifeMs;
    while (!life.isOver && ledger.totals().arrivals < arrivals && performance.now() < untilMs) await sleep(1);
    await sleep(random() * 20);
  }

  #noteEnd(): void {
    this.ends.push(this.#place.sandbox.ledger.totals().arrivals);
  }

  #look(): void {
    const { torn, uncounted } = standingOf(this.#place);
    this.harm.torn += torn.length;
    this.harm.uncounted += uncounted;
  }
}

function openLimited(orders: number, untilMs: number): Promise<Place> {
  const limits = { appPerDay: APP_PER_DAY, userPerDay: USER_PER_DAY, apiQpsByApi: { 'open.order.cursor.list': QPS } };
  const testUsers = [USERS[0]];
  return openPlace(
    { day: { kind: 'fixed', lengthMs: DAY_MS }, kuaishou: { ...merchants(orders), testUsers, limits } },
    {
      dayMs: DAY_MS,
      pageSize: PAGE_SIZE,
      untilMs,
      testUsers,
      budgets: {
        'app-day': APP_PER_DAY,
        'test-user-day': USER_PER_DAY,
        'order-list-app-qps': TOLD_QPS,
        'order-list-user-qps': TOLD_QPS,
      },
    },
  );
}

function openCalm(orders: number, untilMs: number): Promise<Place> {
  const perDay = orders * USERS.length;
  const limits = { appPerDay: perDay, apiQps: null, apiQpsByApi: {} };
  return openPlace(
    { kuaishou: { ...merchants(orders), limits } },
    {
      dayMs: LONG_DAY_MS,
      pageSize: PAGE_SIZE,
      untilMs,
      budgets: { 'app-day': perDay, 'order-list-app-qps': false, 'order-list-user-qps': false },
    },
  );
}

async function openPlace(options: Parameters<typeof openSandbox>[0], project: KillProject): Promise<Place> {
  const nowMs = project.untilMs;
  const sandbox: Sandbox = await openSandbox({
    latencyMs: [5, 40],
    arrivalsMax: 1_000_000,
    ...(nowMs && { nowMs }),
    ...options,
  });
  return { sandbox, directory: await makeProject(sandbox, project) };
}

function merchants(orders: number): { merchants: Record<string, { orders: number; items: number }> } {
  return { merchants: Object.fromEntries(USERS.map((user) => [user, { orders, items: 0 }])) };
}
