import type { Job } from '../job/parse';
import type { Partition } from '../job/partition';
import { type CalledPartition, FORWARD_KINDS, type Run } from '../job/run';
import { pickScope, SCOPE_NAMES, type Scope, scopeKey } from '../job/scope';
import type { Platform } from '../platform/platform';
import type { CallsOf, PastCalls } from '../schedule/past-days';
import { type Share, type Work, workKey } from '../simulation/work';
import type { Store } from '../store/open';
import { callsInFlight } from './gateways';
import type { PlannedDemand } from './plan-project';
import type { Project } from './project';
import { partsOf } from './run-parts';
import { parseScope } from './scope';

/** What is known of how a job calls, but for how often. */
export interface History {
  readonly job: Job;
  readonly past: PastCalls;
  readonly partitions: readonly Share<Partition>[];
  readonly scopes: readonly Share<Scope>[];
  readonly callMs: number;
  /** Partitions of its run that is under way, with what they made so far. */
  readonly underWay: { readonly run: Run; readonly partitions: readonly CalledPartition[] } | null;
}

/** Eight weeks of a daily job. */
const RUNS_READ_MAX = 60;
/** Of these, how fast calls are made is read from the newest. */
const PACED_RUNS_MAX = 20;
const LOGGED_CALLS_MAX = 2_000;
const UNKNOWN_API = '*';
const WHOLE: readonly Share<Partition>[] = [{ of: { key: 'all', scope: {} }, share: 1 }];

/** From the newest runs of a job, and what they logged. */
export async function historyOf(project: Project, store: Store, { job, demand }: PlannedDemand): Promise<History> {
  const platform = platformOf(project, job);
  const runs = await store.runs.list({ job: job.name, kinds: FORWARD_KINDS, states: ['done'], limit: RUNS_READ_MAX });
  const done = runs.filter(({ totals }) => totals.attempts > 0);
  const [last] = done;
  const partitions = last ? sharesOf(await calledIn(store, last)) : WHOLE;
  const logged = last ? await store.calls({ runId: last.id, limit: LOGGED_CALLS_MAX }) : [];
  const keys = logged.map((call) => callScope(parseScope(call.scopeKey), partitions));
  const open = await store.runs.unfinished(job.name);
  const inFlight = Math.min(
    callsInFlight(platform.budgets),
    project.config.partitionsInFlight,
    job.partitionsInFlight ?? Infinity,
  );
  const sideBySide = (count: number): number => Math.max(1, Math.min(inFlight, count));
  // The fastest run was held up least by others, which the simulation adds again.
  const paces = done
    .slice(0, PACED_RUNS_MAX)
    .filter(({ totals }) => totals.parks === 0)
    .map((run) => (durationOf(run) * sideBySide(run.totals.partitions)) / run.totals.attempts);
  const assumedMs = (demand.durationMs * sideBySide(partitions.length)) / Math.max(1, demand.calls);
  return {
    job,
    // A parked run says nothing of how long the work takes, but what it called is all there: the busiest days park.
    past: {
      job: job.name,
      platform: job.platform,
      runs: done.map(({ slotAtMs, totals }) => ({ slotAtMs, calls: totals.attempts })),
      assumed: demand.calls,
    },
    partitions,
    scopes: keys.length > 0 ? countedShares(keys) : [{ of: assumedScope(platform), share: 1 }],
    callMs: paces.length > 0 ? Math.min(...paces) : assumedMs,
    underWay: open ? { run: open, partitions: await calledIn(store, open) } : null,
  };
}

/** The work of a job in one pass. */
export function workOf({ past, underWay, ...history }: History, planned: number, callsOf: CallsOf): Work {
  const ofRun = (startedAtMs: number): number => callsOf(past.job, startedAtMs);
  const left = new Map<string, number>();
  const shares = new Map(history.partitions.map(({ of, share }) => [of.key, share]));
  const startedAtMs = underWay?.run.startedAtMs ?? 0;
  for (const { key, attempts } of underWay?.partitions ?? []) {
    const share = shares.get(key) ?? 1 / Math.max(1, history.partitions.length);
    left.set(workKey(startedAtMs, key), Math.max(1, Math.round(share * ofRun(startedAtMs)) - attempts));
  }
  return { ...history, calls: planned, callsOf: ofRun, left };
}

function platformOf({ config }: Project, job: Job): Platform {
  const platform = config.platforms[job.platform];
  if (!platform) throw new TypeError(`${job.name} has no platform`);
  return platform;
}

/** Of each no more than what is simulated of it: whole rows of a million would be several times as much. */
async function calledIn({ runs }: Pick<Store, 'runs'>, run: Run): Promise<CalledPartition[]> {
  const called: CalledPartition[] = [];
  for await (const part of partsOf(runs, run.id)) called.push(...part);
  return called;
}

function sharesOf(partitions: readonly CalledPartition[]): readonly Share<Partition>[] {
  const total = partitions.reduce((sum, one) => sum + one.attempts, 0);
  if (total === 0) return WHOLE;
  return partitions.map(({ key, scope, attempts }) => ({ of: { key, scope }, share: attempts / total }));
}

/** Without what the partition says itself. */
function callScope(scope: Scope, partitions: readonly Share<Partition>[]): Scope {
  const own = partitions[0]?.of.scope ?? {};
  return pickScope(
    scope,
    SCOPE_NAMES.filter((name) => own[name] === undefined),
  );
}

function countedShares(scopes: readonly Scope[]): readonly Share<Scope>[] {
  const counts = new Map<string, { of: Scope; count: number }>();
  for (const of of scopes) {
    const key = scopeKey(of);
    counts.set(key, { of, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].map(({ of, count }) => ({ of, share: count / scopes.length }));
}

function assumedScope(platform: Platform): Scope {
  return platform.scope({ api: UNKNOWN_API, params: {}, scope: {} });
}

function durationOf({ startedAtMs, endedAtMs }: Run): number {
  return startedAtMs === null || endedAtMs === null ? 0 : endedAtMs - startedAtMs;
}
