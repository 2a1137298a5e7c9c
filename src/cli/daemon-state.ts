import type { OperatorPause } from '../job/operator-pause';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { isShort } from '../limit/budget';
import { type LedgerUsage, leftOf } from '../limit/ledger';
import type { DaemonState, QuotaLeft, Waiting } from '../monitor/pm2-metrics';
import { type Gate, gateOf } from '../run/gate';
import type { Planning } from '../run/planning';
import type { Stop } from '../run/stop';
import { hoursOfJobs } from '../schedule/job-hours';
import type { Store } from '../store/open';
import type { Clock } from '../time/clock';
import { formatInstant } from '../time/window';
import type { Engine } from './engine';
import { formatSlot, nextMs } from './jobs';
import { dayOfPaused } from './paused';
import { dayOf, type Project } from './project';

/** What a daemon tells of itself, and what it can be asked to do, comes from here. */
export interface Daemon {
  readonly project: Project;
  readonly store: Store;
  readonly clock: Clock;
  readonly stop: Stop;
  readonly planning: Pick<Planning, 'load' | 'keep' | 'startOf'>;
  /** Null while another process holds the store. */
  readonly engine: () => Engine | null;
}

export function roleOf({ stop, engine }: Daemon): DaemonState['role'] {
  if (stop.stopping.aborted) return 'stopping';
  return engine() ? 'serving' : 'standing by';
}

/** How the daemon stands now. @param sinceMs when it began: a run did not wait for it before that. */
export async function readDaemonState(daemon: Daemon, sinceMs: number): Promise<DaemonState> {
  const { project, store, clock } = daemon;
  const nowMs = clock.nowMs();
  const gate = daemon.engine()?.gate ?? gateOf(hoursOfJobs(project.config));
  const pauses = await store.operatorPauses.list(nowMs);
  const found = await Promise.all(
    project.jobs.map(async (job) => ({ job, run: await store.runs.unfinished(job.name) })),
  );
  const unfinished = found.flatMap(({ job, run }) => (run ? [{ job, run }] : []));
  return {
    role: roleOf(daemon),
    nextStart: nextStart(daemon, gate, nowMs),
    running: unfinished.filter(({ run }) => run.state === 'running').length,
    parked: parkedRuns(project, unfinished),
    paused: pausedUntil(project, pauses),
    lagMs: Math.max(0, ...unfinished.map((one) => nowMs - mayStartMs(one, gate, sinceMs))),
    quotas: quotasLeft(project, await store.ledger.usage(nowMs)),
  };
}

interface Unfinished {
  readonly job: Job;
  readonly run: Run;
}

function nextStart({ project, planning }: Daemon, gate: Gate, nowMs: number): string | null {
  let first: { job: Job; startMs: number } | null = null;
  for (const job of project.jobs) {
    const slotAtMs = nextMs(job, nowMs);
    const plannedMs = slotAtMs === null ? Infinity : planning.startOf(job, slotAtMs);
    const startMs = plannedMs === Infinity ? Infinity : gate.nextStartMs(job, { kind: 'schedule' }, plannedMs);
    if (startMs < (first?.startMs ?? Infinity)) first = { job, startMs };
  }
  return first && `${first.job.name} ${formatSlot(first.job, first.startMs)}`;
}

function parkedRuns(project: Project, unfinished: readonly Unfinished[]): Waiting {
  const parked = unfinished.filter(({ run }) => run.state === 'parked');
  const [first] = parked
    .flatMap(({ run }) => (run.resumesAtMs === null ? [] : [{ job: run.job, atMs: run.resumesAtMs }]))
    .sort((a, b) => a.atMs - b.atMs);
  return { count: parked.length, until: first ? formatInstant(first.atMs, dayOf(project, first.job)) : null };
}

/** Until when the first of the pauses lasts that have an end. */
function pausedUntil(project: Project, pauses: readonly OperatorPause[]): Waiting {
  const [first] = pauses
    .flatMap((pause) => (pause.untilMs === null ? [] : [{ pause, atMs: pause.untilMs }]))
    .sort((a, b) => a.atMs - b.atMs);
  return { count: pauses.length, until: first ? formatInstant(first.atMs, dayOfPaused(project, first.pause)) : null };
}

/** When a run that nobody has taken up could have started; Infinity where it is under way, or must wait. */
function mayStartMs({ job, run }: Unfinished, gate: Gate, sinceMs: number): number {
  if (run.state === 'running') return Infinity;
  const dueMs = run.state === 'parked' ? (run.resumesAtMs ?? Infinity) : (run.startAtMs ?? run.slotAtMs);
  return dueMs === Infinity ? Infinity : gate.nextStartMs(job, run, Math.max(dueMs, sinceMs));
}

/** Of every platform the longer budget of which the smallest share is left. */
function quotasLeft({ config }: Project, usage: readonly LedgerUsage[]): QuotaLeft[] {
  return Object.entries(config.platforms).flatMap(([platform, { budgets }]) => {
    const drawn = usage
      .filter((row) => row.platform === platform)
      .map((row) => ({ budget: `${row.budget} ${row.scopeKey}`, left: leftOf(row), limit: row.limit }));
    // Nothing is drawn in the first minutes of a day: then everything is left of the smallest one.
    const untouched = budgets
      .filter((budget) => !isShort(budget) && budget.unit === undefined)
      .map(({ name, limit }) => ({ budget: name, left: limit, limit }))
      .sort((a, b) => a.limit - b.limit);
    const [least] = drawn.length > 0 ? drawn.sort((a, b) => a.left / a.limit - b.left / b.limit) : untouched;
    return least ? [{ platform, ...least }] : [];
  });
}
