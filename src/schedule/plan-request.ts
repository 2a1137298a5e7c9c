/** A rate that several jobs draw on, such as a platform's calls a minute. The plan keeps its peak low. */
export interface PlanRate {
  /** Unique within the request. */
  readonly name: string;
  /** Calls (or units) a minute; above 0. */
  readonly perMinute: number;
}

/** A longer budget: so many calls in each of its windows, such as a platform's quota days. */
export interface PlanQuota {
  /** Unique within the request. */
  readonly name: string;
  /** Calls (or units) in one window. */
  readonly limit: number;
  /** In order, side by side, over the whole horizon. */
  readonly windows: readonly PlanSpan[];
  /** What the first window holds already. Default 0. */
  readonly drawn?: number;
}

/** `[startMs, endMs)`, epoch milliseconds. */
export interface PlanSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** One firing of a job within the horizon, and the time that it has. */
export interface PlanSlot {
  /** The nominal instant. */
  readonly slotAtMs: number;
  /** Not before: the slot, or the start of the window after it. */
  readonly earliestMs: number;
  /** It must have ended: the end of the window, the deadline or the next slot, whichever comes first. */
  readonly latestEndMs: number;
  /** Spans in which it had better not start: where nothing is overloaded or overdrawn for it. In order. */
  readonly avoid?: readonly PlanSpan[];
  /** What it takes of the job's rates and quotas, as a share: a job may have quiet days. Default 1. */
  readonly share?: number;
}

/** What a job needs, and what may be done with it. */
export interface PlanJob {
  /** Unique within the request. */
  readonly name: string;
  /** In order. */
  readonly slots: readonly PlanSlot[];
  /** How long one run takes; whole minutes are planned, at least one. */
  readonly durationMs: number;
  /** Calls a minute by the name of a rate: one figure for the whole run, or one for each of its minutes. */
  readonly rates: Readonly<Record<string, number | readonly number[]>>;
  /** Calls of one run by the name of a quota, spread evenly over it. None when left out. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** An offset that an operator fixed: it is kept, whatever it costs, as far as each slot has time. */
  readonly pinnedOffsetMs?: number | null;
  /** 0 to 9: lower ones are placed first. Default 5. */
  readonly priority?: number;
  /** Where the last plan put it; a sticky plan keeps it there. */
  readonly previousOffsetMs?: number | null;
}

export interface PlanRequest {
  readonly rates: readonly PlanRate[];
  readonly quotas?: readonly PlanQuota[];
  readonly jobs: readonly PlanJob[];
  /** `sticky` (default) keeps the previous offsets and moves few jobs; `keep` moves none; `fresh` forgets them. */
  readonly replan?: 'sticky' | 'keep' | 'fresh';
  /** How much of each rate is planned with: above it a rate is overloaded. Default PLANNED_SHARE; 1 plans with all of it. */
  readonly plannedShare?: number;
  /** Minutes of load looked at by the search: how long it may take. Default PLAN_WORK_MAX. */
  readonly workMax?: number;
  /** What the search's choices are drawn from. The same seed and jobs give the same plan. Default 1. */
  readonly seed?: number;
}

/** Some room is left for retries, for others who draw on the same limit, and for runs that take longer than believed. */
export const PLANNED_SHARE = 0.8;

/** About half a second of search on a machine of 2024. */
export const PLAN_WORK_MAX = 60_000_000;
