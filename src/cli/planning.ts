import { createHash } from 'node:crypto';
import type { Log } from '../log';
import { Planning } from '../run/planning';
import { hoursOfJobs } from '../schedule/job-hours';
import type { Store } from '../store/open';
import type { Clock } from '../time/clock';
import { planRequestOf } from './plan-project';
import type { Project } from './project';

/** How far the daemon plans ahead, ms: what repeats less often is rare enough to be no matter of the load. */
export const PLAN_SPAN_MS = 7 * 86_400_000;

export interface OpenPlanning {
  readonly project: Project;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** The plan by which the daemon starts its jobs. */
export function openPlanning({ project, store, clock, log }: OpenPlanning): Planning {
  return new Planning({
    plans: store.plans,
    runs: store.runs,
    jobs: project.jobs,
    hoursOf: hoursOfJobs(project.config),
    async requestAt(nowMs) {
      const { request } = await planRequestOf(project, store, { startMs: nowMs, endMs: nowMs + PLAN_SPAN_MS });
      return request;
    },
    digest: planDigest(project),
    clock,
    log,
  });
}

/** Of everything in job files and config that a plan is made for: what runs teach is taken up once a day. */
export function planDigest({ jobs, config }: Pick<Project, 'jobs' | 'config'>): string {
  const planned = jobs
    .filter(({ schedule }) => schedule !== null)
    .map(({ name, platform, schedule, priority, estimate }) => ({ name, platform, schedule, priority, estimate }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const limits = Object.entries(config.platforms).map(([name, { budgets, day }]) => ({ name, budgets, day }));
  const { hours, platformHours } = config;
  const stated = JSON.stringify({ planned, limits, hours, platformHours });
  return createHash('sha256').update(stated).digest('hex').slice(0, DIGEST_CHARS);
}

const DIGEST_CHARS = 32;
