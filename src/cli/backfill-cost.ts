import type { BackfillRequest } from '../job/backfill';
import { chunkCount } from '../job/backfill';
import type { Job } from '../job/parse';
import { QUOTA_TERMS_DEFAULT } from '../job/quota';
import { QuotaWindows } from '../limit/quota';
import { surplusOf } from '../limit/share';
import { sharedQuota } from '../platform/shared-quota';
import { CONFIDENT_RUNS, type Demand, describeBasis } from '../schedule/demand';
import { demandOfJob } from '../schedule/job-demand';
import { countSlots } from '../schedule/slot-count';
import { parseTimetable } from '../schedule/timetable';
import type { Store } from '../store/open';
import { formatDuration } from '../time/duration';
import { readHistories } from './plan-history';
import type { Project } from './project';

/** What a backfill is expected to take. */
export interface BackfillCost {
  readonly chunks: number;
  /** A run's calls, as often as the time between two slots goes into the span. */
  readonly calls: number;
  /** How the calls were guessed, in words. */
  readonly guess: string;
  /** Of the quota that it is held to; null where the platform has none that all its calls draw on. */
  readonly quota: {
    readonly budget: string;
    readonly limit: number;
    /** Calls of a whole window that scheduled runs are not expected to need. */
    readonly surplus: number;
    /** Calls of it that the backfill may make. */
    readonly callsPerWindow: number;
    readonly windowMs: number;
  } | null;
  /** Null where it would never end, or nothing but the platform's pace holds it back. */
  readonly days: number | null;
}

export interface CostOf {
  readonly project: Project;
  readonly store: Store;
  readonly job: Job;
  readonly request: BackfillRequest;
}

const DAY_MS = 86_400_000;
/** How often slots come is counted over so long. */
const PERIOD_SPAN_MS = 28 * DAY_MS;

export async function backfillCost({ project, store, job, request }: CostOf): Promise<BackfillCost> {
  const demands = await demandsOf(project, store, job.platform);
  const demand = demands.get(job);
  if (!demand) throw new TypeError(`${job.name} is not in the project`);
  const periodMs = periodOf(job, request.askedAtMs);
  const chunks = chunkCount(request);
  const spanMs = request.toMs - request.fromMs;
  const calls = Math.max(chunks, Math.ceil((demand.p50.calls * spanMs) / (periodMs ?? DAY_MS)));
  const covers = periodMs === null ? 'a day, as it has no slots' : `the ${formatDuration(periodMs)} between two slots`;
  const quota = quotaOf(project, { job, demands, request });
  return {
    chunks,
    calls,
    guess: `${demand.p50.calls} a run (${describeBasis(demand.basis)}), each taken to cover ${covers}`,
    quota,
    days: quota && quota.callsPerWindow > 0 ? ((calls / quota.callsPerWindow) * quota.windowMs) / DAY_MS : null,
  };
}

/** Of the jobs of a platform. */
async function demandsOf(project: Project, store: Store, platform: string): Promise<ReadonlyMap<Job, Demand>> {
  const jobs = project.jobs.filter((job) => job.platform === platform);
  const histories = await readHistories(project, store, jobs);
  const all = (others: readonly Demand[]): [Job, Demand][] =>
    histories.map(({ job, past }) => [job, demandOfJob(job, past, others)]);
  return new Map(all(all([]).map(([, demand]) => demand)));
}

/** Null for a job without slots. */
function periodOf(job: Job, nowMs: number): number | null {
  const slots = slotsWithin(job, nowMs, nowMs + PERIOD_SPAN_MS);
  return slots === 0 ? null : PERIOD_SPAN_MS / slots;
}

function slotsWithin({ schedule, name }: Job, fromMs: number, toMs: number): number {
  return schedule ? countSlots(parseTimetable(schedule, name), fromMs, toMs) : 0;
}

type QuotaOf = Pick<CostOf, 'job' | 'request'> & { readonly demands: ReadonlyMap<Job, Demand> };

/** Of the window that is open, as if nothing of it were drawn yet. */
function quotaOf({ config }: Project, { job, request, demands }: QuotaOf): BackfillCost['quota'] {
  const platform = config.platforms[job.platform];
  const draw = platform ? sharedQuota(platform) : null;
  if (!platform || !draw) return null;
  const { name, limit, per } = draw.budget;
  const { askedAtMs: nowMs, callsMax } = request;
  const window = new QuotaWindows(platform).openAt(per, { fromMs: nowMs, toMs: nowMs }).at(-1);
  if (!window) return null;
  const claimants = [...demands].map(([each, { p80, basis }]) => ({
    job: each.name,
    priority: each.priority,
    ...(each.quota ?? QUOTA_TERMS_DEFAULT),
    used: 0,
    expected: p80.calls * slotsWithin(each, window.startMs - 1, window.endMs - 1),
    isFirm: each.schedule === null || (basis.kind === 'history' && basis.runs >= CONFIDENT_RUNS),
  }));
  const surplus = surplusOf({ limit, usedByOthers: 0, claimants });
  const windowMs = window.endMs - window.startMs;
  return { budget: name, limit, surplus, callsPerWindow: Math.min(surplus, callsMax ?? Infinity), windowMs };
}
