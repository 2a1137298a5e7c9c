import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox } from '../../src/sandbox/sandbox';
import { differences, exportOf, fenceOf, type Left, reading } from './export';
import { Life, live, type Place, type Plan } from './life';
import { standingOf } from './oracle';
import { LONG_DAY_MS, makeProject, USERS } from './project';

const PAGE_SIZE = 10;
const PER_DAY = 5_000;
const UNTIL_MS = Date.now();
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
  readonly calm: Left;
}

export interface StopReport {
  readonly point: string;
  /** Calls that the process began after it was woken up: what was in flight is not among them. The promise is 0. */
  readonly zombieCalls: number;
  /** Of both; the second one ends on SIGTERM. */
  readonly exitCodes: readonly (number | null)[];
  /** The first one said that the lease is lost, or that it was fenced. */
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
 * up with SIGCONT while the second one works. Inside a transaction nobody can take over: the second one waits.
 */
export async function stopOnce(options: StopOptions): Promise<StopReport> {
  const place = await openPlace(options.pages);
  const lives: Life[] = [];
  const daemon = (plan: Plan): Life => {
    const life = new Life(place, ['start'], plan);
    lives.push(life);
    return life;
  };
  try {
    await live(place, ['run', 'orders', '--max-calls', '1']);
    const { point, nth, lease } = options;
    const zombie = daemon({ point, nth, lease, signal: 'SIGSTOP' });
    await until(() => zombie.said.includes('"started"'), `the first one starts: ${point}`);
    const other = daemon({ lease });
    await until(() => zombie.said.includes(`hit: ${point}`), `the first one comes to: ${point}`);
    await standStill(place, options);
    const before = zombie.said;
    const wokenMs = performance.now();
    zombie.child.kill('SIGCONT');
    if (isFenced(options)) await until(() => zombie.isOver, 'the first one ends');
    const endedAfterMs = Math.round(performance.now() - wokenMs);
    await until(() => isDone(place), 'the run is done');
    for (const life of lives) life.child.kill('SIGTERM');
    const [first, second] = await Promise.all([zombie.ended, other.ended]);
    return {
      point,
      zombieCalls: zombie.said.slice(before.length).split('a call begins\n').length - 1,
      exitCodes: [first.code, second.code],
      saidWhy: /the lease was lost|cannot go on: .*fence/.test(zombie.said),
      endedAfterMs,
      ...harmIn(place, options.calm),
    };
  } finally {
    for (const life of lives) await life.kill();
    await closePlace(place);
  }
}

/** From a SIGINT in the middle of a commit to the end of the daemon, ms. Throws unless it ends with 0. */
export async function endOnInt(pages: number): Promise<number> {
  const place = await openPlace(pages);
  try {
    await live(place, ['run', 'orders', '--max-calls', '1']);
    const point = 'after the cursor, inside the commit';
    const life = new Life(place, ['start'], { point, nth: 5, signal: 'SIGINT' });
    await until(() => life.said.includes(`hit: ${point}`), 'a commit');
    const askedMs = performance.now();
    const { code } = await life.ended;
    if (code !== 0 || standingOf(place).torn.length > 0) throw new Error(`ended with ${String(code)}: ${life.said}`);
    return performance.now() - askedMs;
  } finally {
    await closePlace(place);
  }
}

/** What a process leaves that nobody stopped. */
export async function calmOutput(pages: number): Promise<Left> {
  const place = await openPlace(pages);
  await live(place, ['run', 'orders']);
  const left = exportOf(place);
  await closePlace(place);
  return left;
}

function isFenced({ point }: StopOptions): boolean {
  return !point.includes('inside');
}

async function standStill({ directory }: Place, options: StopOptions): Promise<void> {
  const fence = fenceOf(directory);
  const waitMs = options.lease.ttlMs + WAIT_MS_MAX;
  if (isFenced(options)) await until(() => fenceOf(directory) > fence, 'the second one takes over', waitMs);
  await sleep(options.stoppedMs);
}

function harmIn(
  place: Place,
  calm: Left,
): Pick<StopReport, 'overspent' | 'uncounted' | 'torn' | 'servedMax' | 'differences'> {
  const { ledger } = place.sandbox;
  const { torn, uncounted } = standingOf(place);
  return {
    overspent: ledger.overBudget(),
    uncounted,
    torn: torn.length,
    servedMax: Math.max(...ledger.pagesServed().map(({ times }) => times)),
    differences: differences(exportOf(place), calm),
  };
}

async function openPlace(pages: number): Promise<Place> {
  const sandbox = await openSandbox({
    day: { kind: 'fixed', lengthMs: LONG_DAY_MS },
    nowMs: UNTIL_MS,
    latencyMs: [20, 20],
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders: pages * PAGE_SIZE, items: 0 }])),
      limits: { appPerDay: PER_DAY, apiQps: null, apiQpsByApi: { 'open.order.cursor.list': QPS } },
    },
  });
  const directory = await makeProject(sandbox, {
    dayMs: LONG_DAY_MS,
    pageSize: PAGE_SIZE,
    untilMs: UNTIL_MS,
    budgets: { 'app-day': PER_DAY, 'order-list-app-qps': TOLD_QPS, 'order-list-user-qps': TOLD_QPS },
  });
  return { sandbox, directory };
}

async function closePlace({ sandbox, directory }: Place): Promise<void> {
  await sandbox.close();
  await rm(directory, { recursive: true, force: true });
}

function isDone({ directory }: Place): boolean {
  const sql = 'SELECT COUNT(*) FROM offpeak_run WHERE ended_at_ms IS NULL';
  return reading(directory, (db) => db.prepare(sql).pluck().get() === 0);
}

async function until(holds: () => boolean, what: string, waitMsMax = WAIT_MS_MAX): Promise<void> {
  const lastMs = performance.now() + waitMsMax;
  while (!holds()) {
    if (performance.now() > lastMs) throw new Error(`in vain: ${what}`);
    await sleep(5);
  }
}
