import type { Reason } from './plan-reason';

/** Where the plan in force puts a job. */
export interface AppliedOffset {
  readonly job: string;
  /** Added to the earliest start of each of its slots; whole minutes. */
  readonly offsetMs: number;
  /** How long a run was believed to take: a slot that has less time starts as late as that still fits. */
  readonly durationMs: number;
  readonly reason: Reason;
}

/** The plan that the daemon starts runs by. */
export interface AppliedPlan {
  readonly plannedAtMs: number;
  /** Of the job files and limits that it was made for, see `planDigest`. */
  readonly digest: string;
  /** By name. */
  readonly jobs: readonly AppliedOffset[];
}

/** Port: the plan in force outlives the process, so that jobs stay where they are from day to day. */
export interface PlanStore {
  /** Null before the first plan, and while no job has a schedule. */
  get(): Promise<AppliedPlan | null>;
  /** Replaces the plan in force. Throws FENCED when the lease of the fence is lost. */
  put(plan: AppliedPlan, fence: number): Promise<void>;
}
