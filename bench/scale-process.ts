import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EVERYTHING } from '../src/cli/engine';
import type { Project } from '../src/cli/project';
import { kuaishou, secret, upsert, z } from '../src/index';
import type { Settlement } from '../src/job/attempt';
import { type Job, parseJob } from '../src/job/parse';
import { stopControl } from '../src/run/stop';
import { openStore, type Store } from '../src/store/open';
import { nextTurn, systemClock } from '../src/time/system-clock';
import { childSpec, tellParent } from './child';
import { benchProject, openBenchEngine } from './engine';
import { rounded } from './machine';
import { plainInsertsMs } from './plain-inserts';
import { JOB, OPEN_RUN } from './scale-fixture';

export interface ScaleSize {
  readonly partitions: number;
  readonly callRows: number;
}

/** One size, in a process of its own: its memory is its own. */
export interface ScaleSpec extends ScaleSize {
  /** The project, which is taken away in the end. */
  readonly directory: string;
}

export type ScaleCase = ScaleSize & Readonly<Record<string, number>>;

const TURNS = 200;
/** Turns that a run takes before it is stopped: its memory does not depend on how many follow. */
const SERVED_TURNS = 1_000;
const NOTHING: Settlement = { used: [], unsent: [], attempts: [] };
/** The log is full: each call that is added lets an old one go. */
const ONE_CALL: Settlement = {
  ...NOTHING,
  attempts: [
    {
      ...{ platform: 'shop', api: 'open.order.cursor.list', scopeKey: 'user=shop-9', attempt: 1, sentAtMs: 0 },
      ...{ durationMs: 20, status: 200, replyBytes: 2_048, outcome: 'ok', code: null, reason: null },
    },
  ],
};
const MB = 1024 * 1024;
const LOOK_MS = 5;
const CLI = resolve(__dirname, '../dist/cli.js');

async function measure({ directory, partitions, callRows }: ScaleSpec): Promise<ScaleCase> {
  process.env['SCALE_SECRET'] = 'invented-for-the-bench';
  const path = join(directory, 'data', 'offpeak.db');
  const fileMb = statSync(path).size / MB;
  const [openMs, store] = await timed(() => openStore(path, { nextTurn, callLogRowsMax: Math.max(1, callRows) }));
  const reads = await readMs(store);
  const turns = await turnsUs(store);
  const served = await serve(store, directory, partitions);
  await store.close();
  const grownMb = rounded(statSync(path).size / MB - fileMb, 1);
  const plainMs = rounded(plainInsertsMs(directory, partitions), 1);
  const commands = commandsMs(directory);
  rmSync(directory, { recursive: true, force: true });
  const file = { fileMb: rounded(fileMb, 1), grownMb };
  const bound = { plainMs, startOverPlain: rounded((served['startRunMs'] ?? 0) / plainMs, 2) };
  return { partitions, callRows, ...file, openMs, ...reads, ...turns, ...served, ...bound, ...commands };
}

/** What `status` asks of the store for a job, and the next instant at which the daemon has something to do. */
async function readMs({ runs, lease }: Store): Promise<Record<string, number>> {
  const nowMs = Date.now();
  const [statusQueriesMs] = await timed(async () => {
    await lease.holder(nowMs);
    const [run] = await runs.list({ job: JOB, limit: 1 });
    await runs.stuck(run?.id ?? 0, 100);
  });
  const [dueMs] = await timed(async () => [await runs.due(nowMs), await runs.nextDueMs(nowMs)]);
  return { statusQueriesMs, dueMs };
}

/** Medians of single transactions: a claim, a page, the end of a turn. */
async function turnsUs(store: Store): Promise<Record<string, number>> {
  const lease = await store.lease.acquire('bench', Date.now());
  if (!('fence' in lease)) throw new Error('the lease is held');
  const { fence } = lease;
  const [recoverMs] = await timed(() => store.runs.recover(fence, Date.now()));
  const waiting = await store.runs.waiting({ runId: OPEN_RUN, afterPosition: -1, limit: TURNS });
  const took: { claim: number[]; commit: number[]; end: number[] } = { claim: [], commit: [], end: [] };
  for (const { partition, runId } of waiting) {
    const claim = { runId, job: JOB, partition: partition.key, fence };
    const nowMs = Date.now();
    const [claimMs, { version }] = await timed(() => store.runs.claim(claim, nowMs));
    const page = { claim, version, cursor: '{"page":2}', recordCount: 0, write: { upsert: null, state: null } };
    const [commitMs] = await timed(() => store.runs.commitPage({ ...page, settlement: ONE_CALL, nowMs }));
    const [endMs] = await timed(() =>
      store.runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs }),
    );
    took.claim.push(claimMs);
    took.commit.push(commitMs);
    took.end.push(endMs);
  }
  await store.lease.release(fence, Date.now());
  return { recoverMs, claimUs: medianUs(took.claim), commitUs: medianUs(took.commit), endTurnUs: medianUs(took.end) };
}

