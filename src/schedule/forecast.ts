import type { PlanSpan } from './plan-request';

/** What a plan will use, when its runs will end, and where they will park. */
export interface Forecast {
  readonly span: PlanSpan;
  readonly runs: readonly ForecastRun[];
  readonly quotas: readonly ForecastQuota[];
}

export interface ForecastRun {
  readonly job: string;
  readonly slotAtMs: number;
  readonly startMs: number;
  /** Half of such runs have ended by then; null: not within the span. */
  readonly finishP50Ms: number | null;
  /** Four in five have ended by then; null: not within the span. */
  readonly finishP80Ms: number | null;
  /** In the median. */
  readonly calls: number;
  /** Made after the first reset that it waited for. */
  readonly callsCarried: number;
  readonly parks: readonly { readonly atMs: number; readonly untilMs: number; readonly reason: string }[];
  readonly deadlineAtMs: number | null;
  /** From the p80 finish to the deadline; negative when that is missed. */
  readonly slackMs: number | null;
  /** The clocks skip the time that its schedule names. */
  readonly isMovedByClocks: boolean;
}

export interface ForecastQuota {
  /** As `PlanQuota.name`. */
  readonly name: string;
  readonly limit: number;
  readonly windows: readonly {
    readonly startMs: number;
    readonly endMs: number;
    readonly usedP50: number;
    readonly usedP80: number;
    /** When it runs out, in the p80 case. */
    readonly goneAtMs: number | null;
    readonly callsCarried: number;
  }[];
}
