import { scopeKey } from '../job/scope';
import type { LedgerUsage } from '../limit/ledger';
import { QuotaWindows } from '../limit/quota';
import { sharedQuota } from '../platform/shared-quota';
import { gateOf } from '../run/gate';
import { JobOutlooks } from '../run/share-outlook';
import { type ShareStanding, ShareWindow } from '../run/share-window';
import { hoursOfJobs } from '../schedule/job-hours';
import type { Store } from '../store/open';
import type { Clock } from '../time/clock';
import { count, table } from './print';
import type { Project } from './project';

/** A job's share of its platform's quota, in the window that is open. */
export interface JobShare extends ShareStanding {
  readonly platform: string;
  readonly budget: string;
  readonly job: string;
  /** What the others may still draw: none of it is this job's, as long as they may need it. */
  readonly keptForOthers: number;
}

export interface SharesOptions {
  readonly project: Project;
  readonly store: Store;
  readonly usage: readonly LedgerUsage[];
  readonly clock: Clock;
  /** All when left out. */
  readonly platform?: string | undefined;
}

/** The shares of all jobs of each platform on which one has a `quota`: as a process that starts now would see them. */
export async function sharesOf(options: SharesOptions): Promise<JobShare[]> {
  const names = Object.keys(options.project.config.platforms);
  const asked = names.filter((name) => name === (options.platform ?? name));
  return (await Promise.all(asked.map((name) => sharesOn(name, options)))).flat();
}

async function sharesOn(name: string, { project, store, usage, clock }: SharesOptions): Promise<JobShare[]> {
  const platform = project.config.platforms[name];
  const jobs = project.jobs.filter((job) => job.platform === name);
  const draw = platform && jobs.some(({ quota }) => quota !== null) ? sharedQuota(platform) : null;
  if (!platform || !draw) return [];
  const { budget } = draw;
  const nowMs = clock.nowMs();
  const row = usage.find(
    (each) => each.platform === name && each.budget === budget.name && each.scopeKey === scopeKey(draw.scope),
  );
  const window = row
    ? { key: row.windowKey, startMs: row.startMs, endMs: row.endMs }
    : new QuotaWindows(platform).openAt(budget.per, { fromMs: nowMs, toMs: nowMs }).at(-1);
  if (!window) return [];
  const share = new ShareWindow(window, budget.limit, jobs);
  const outlook = await new JobOutlooks({
    jobs,
    runs: store.runs,
    gate: gateOf(hoursOfJobs(project.config)),
    clock,
  }).of(window);
  const inFlight = new Map<string, number>();
  share.look({ row, outlook, beyond: new Set(), inFlight });
  return jobs.flatMap(({ name: job }) => {
    const standing = share.standingOf(job, inFlight);
    const keptForOthers = share.keptFromOthers(job, inFlight).reduce((sum, { calls }) => sum + calls, 0);
    return standing ? [{ platform: name, budget: budget.name, job, ...standing, keptForOthers }] : [];
  });
}

export function shareTable(shares: readonly JobShare[]): string {
  return table(
    ['platform', 'budget', 'job', 'reserve', 'weight', 'cap', 'used', 'may use now', 'kept for others'],
    shares.map(({ platform, budget, job, reserve, weight, cap, used, allowance, keptForOthers }) => [
      platform,
      budget,
      job,
      count(reserve),
      count(weight),
      cap === null ? '' : count(cap),
      count(used),
      count(allowance),
      count(keptForOthers),
    ]),
  );
}
