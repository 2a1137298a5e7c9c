/** What was learned of one counter; every field is null where nothing was. */
export interface Learned {
  readonly platform: string;
  readonly budget: string;
  /** Of the counter, see scopeKey(). */
  readonly scopeKey: string;
  /** The lower limit in force, in the budget's own window. */
  readonly limit: number | null;
  /** What the platform said last that it allows, in the budget's own window; more than configured is shown, not trusted. */
  readonly said: number | null;
  /** The guard in force beyond the window, ms; and the widest at which the platform still refused. */
  readonly guardMs: number | null;
  readonly guardRefusedMs: number | null;
  /** Calls that may follow each other at once after a stall of this process, where fewer than usual. */
  readonly catchUpMax: number | null;
  /** Draws in the latest window that the platform counted and Offpeak did not make: somebody shares the quota. */
  readonly strangers: number | null;
  /** Refusals so far, and the latest. */
  readonly refusals: number;
  readonly refusedAtMs: number | null;
  /** Why it changed last, in one line. */
  readonly reason: string;
  readonly changedAtMs: number;
}

/** Which of it: everything of a platform, of one of its budgets, or of one counter. */
export interface LearnedFilter {
  readonly platform?: string;
  readonly budget?: string;
  readonly scopeKey?: string;
}

/** Port: what was learned outlives the process. */
export interface LearnedStore {
  /** Replaces the row of the same counter. */
  put(learned: readonly Learned[], fence: number): Promise<void>;
  list(filter?: LearnedFilter): Promise<Learned[]>;
}
