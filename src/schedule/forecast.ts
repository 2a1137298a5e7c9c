import type { PlanSpan } from './plan-request';

/** What the plan will use and where it will park. Instants are epoch ms; null where they lie beyond the span. */
export interface Forecast {
  readonly span: PlanSpan;
  /** Runs and windows from here on are left out: the end of the span, unless the simulation took too many steps. */
  readonly coveredUntilMs: number;
  /** How many times the span was simulated: with one, every p80 is the p50. */
  readonly passes: number;
  /** By start, then by job. */
  readonly runs: readonly ForecastRun[];
  /** The fullest first. */
  readonly quotas: readonly ForecastQuota[];
}

export interface ForecastRun {
  readonly job: string;
  readonly slotAtMs: number;
  readonly startMs: number;
  readonly finishP50Ms: number | null;
  readonly finishP80Ms: number | null;
  /** Every second pass has no more. */
  readonly calls: number;
  /** Made after the first reset that it waits for, in the pass that has the p80 finish. */
  readonly callsCarried: number;
  /** In the pass that has the p80 finish. */
  readonly parks: readonly ForecastPark[];
  /** Null for a job without one. */
  readonly deadlineAtMs: number | null;
  /** From the p80 finish to the deadline; below 0 when it is missed, null when either is not known. */
  readonly slackMs: number | null;
  /** A change of the clocks skipped the time that the schedule names: the slot is at the end of the gap. */
  readonly isMovedByClocks: boolean;
}

export interface ForecastPark {
  readonly atMs: number;
  readonly untilMs: number;
  readonly reason: string;
}

export interface ForecastQuota {
  /** As PlanQuota.name. */
  readonly name: string;
  readonly limit: number;
  readonly windows: readonly ForecastWindow[];
}

export interface ForecastWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly usedP50: number;
  readonly usedP80: number;
  /** When it runs out, in the pass where that is earliest (of four). Null when they last to its end. */
  readonly goneAtMs: number | null;
  /** The share of passes in which it runs out. */
  readonly goneShare: number;
  /** Calls that have to wait for a later window because this one is gone: the most of four passes. */
  readonly callsCarried: number;
  /** On average over the passes. */
  readonly callsCarriedMean: number;
}

/** A run as one simulation saw it. */
export interface TracedRun {
  readonly job: string;
  readonly kind: string;
  readonly slotAtMs: number;
  readonly startMs: number;
  /** Null while it is under way. */
  readonly endMs: number | null;
  readonly calls: number;
  readonly callsCarried: number;
  readonly parks: readonly ForecastPark[];
}

export interface TracedQuota {
  readonly name: string;
  readonly limit: number;
  readonly windows: readonly TracedWindow[];
}

export interface TracedWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly used: number;
  readonly goneAtMs: number | null;
  readonly callsCarried: number;
}

/** One pass: the span simulated with one draw of everyone's calls. */
export interface Traced {
  readonly runs: readonly TracedRun[];
  readonly quotas: readonly TracedQuota[];
}

export interface ForecastParts {
  readonly span: PlanSpan;
  readonly coveredUntilMs: number;
  /** At least one. */
  readonly passes: readonly Traced[];
  readonly deadlineOf: (job: string, slotAtMs: number) => number | null;
  readonly isMovedByClocks: (job: string, slotAtMs: number) => boolean;
}

/** The most used are told of: each merchant may have one. */
export const QUOTAS_MAX = 64;

/** Puts several simulations of one span beside each other: its figures are quantiles over them. */
export function forecastFrom(parts: ForecastParts): Forecast {
  const { span, coveredUntilMs, passes } = parts;
  const cases = new Map<string, TracedRun[]>();
  for (const { runs } of passes) {
    for (const run of runs) {
      const known = cases.get(keyOf(run));
      if (known) known.push(run);
      else if (run.slotAtMs < coveredUntilMs) cases.set(keyOf(run), [run]);
    }
  }
  const runs = [...cases.values()].map((found) => forecastRun(parts, found));
  return {
    span,
    coveredUntilMs,
    passes: passes.length,
    runs: runs.sort((a, b) => a.startMs - b.startMs || (a.job < b.job ? -1 : 1)),
    quotas: quotasOf(parts),
  };
}