/** A run over all partitions, by the real engine, without calls: until it has started, and then for some turns. */
async function serve(store: Store, directory: string, partitions: number): Promise<Record<string, number>> {
  const stop = stopControl(systemClock, 1_000);
  const startedMs = performance.now();
  const started = { ms: 0, blockedMs: 0 };
  let ended = 0;
  const watch = watchProcess();
  const project = scaleProject(directory, partitions);
  const engine = await openBenchEngine({
    ...{ project, store, stop },
    onEvent: ({ kind }) => {
      if (kind === 'run-started')
        Object.assign(started, { ms: performance.now() - startedMs, blockedMs: watch.most.blockedMs });
      if (kind === 'completed' && (ended += 1) === SERVED_TURNS) stop.request('the bench has seen enough');
    },
  });
  const run = await store.runs.open({ job: JOB, slotAtMs: Date.now(), kind: 'manual', fence: engine.lease.fence });
  const [job] = project.jobs;
  if (run && job) await engine.runOnce(job, run, EVERYTHING);
  watch.end();
  await engine.close();
  const of = {
    startRunMs: started.ms,
    startBlockedMsMax: started.blockedMs,
    rssMb: watch.most.rssMb,
    heapMb: watch.most.heapMb,
  };
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, rounded(value, 1)]));
}

/** The most memory of this process, and for how long at most its event loop got to nothing else. */
function watchProcess() {
  const most = { rssMb: 0, heapMb: 0, blockedMs: 0 };
  let lastMs = performance.now();
  const look = (): void => {
    const nowMs = performance.now();
    const { rss, heapUsed } = process.memoryUsage();
    most.rssMb = Math.max(most.rssMb, rss / MB);
    most.heapMb = Math.max(most.heapMb, heapUsed / MB);
    most.blockedMs = Math.max(most.blockedMs, nowMs - lastMs - LOOK_MS);
    lastMs = performance.now();
  };
  const timer = setInterval(look, LOOK_MS);
  const end = (): void => {
    look();
    clearInterval(timer);
  };
  return { most, end };
}

/** Whole commands, as they are typed: most of it is the start of Node and the reading of the project. */
function commandsMs(directory: string): Record<string, number> {
  if (!existsSync(CLI)) throw new Error('npm run build comes first');
  const commands = {
    statusMs: ['status'],
    runsMs: ['runs'],
    runMs: ['runs', String(OPEN_RUN)],
    quotaMs: ['quota'],
    stateShowMs: ['state', 'show', `${JOB}/shop-9`],
    stateLsMs: ['state', 'ls', `${JOB}/shop-99*`],
    explainMs: ['explain', JOB],
    unparkOneMs: ['unpark', '--job', JOB, '--partition', 'shop-3'],
    unparkAllMs: ['unpark', '--all'],
  };
  const took = Object.entries(commands).map(([name, words]) => {
    const startMs = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...words], { cwd: directory, maxBuffer: 1024 * MB });
    if (status !== 0) throw new Error(`offpeak ${words.join(' ')}: ${String(stderr)}`);
    return [name, rounded(performance.now() - startMs, 0)];
  });
  return Object.fromEntries(took) as Record<string, number>;
}

function scaleProject(directory: string, partitions: number): Project {
  const unused = secret('env:SECRET');
  const baseUrl = 'http://127.0.0.1:9';
  const shop = kuaishou({ appKey: 'ks0', signSecret: unused, tokens: { 1: unused }, baseUrl });
  return benchProject(directory, { platforms: { shop } }, [benchJob(partitions)]);
}

function benchJob(partitions: number): Job {
  return parseJob(
    {
      name: JOB,
      platform: 'shop',
      partitions: function* () {
        for (let n = 0; n < partitions; n += 1) yield { key: `shop-${n}`, scope: { user: `shop-${n}` } };
      },
      cursor: z.object({ page: z.number() }),
      initial: () => ({ page: 0 }),
      async *pages({ cursor }: { cursor: { page: number } }) {
        yield await Promise.resolve({ records: [], cursor: { page: cursor.page + 1 } });
      },
      sink: upsert('orders', { key: 'oid' }),
    },
    { file: 'bench/scale.ts', platforms: ['shop'], checkSchedule: () => [] },
  );
}

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const startMs = performance.now();
  const result = await work();
  return [rounded(performance.now() - startMs, 3), result];
}

function medianUs(tookMs: readonly number[]): number {
  return Math.round(([...tookMs].sort((a, b) => a - b)[Math.floor(tookMs.length / 2)] ?? 0) * 1_000);
}

void measure(childSpec() as ScaleSpec).then(tellParent);
