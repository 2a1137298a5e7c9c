import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox } from '../../src/sandbox/sandbox';
import { differences, exportOf, fenceOf, reading } from './export';
import { Life, live, type Place, type Plan } from './life';
import { standingOf } from './oracle';
import { LONG_DAY_MS, makeProject, USERS } from './project';

const PAGE_SIZE = 10;
const PER_DAY = 5_000;
/** What the sandbox enforces, and what Offpeak is told. */
const QPS = 40;
const TOLD_QPS = 36;
/** Something is wrong when nothing happens for so long beyond what the lease takes. */
const WAIT_MS_MAX = 30_000;

export interface StopOptions {
  /** Where the process is stopped: a point of the hook, at its `nth` passage. */
  readonly point: string;
  readonly nth: number;
  readonly lease: NonNullable<Plan['lease']>;
  /** How long it stands still after another one has taken over. */
  readonly stoppedMs: number;
  /** Of each of the merchants. */
  readonly pages: number;
}

export interface StopReport {
  readonly point: string;
  /** Calls that the process sent after it was woken up. */
  readonly zombieCalls: number;
  readonly exitCode: number | null;
  /** It said that the lease is lost, or that it was fenced. */
  readonly saidWhy: boolean;
  /** From its waking up to its end. */
  readonly endedAfterMs: number;
  /** Calls that the sandbox refused. The promise is 0. */
  readonly overspent: number;
  /** Calls that the ledger of Offpeak does not know of. The promise is 0. */
  readonly uncounted: number;
  /** Partitions with a page that is not whole. The promise is 0. */
  readonly torn: number;
  /** Most times that one page was served. At most 2. */
  readonly servedMax: number;
  /** From the output of a process that nobody stopped. The promise is none. */
  readonly differences: readonly string[];
}

/**
 * A daemon is stopped with SIGSTOP at a point, another one takes over when the lease has ended, and the first one is woken
 * up with SIGCONT while the second one works.
 */
export async function stopOnce(options: StopOptions): Promise<StopReport> {
  const untilMs = Date.now();
  const [place, calm] = await Promise.all([open(options, untilMs), open(options, untilMs)]);
  const lives: Life[] = [];
  const daemon = (plan: Plan): Life => {
    const life = new Life(place, ['start'], plan);
    lives.push(life);
    return life;
  };
  try {
    await live(place, ['run', 'orders', '--max-calls', '1']);
    const { point, nth, lease, stoppedMs } = options;
    const zombie = daemon({ point, nth, lease, signal: 'SIGSTOP' });
    await until(() => zombie.said.includes('"started"'), `the first one starts: ${point}`);
    const other = daemon({ lease });
    await until(() => zombie.said.includes(`hit: ${point}`), `the first one comes to: ${point}`);
    const fence = fenceOf(place.directory);
    await until(() => fenceOf(place.directory) > fence, 'the second one takes over', lease.ttlMs + WAIT_MS_MAX);
    await sleep(stoppedMs);
    const before = zombie.said;
    const wokenMs = performance.now();
    zombie.child.kill('SIGCONT');
    const { code } = await ended(zombie);
    const endedAfterMs = Math.round(performance.now() - wokenMs);
    await until(() => isDone(place), 'the run is done');
    other.child.kill('SIGTERM');
    assert.equal((await ended(other)).code, 0);
    await live(calm, ['run', 'orders']);
    const { torn, uncounted } = standingOf(place);
    return {
      point,
      zombieCalls: zombie.said.slice(before.length).split('sent\n').length - 1,
      exitCode: code,
      saidWhy: /the lease was lost|cannot go on: .*fence/.test(zombie.said),
      endedAfterMs,
      overspent: place.sandbox.ledger.overBudget(),
      uncounted,
      torn: torn.length,
      servedMax: Math.max(...place.sandbox.ledger.pagesServed().map(({ times }) => times)),
      differences: differences(exportOf(place), exportOf(calm)),
    };
  } finally {
    for (const life of lives) await life.kill();
    for (const { sandbox, directory } of [place, calm]) {
      await sandbox.close();
      await rm(directory, { recursive: true, force: true });
    }
  }
}

async function open({ pages }: StopOptions, nowMs: number): Promise<Place> {
  const sandbox = await openSandbox({
    day: { kind: 'fixed', lengthMs: LONG_DAY_MS },
    nowMs,
    latencyMs: [20, 20],
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders: pages * PAGE_SIZE, items: 0 }])),
      limits: { appPerDay: PER_DAY, apiQps: null, apiQpsByApi: { 'open.order.cursor.list': QPS } },
    },
  });
  const directory = await makeProject(sandbox, {
    dayMs: LONG_DAY_MS,
    pageSize: PAGE_SIZE,
    untilMs: nowMs,
    budgets: { 'app-day': PER_DAY, 'order-list-app-qps': TOLD_QPS, 'order-list-user-qps': TOLD_QPS },
  });
  return { sandbox, directory };
}

function isDone({ directory }: Place): boolean {
  const sql = 'SELECT COUNT(*) FROM offpeak_run WHERE ended_at_ms IS NULL';
  return reading(directory, (db) => db.prepare(sql).pluck().get() === 0);
}

async function ended(life: Life): ReturnType<Life['kill']> {
  await until(() => life.isOver, 'a process ends');
  return life.ended;
}

async function until(holds: () => boolean, what: string, waitMsMax = WAIT_MS_MAX): Promise<void> {
  const lastMs = performance.now() + waitMsMax;
  while (!holds()) {
    if (performance.now() > lastMs) throw new Error(`in vain: ${what}`);
    await sleep(5);
  }
}
