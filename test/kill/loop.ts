import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from '../../src/sandbox/arrival';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { openStore } from '../../src/store/open';
import { CLI, environment, makeProject, USERS } from './project';

/** A quota day, and what it allows: it turns over many times while processes are killed. */
const DAY_MS = 5_000;
const APP_PER_DAY = 60;
const USER_PER_DAY = 25;
/** What the sandbox enforces, and what Offpeak is told: a busy machine delays arrivals by more than a network would. */
const QPS = 40;
const TOLD_QPS = 36;
const PAGE_SIZE = 10;
/** Pages that a life gets through on average before it is killed; so much work there is for every kill. */
const PAGES_PER_LIFE = 6;
/** A life ends after at most so long, also when it is parked and sends nothing. */
const LIFE_MS_MAX = 1_500;

export interface KillReport {
  readonly kills: number;
  readonly pages: number;
  readonly missing: number;
  /** Records that were stored and that the sandbox never held. */
  readonly invented: number;
  /** Most pages of one partition that one life fetched again. The promise is 1. */
  readonly repeatedMax: number;
  /** Attempts that the sandbox refused by any limit. The promise is 0. */
  readonly overspent: number;
  /** Calls of the busiest quota day, and what was allowed. */
  readonly busiestDay: number;
  readonly allowedPerDay: number;
  /** Exit code of the last life, which nobody killed. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/**
 * Runs a job in a process of its own, kills it with SIGKILL at random moments, starts it again, and compares in the end
 * what the sandbox served with what the store holds.
 */
export async function killLoop({ kills, random }: { kills: number; random: () => number }): Promise<KillReport> {
  const startedMs = performance.now();
  const orders = Math.ceil((kills * PAGES_PER_LIFE * PAGE_SIZE) / USERS.length);
  const sandbox = await openSandbox({
    day: { kind: 'fixed', lengthMs: DAY_MS },
    latencyMs: [5, 40],
    arrivalsMax: 1_000_000,
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders, items: 0 }])),
      testUsers: [USERS[0]],
      limits: { appPerDay: APP_PER_DAY, userPerDay: USER_PER_DAY, apiQpsByApi: { 'open.order.cursor.list': QPS } },
    },
  });
  const directory = await makeProject(sandbox, {
    dayMs: DAY_MS,
    pageSize: PAGE_SIZE,
    testUsers: [USERS[0]],
    budgets: {
      'app-day': APP_PER_DAY,
      'test-user-day': USER_PER_DAY,
      'order-list-app-qps': TOLD_QPS,
      'order-list-user-qps': TOLD_QPS,
    },
  });
  try {
    const ends = await killOften({ sandbox, directory, kills, random });
    const last = start(sandbox, directory);
    const [exitCode] = (await once(last, 'exit')) as [number | null];
    return {
      kills,
      ...(await compare(sandbox, directory, ends)),
      exitCode,
      seconds: Math.round((performance.now() - startedMs) / 1_000),
    };
  } finally {
    await sandbox.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Killing {
  readonly sandbox: Sandbox;
  readonly directory: string;
  readonly kills: number;
  readonly random: () => number;
}

/** Returns how many arrivals there were at the end of each life. */
async function killOften({ sandbox, directory, kills, random }: Killing): Promise<number[]> {
  const ends: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const before = sandbox.ledger.attempts().length;
    const child = start(sandbox, directory);
    const exit = once(child, 'exit');
    const arrivals = before + 1 + Math.floor(random() * PAGES_PER_LIFE * 2);
    const untilMs = performance.now() + 300 + random() * LIFE_MS_MAX;
    while (child.exitCode === null && sandbox.ledger.attempts().length < arrivals && performance.now() < untilMs)
      await sleep(1);
    await sleep(random() * 20); // somewhere between two calls, in a commit, in a reservation
    child.kill('SIGKILL');
    await exit;
    ends.push(sandbox.ledger.attempts().length);
  }
  return ends;
}

function start(sandbox: Sandbox, directory: string): ChildProcess {
  return spawn(process.execPath, [CLI, 'run', 'orders', '--wait'], {
    cwd: directory,
    env: environment(sandbox),
    stdio: 'ignore',
  });
}

async function compare(
  sandbox: Sandbox,
  directory: string,
  ends: readonly number[],
): Promise<Omit<KillReport, 'kills' | 'exitCode' | 'seconds'>> {
  const store = await openStore(join(directory, 'data/offpeak.db'), { readOnly: true });
  const stored = new Set(await store.records.keys('orders'));
  await store.close();
  const held = [...sandbox.kuaishou.orderIds()].map(String);
  const days = sandbox.ledger.attemptsByWindow({ windowMs: 'day' });
  return {
    pages: sandbox.ledger.pagesServed().length,
    missing: held.filter((id) => !stored.has(id)).length,
    invented: [...stored].filter((id) => !held.includes(id)).length,
    repeatedMax: mostRepeated(sandbox.ledger.attempts(), ends),
    overspent: sandbox.ledger.overBudget(),
    busiestDay: Math.max(...days.map(({ count }) => count)),
    allowedPerDay: APP_PER_DAY,
  };
}

/** Most pages of one partition that a single life fetched although an earlier one had fetched them. */
function mostRepeated(arrivals: readonly Arrival[], ends: readonly number[]): number {
  const seen = new Set<string>();
  let most = 0;
  let from = 0;
  for (const end of [...ends, arrivals.length]) {
    const repeated = new Map<string, number>();
    const life = arrivals.slice(from, end).filter(({ page }) => page !== null);
    for (const { page, scope } of life) {
      const user = scope.user ?? '';
      if (seen.has(page ?? '')) repeated.set(user, (repeated.get(user) ?? 0) + 1);
    }
    for (const { page } of life) seen.add(page ?? '');
    most = Math.max(most, ...repeated.values());
    from = end;
  }
  return most;
}
