import type { Job } from '../../job/parse';
import type { Run } from '../../job/run';
import { scopeKey } from '../../job/scope';
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
import { concernedOf } from './concerned';
import type { JobFacts, PlanOf, SpentWindow } from './facts';
import { GROUPS_MAX, KEYS_MAX } from './stuck-partitions';

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
    stuck: run ? await store.runs.stuckGroups({ runId: run.id, limit: GROUPS_MAX, keysMax: KEYS_MAX }) : [],
    underWay: await jobsUnderWay(sources),
    jobsInFlight: project.config.jobsInFlight,
    ...(await limitsOf(sources, job, { nowMs, newest: run ?? rows.find(({ state }) => state !== 'skipped') })),
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

interface Limits {
  readonly holds: readonly Hold[];
  readonly spent: readonly SpentWindow[];
  readonly share: JobShare | null;
}

async function limitsOf(
  { project, store, clock }: Sources,
  { name, platform }: Job,
  { nowMs, newest }: { readonly nowMs: number; readonly newest: Run | undefined },
): Promise<Limits> {
  const holds = (await store.holds.list(nowMs)).filter((hold) => hold.platform === platform);
  const usage = await store.ledger.usage(nowMs, platform);
  const shares = await sharesOf({ project, store, usage, clock, platform });
  const spent = usage.filter((row) => leftOf(row) === 0);
  const keys = [...holds.map(({ scope }) => scopeKey(scope)), ...spent.map((row) => row.scopeKey)];
  const concerned = await concernedOf(store, newest, keys);
  return {
    holds: holds.filter(({ scope }) => concerned.has(scopeKey(scope))),
    spent: spent.filter((row) => concerned.has(row.scopeKey)).map((row) => spentOf(project, row)),
    share: shares.find(({ job }) => job === name) ?? null,
  };
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
