import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { CLI, environment, makeProject, USERS } from './project';

/** The quota day does not turn over while processes are killed: it ends in May 2033. */
const DAY_MS = 1_000_000_000_000;
const PAGE_SIZE = 10;
/** Blocks of permits: so many calls at most, and so much of what the day has left. */
const BLOCK_CALLS_MAX = 64;
const BLOCK_SHARE_MAX = 1 / 20;
/** Something is wrong when nothing arrives for so long, ms. */
const SILENCE_MS_MAX = 20_000;

export interface QuotaOptions {
  readonly kills: number;
  readonly perDay: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface QuotaReport {
  readonly kills: number;
  readonly perDay: number;
  /** Calls that reached the server in the day, refused ones included. The promise is at most `perDay`. */
  readonly counted: number;
  /** Calls that it refused. The promise is 0. */
  readonly refused: number;
  /** Of the day, lost with killed processes; and what is allowed: a block for each. */
  readonly lost: number;
  readonly lostMax: number;
  /** Lives that made calls; two processes take turns. */
  readonly lives: number;
  readonly exitCode: number | null;
  readonly seconds: number;
}

/**
 * Two daemons on one store: one works, the other stands by. The one that works is killed with SIGKILL at a random moment
 * and started again behind the other, until the quota of the day is spent; then the server's count is compared with it.
 */
export async function quotaLoop({ kills, perDay, random }: QuotaOptions): Promise<QuotaReport> {
  const startedMs = performance.now();
  const orders = Math.ceil((perDay * 1.2 * PAGE_SIZE) / USERS.length);
  const sandbox = await openSandbox({
    day: { kind: 'fixed', lengthMs: DAY_MS },
    latencyMs: [1, 15],
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders, items: 0 }])),
      limits: { appPerDay: perDay, apiQps: null, apiQpsByApi: {} },
    },
  });
  const budgets = { 'app-day': perDay, 'order-list-app-qps': false, 'order-list-user-qps': false } as const;
  const directory = await makeProject(sandbox, { dayMs: DAY_MS, pageSize: PAGE_SIZE, budgets });
  await openRun(sandbox, directory);
  const pair = new Pair(sandbox, directory);
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const left = perDay - sandbox.ledger.attempts().length;
      await pair.work(1 + Math.floor((random() * 2 * left) / (kills - kill + 1)));
      await sleep(random() * 20); // somewhere between two calls, in a commit, in a reservation
      await pair.kill();
    }
    const exitCode = await pair.finish();
    const counted = sandbox.ledger.attempts().length;
    return {
      kills,
      perDay,
      counted,
      refused: sandbox.ledger.overBudget(),
      lost: perDay - counted,
      lostMax: kills * Math.min(BLOCK_CALLS_MAX, Math.ceil(perDay * BLOCK_SHARE_MAX)),
      lives: pair.lives,
      exitCode,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    await pair.end();
    await sandbox.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** The daemons serve what is unfinished: so a run is begun before they hold the store. */
async function openRun(sandbox: Sandbox, directory: string): Promise<void> {
  const args = [CLI, 'run', 'orders', '--max-calls', '1'];
  const child = spawn(process.execPath, args, { cwd: directory, env: environment(sandbox), stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`no run could be begun: ${String(code)}`);
}

interface Daemon {
  readonly child: ChildProcess;
  /** It holds the store. */
  works: boolean;
}

/** Two daemons, of which one holds the store. */
class Pair {
  readonly #sandbox: Sandbox;
  readonly #directory: string;
  readonly #daemons: Daemon[] = [];
  lives = 0;
  /** The run was put down as parked: from then on nobody has anything to do. */
  #isSpent = false;

  constructor(sandbox: Sandbox, directory: string) {
    this.#sandbox = sandbox;
    this.#directory = directory;
    this.#start();
    this.#start();
  }

  /** Until so many more calls have arrived, or the quota is gone. */
  async work(calls: number): Promise<void> {
    const { ledger } = this.#sandbox;
    const until = ledger.attempts().length + calls;
    await this.#until(() => this.#worker !== undefined, 'nobody takes the store over');
    await this.#until(() => this.#isSpent || ledger.attempts().length >= until, 'no call comes');
  }

  /** Kills the one that works, and starts another one behind the one that stands by. */
  async kill(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#daemons.splice(this.#daemons.indexOf(worker), 1);
    const exit = once(worker.child, 'exit');
    worker.child.kill('SIGKILL');
    await exit;
    this.#start();
  }

  /** Lets the quota be spent, then stops both. The exit code of the last one that worked. */
  async finish(): Promise<number | null> {
    await this.#until(() => this.#isSpent && this.#worker !== undefined, 'the quota is not spent');
    const worker = this.#worker;
    await this.end('SIGTERM');
    return worker?.child.exitCode ?? null;
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    // First the one that stands by: it must not take over.
    for (const { child } of this.#daemons.splice(0).sort((a, b) => Number(a.works) - Number(b.works))) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
  }

  get #worker(): Daemon | undefined {
    return this.#daemons.find(({ works }) => works);
  }

  #start(): void {
    const child = spawn(process.execPath, [CLI, 'start'], {
      cwd: this.#directory,
      env: environment(this.#sandbox),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const daemon: Daemon = { child, works: false };
    this.#daemons.push(daemon);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('"msg":"started"')) {
        daemon.works = true;
        this.lives += 1;
      }
      if (text.includes('"state":"parked"')) this.#isSpent = true;
    });
  }

  async #until(holds: () => boolean, otherwise: string): Promise<void> {
    const { ledger } = this.#sandbox;
    let arrivals = ledger.attempts().length;
    let changedMs = performance.now();
    while (!holds()) {
      await sleep(2);
      const now = ledger.attempts().length;
      if (now !== arrivals) changedMs = performance.now();
      arrivals = now;
      if (performance.now() - changedMs > SILENCE_MS_MAX) throw new Error(otherwise);
    }
  }
}
