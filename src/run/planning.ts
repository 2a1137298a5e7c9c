import { messageOf } from '../errors';
import type { Job } from '../job/parse';
import type { RunStore } from '../job/run';
import type { Log } from '../log';
import type { HoursOf } from '../schedule/job-hours';
import { type Plan, planStartsCalmly } from '../schedule/plan';
import type { PlanRequest } from '../schedule/plan-request';
import { plannedStartMs } from '../schedule/plan-slots';
import type { AppliedOffset, AppliedPlan, PlanStore } from '../schedule/plan-store';
import { fromApplied, PLAN_KEPT_MS, replanCause, toApplied } from '../schedule/replan';
import { parseTimetable, type Timetable } from '../schedule/timetable';
import type { Clock } from '../time/clock';
import { isLost } from './lost';

export interface PlanningParts {
  readonly plans: PlanStore;
  readonly runs: Pick<RunStore, 'unfinished'>;
  readonly jobs: readonly Job[];
  readonly hoursOf: HoursOf;
  /** What the jobs need from an instant on. It rests between its reads. */
  readonly requestAt: (nowMs: number) => Promise<PlanRequest>;
  /** Of the job files and limits. */
  readonly digest: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long after a plan that failed another one is tried. */
const RETRY_MS = 3_600_000;
const NAMES_LOGGED_MAX = 10;

/**
 * Keeps a plan in force while the process serves: the stored one, until it is a day old or the job files have changed. A job
 * whose run is queued, under way or parked is not moved.
 */
export class Planning {
  readonly #parts: PlanningParts;
  readonly #timetables = new Map<string, Timetable>();
  #applied: AppliedPlan | null = null;
  #offsets: ReadonlyMap<string, AppliedOffset> = new Map();

  constructor(parts: PlanningParts) {
    this.#parts = parts;
    for (const { name, schedule } of parts.jobs)
      if (schedule) this.#timetables.set(name, parseTimetable(schedule, name));
  }

  /** When the run of a slot starts; at the slot while no plan knows the job. */
  readonly startOf = (job: Job, slotAtMs: number): number => {
    const { name, schedule } = job;
    const offset = this.#offsets.get(name);
    const timetable = this.#timetables.get(name);
    if (!offset || !timetable || !schedule) return slotAtMs;
    const { offsetMs, durationMs } = offset;
    const hours = this.#parts.hoursOf(job);
    return plannedStartMs(schedule, { name, durationMs, offsetMs, timetable, hours }, slotAtMs);
  };

  /** Takes over what an earlier process planned, before the first run starts. */
  async load(): Promise<void> {
    const { plans, log } = this.#parts;
    const applied = await plans.get();
    this.#apply(applied);
    if (applied) log.info({ jobs: applied.jobs.length, plannedAtMs: applied.plannedAtMs }, 'plan in force');
  }

  /** Plans when that is due, until the signal aborts. Rejects when the store is lost; a plan that fails is tried again. */
  async keep(fence: number, signal: AbortSignal): Promise<void> {
    const { clock, digest, log } = this.#parts;
    while (!signal.aborted && this.#timetables.size > 0) {
      let sleepMs = RETRY_MS;
      try {
        const cause = replanCause(this.#applied, { digest, nowMs: clock.nowMs() });
        if (cause) await this.#replan(fence, cause);
        sleepMs = (this.#applied?.plannedAtMs ?? 0) + PLAN_KEPT_MS - clock.nowMs();
      } catch (thrown) {
        if (isLost(thrown)) throw thrown;
        log.error({ err: thrown }, `no new plan: ${messageOf(thrown)}`);
      }
      await clock.sleep(Math.min(sleepMs, RETRY_MS), signal);
    }
  }

  async #replan(fence: number, cause: string): Promise<void> {
    const { plans, clock, digest, log, requestAt } = this.#parts;
    const nowMs = clock.nowMs();
    const held = await this.#held();
    const applied = this.#applied;
    const request = fromApplied(await requestAt(nowMs), applied, held);
    const plan = await planStartsCalmly(request, () => clock.sleep(0));
    const next = { plannedAtMs: nowMs, digest, jobs: toApplied(plan, request, { applied, held }) };
    await plans.put(next, fence);
    this.#apply(next);
    log.info({ cause, ...summaryOf(plan) }, 'planned');
  }

  async #held(): Promise<ReadonlySet<string>> {
    const { runs, jobs, clock } = this.#parts;
    const held = new Set<string>();
    for (const { name, schedule } of jobs) {
      // What its file pins holds from the next slot on: a run that is queued has its start.
      if (schedule === null || schedule.offset !== undefined) continue;
      if (await runs.unfinished(name)) held.add(name);
      await clock.sleep(0);
    }
    return held;
  }

  #apply(applied: AppliedPlan | null): void {
    this.#applied = applied;
    this.#offsets = new Map((applied?.jobs ?? []).map((one) => [one.job, one]));
  }
}

/** In one line: how much was planned, who moved, how high the load gets. */
function summaryOf({ jobs, moved, peaks, infeasible }: Plan): Record<string, unknown> {
  const [highest] = [...peaks].sort((a, b) => b.share - a.share);
  return {
    jobs: jobs.length,
    moved: moved.length,
    ...(moved.length > 0 && { movedJobs: moved.slice(0, NAMES_LOGGED_MAX) }),
    ...(highest && { peak: `${Math.round(highest.share * 100)} % of ${highest.rate}` }),
    ...(infeasible.length > 0 && { shortfalls: infeasible.length }),
  };
}
