import type { Job } from '../../job/parse';
import type { Run, RunPartition } from '../../job/run';
import { SCOPE_NAMES, type Scope, scopeKey } from '../../job/scope';
import { SKIP_KEPT_MS } from '../../job/skip-ahead';
import type { Hold } from '../../limit/hold';
import { type LedgerUsage, leftOf } from '../../limit/ledger';
import type { Demand } from '../../schedule/demand';
import { hoursOfJobs } from '../../schedule/job-hours';
import { replanCause } from '../../schedule/replan';
import type { Store } from '../../store/open';
import type { Clock } from '../../time/clock';
import { planRequestOf } from '../plan-project';
import { planDigest } from '../planning';
import { type Project, secretFaults } from '../project';
import { shortSpace } from '../project-store';
import { type JobShare, sharesOf } from '../quota-share';
import { budgetOf } from '../reset';
import type { JobFacts, PlanOf, SpentWindow } from './facts';

export interface Sources {
  readonly project: Project;
  readonly store: Store;
  readonly clock: Clock;
  /** Rows that are read: one slot of long ago may be asked for. */
  readonly rowsMax: number;
}

/** Reads all that is known of a job. */
export async function collectFacts(sources: Sources, job: Job): Promise<JobFacts> {
  const { project, store, clock, rowsMax } = sources;
  const nowMs = clock.nowMs();
  const run = await store.runs.unfinished(job.name);
  const rows = await store.runs.list({ job: job.name, limit: rowsMax });
  const partitions = run ? await store.runs.partitions(run.id) : [];
  const skips = await store.skipsAhead.list(nowMs - SKIP_KEPT_MS);
  return {
    job,
    nowMs,
    hours: hoursOfJobs(project.config)(job),
    holder: await store.lease.holder(nowMs),
    secretFault: secretFaults(project).get(job.platform)?.message ?? null,
    diskShort: shortSpace(project),
    lasting: await store.operatorPauses.list(nowMs),
    pauses: await store.operatorPauses.history(),
    skips: skips.filter((skip) => skip.job === job.name),
    run,
    unfinished: await store.runs.allUnfinished([job.name]),
    partitions,
    underWay: await jobsUnderWay(sources),
    jobsInFlight: project.config.jobsInFlight,
    ...(await limitsOf(sources, job, {
      nowMs,
      scopes: scopesOf(await newestPartitions(store, { run, rows, partitions })),
    })),
    plan: await planOf(sources, job, nowMs),
    demand: await demandOf(sources, job, nowMs),
    rows,
    decidedUntilMs: await store.runs.decidedSoFar(job.name),
  };
}

async function jobsUnderWay({ project, store }: Sources): Promise<string[]> {
  const unfinished = await store.runs.allUnfinished(project.jobs.map(({ name }) => name));
  return unfinished.filter(({ state }) => state === 'running').map(({ job }) => job);
}

/** Of the run that is not over, or of the last one: they say which scopes its calls have. */
async function newestPartitions(
  store: Store,
  { run, rows, partitions }: Pick<JobFacts, 'run' | 'rows' | 'partitions'>,
): Promise<readonly RunPartition[]> {
  const last: Run | undefined = rows.find(({ state }) => state !== 'skipped');
  return run === null && last ? store.runs.partitions(last.id) : partitions;
}

function scopesOf(partitions: readonly RunPartition[]): Scope[] {
  return partitions.map(({ partition }) => partition.scope);
}

interface Limits {
  readonly holds: readonly Hold[];
  readonly spent: readonly SpentWindow[];
  readonly share: JobShare | null;
}

async function limitsOf(
  { project, store, clock }: Sources,
  { name, platform }: Job,
  { nowMs, scopes }: { readonly nowMs: number; readonly scopes: readonly Scope[] },
): Promise<Limits> {
  const holds = await store.holds.list(nowMs);
  const usage = await store.ledger.usage(nowMs, platform);
  const shares = await sharesOf({ project, store, usage, clock, platform });
  return {
    holds: holds.filter((hold) => hold.platform === platform && concerns(scopeKey(hold.scope), scopes)),
    spent: usage
      .filter((row) => leftOf(row) === 0 && concerns(row.scopeKey, scopes))
      .map((row) => spentOf(project, row)),
    share: shares.find(({ job }) => job === name) ?? null,
  };
}

/** True unless it names another merchant, or whatever partitions name, than each of these scopes. */
function concerns(key: string, scopes: readonly Scope[]): boolean {
  const names = `;${key};`;
  const fits = (scope: Scope): boolean =>
    SCOPE_NAMES.every(
      (name) => scope[name] === undefined || !names.includes(`;${name}=`) || names.includes(`;${name}=${scope[name]};`),
    );
  return scopes.length === 0 || scopes.some(fits);
}

function spentOf(project: Project, row: LedgerUsage): SpentWindow {
  const { budget, scopeKey: scope, limit, endMs } = row;
  const per = budgetOf(project, row)?.per;
  const isRolling = typeof per === 'object' && 'rollingMs' in per;
  return { budget, scopeKey: scope, limit, resetsAtMs: isRolling ? null : endMs };
}

async function planOf({ project, store }: Sources, { name }: Job, nowMs: number): Promise<PlanOf | null> {
  const applied = await store.plans.get();
  const offset = applied?.jobs.find(({ job }) => job === name);
  if (!applied || !offset) return null;
  const isStale = replanCause(applied, { digest: planDigest(project), nowMs }) === 'changed';
  return { ...offset, plannedAtMs: applied.plannedAtMs, isStale };
}

/** The other jobs of its platform say what one that never ran may take. */
async function demandOf({ project, store }: Sources, job: Job, nowMs: number): Promise<Demand | null> {
  if (job.schedule === null) return null;
  const jobs = project.jobs.filter(({ platform }) => platform === job.platform);
  const { demands } = await planRequestOf({ ...project, jobs }, store, { startMs: nowMs, endMs: nowMs });
  return demands.find((each) => each.job === job)?.demand ?? null;
}
