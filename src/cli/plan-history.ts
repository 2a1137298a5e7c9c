import type { Job } from '../job/parse';
import { FORWARD_KINDS, type Run } from '../job/run';
import type { LedgerUsage } from '../limit/ledger';
import { PAST_RUNS_MAX, type PastRun } from '../schedule/demand';
import type { LoggedCall } from '../store/call';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { assumedCounters, type CallsWithin, type CounterUse, callCosts, usedCounters } from './plan-counters';
import type { Project } from './project';

/** What the store knows of a job. */
export interface History {
  readonly job: Job;
  /** Runs that say how much work there is, newest first. */
  readonly past: readonly PastRun[];
  readonly counters: readonly CounterUse[];
}

/** Runs whose calls are looked up in the log, and calls of each. */
const LOGGED_RUNS_MAX = 3;
const LOGGED_CALLS_MAX = 2_000;
/** Runs that are read: enough for PAST_RUNS_MAX good ones, and for eight weeks of a daily job. */
const RUNS_READ_MAX = 3 * PAST_RUNS_MAX;
const DAY_MS = 86_400_000;

/** Of these jobs, one after the other with a rest between them: each takes some milliseconds, and a daemon has other things to do. */
export async function readHistories(project: Project, store: Store, jobs: readonly Job[]): Promise<History[]> {
  const runs = new Map<string, readonly Run[]>();
  for (const job of jobs) {
    runs.set(job.name, await readDone(store, job));
    await systemClock.sleep(0);
  }
  const usage = await usageInUnits(project, store, [...runs.values()]);
  const histories: History[] = [];
  for (const job of jobs) {
    histories.push(await historyOf({ project, store, usage }, job, runs.get(job.name) ?? []));
    await systemClock.sleep(0);
  }
  return histories;
}

/** The runs of one job that say how much work there is, newest first: without what its calls drew on, which is dear to read. */
export async function readPast(store: Store, job: Job): Promise<PastRun[]> {
  return pastOf(await readDone(store, job));
}

function readDone(store: Store, { name }: Job): Promise<Run[]> {
  return store.runs.list({ job: name, kinds: FORWARD_KINDS, states: ['done'], limit: RUNS_READ_MAX });
}

/** What the ledger holds of budgets in units, on the day of the newest run and the one before: calls alone are in the runs. */
async function usageInUnits(
  { config }: Project,
  store: Store,
  runs: readonly (readonly Run[])[],
): Promise<readonly LedgerUsage[]> {
  const newestMs = runs.reduce((newest, [run]) => Math.max(newest, run?.startedAtMs ?? 0), 0);
  const found = new Map<string, LedgerUsage>();
  for (const [platform, { budgets }] of Object.entries(config.platforms)) {
    const names = budgets.filter(({ unit }) => unit !== undefined).map(({ name }) => name);
    if (names.length === 0 || newestMs === 0) continue;
    for (const atMs of [newestMs - DAY_MS, newestMs]) {
      for (const row of await store.ledger.usage(atMs, platform)) {
        if (names.includes(row.budget))
          found.set(JSON.stringify([platform, row.budget, row.scopeKey, row.windowKey]), row);
      }
    }
  }
  return [...found.values()];
}

interface Known {
  readonly project: Project;
  readonly store: Store;
  readonly usage: readonly LedgerUsage[];
}

async function historyOf({ project, store, usage }: Known, job: Job, runs: readonly Run[]): Promise<History> {
  const past = pastOf(runs);
  const platform = project.config.platforms[job.platform];
  if (!platform) return { job, past, counters: [] };
  const logged = await newestCalls(store, runs.filter(hasCalled));
  if (logged.length === 0) return { job, past, counters: assumedCounters(platform, job.platform) };
  const callsWithin: CallsWithin = ({ startMs, endMs }) =>
    runs
      .filter(({ startedAtMs }) => startedAtMs !== null && startedAtMs >= startMs && startedAtMs < endMs)
      .reduce((sum, { totals }) => sum + totals.attempts, 0);
  const rows = usage.filter((row) => row.platform === job.platform);
  const costs = callCosts({ platform, job: job.name, callsWithin }, rows);
  return { job, past, counters: usedCounters({ platform, name: job.platform, costs }, logged) };
}

/**
 * The busiest days park: their calls count. A parked run took as long as the platform's day, so that its work is taken to last
 * as long a call as that of the others; 0 where every run parked: then its calls at the limits say how long it takes.
 */
function pastOf(done: readonly Run[]): PastRun[] {
  const runs = done.filter(hasCalled);
  const paces = runs.filter(({ totals }) => totals.parks === 0).map((run) => tookMs(run) / run.totals.attempts);
  const msPerCall = paces.sort((a, b) => a - b)[Math.floor(paces.length / 2)] ?? 0;
  return runs.map((run) => ({
    slotAtMs: run.slotAtMs,
    calls: run.totals.attempts,
    durationMs: run.totals.parks === 0 ? tookMs(run) : run.totals.attempts * msPerCall,
  }));
}

function hasCalled({ totals }: Run): boolean {
  return totals.attempts > 0;
}

function tookMs({ startedAtMs, endedAtMs }: Run): number {
  return (endedAtMs ?? 0) - (startedAtMs ?? 0);
}

/** The log forgets sooner than the runs. */
async function newestCalls(store: Store, runs: readonly Run[]): Promise<readonly LoggedCall[]> {
  for (const { id } of runs.slice(0, LOGGED_RUNS_MAX)) {
    const calls = await store.calls({ runId: id, limit: LOGGED_CALLS_MAX });
    if (calls.length > 0) return calls;
  }
  return [];
}