/** A job whose run before is still under way in some passes has no run there: its slot is no run of its own. */
function forecastRun(parts: ForecastParts, found: readonly TracedRun[]): ForecastRun {
  const byEnd = [...found].sort((a, b) => endOf(a) - endOf(b));
  const late = byEnd[Math.round(rankOf(P80, found.length)) - 1] as TracedRun;
  const { job, slotAtMs, endMs: finishP80Ms } = late;
  const deadlineAtMs = parts.deadlineOf(job, slotAtMs);
  return {
    job,
    slotAtMs,
    startMs: Math.min(...found.map(({ startMs }) => startMs)),
    finishP50Ms: instant(quantile(byEnd.map(endOf), P50)),
    finishP80Ms,
    calls: quantile(
      found.map((run) => run.calls),
      P50,
    ),
    callsCarried: late.callsCarried,
    parks: late.parks,
    deadlineAtMs,
    slackMs: deadlineAtMs === null || finishP80Ms === null ? null : deadlineAtMs - finishP80Ms,
    isMovedByClocks: parts.isMovedByClocks(job, slotAtMs),
  };
}

function quotasOf({ passes, coveredUntilMs }: ForecastParts): ForecastQuota[] {
  const found = new Map<string, { readonly limit: number; readonly windows: Map<number, TracedWindow[]> }>();
  for (const { name, limit, windows } of passes.flatMap(({ quotas }) => quotas)) {
    const quota = found.get(name) ?? { limit, windows: new Map<number, TracedWindow[]>() };
    found.set(name, quota);
    for (const window of windows) {
      if (window.startMs >= coveredUntilMs) continue;
      quota.windows.set(window.startMs, [...(quota.windows.get(window.startMs) ?? []), window]);
    }
  }
  return [...found]
    .map(([name, { limit, windows }]) => {
      const ordered = [...windows.values()].map((cases) => windowOf(cases, passes.length));
      return { name, limit, windows: ordered.sort((a, b) => a.startMs - b.startMs) };
    })
    .sort((a, b) => fullness(b) - fullness(a) || (a.name < b.name ? -1 : 1))
    .slice(0, QUOTAS_MAX);
}

/** A pass that does not have the window made no call in it. */
function windowOf(cases: readonly TracedWindow[], passes: number): ForecastWindow {
  const [{ startMs, endMs }] = cases as readonly [TracedWindow];
  const overall = (of: (window: TracedWindow) => number, none: number): number[] => {
    return [...cases.map(of), ...Array.from({ length: passes - cases.length }, () => none)];
  };
  const used = overall((window) => window.used, 0);
  const carried = overall(({ callsCarried }) => callsCarried, 0);
  const goneAtMs = -quantile(
    overall((window) => -(window.goneAtMs ?? Infinity), -Infinity),
    P80,
  );
  return {
    startMs,
    endMs,
    usedP50: quantile(used, P50),
    usedP80: quantile(used, P80),
    goneAtMs: instant(goneAtMs),
    goneShare: cases.filter((window) => window.goneAtMs !== null).length / passes,
    callsCarried: quantile(carried, P80),
    callsCarriedMean: carried.reduce((sum, calls) => sum + calls, 0) / passes,
  };
}

const P50 = 0.5;
const P80 = 0.8;

/** Between two ranks it is interpolated, in whole numbers. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = rankOf(share, sorted.length);
  const [lower = 0, upper = lower] = sorted.slice(Math.floor(rank) - 1, Math.ceil(rank));
  return lower === upper ? lower : Math.round(lower + (upper - lower) * (rank % 1));
}

/** The next of random draws stays below the k-th of n with probability k / (n + 1), whatever their distribution. */
function rankOf(share: number, count: number): number {
  return Math.min(count, Math.max(1, share * (count + 1)));
}

function endOf({ endMs }: TracedRun): number {
  return endMs ?? Infinity;
}

function instant(atMs: number): number | null {
  return Number.isFinite(atMs) ? atMs : null;
}

function fullness({ limit, windows }: ForecastQuota): number {
  return Math.max(0, ...windows.map(({ usedP80 }) => usedP80 / limit));
}

function keyOf({ job, kind, slotAtMs }: TracedRun): string {
  return `${job} ${kind} ${slotAtMs}`;
}
