import type { PlanSpan } from './plan-request';

/** What the plan will use and where it will park. Instants are epoch ms; null where they lie beyond the span. */
export interface Forecast {
  readonly span: PlanSpan;
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
  /** In the p50 case. */
  readonly calls: number;
  /** Made after the first reset that it waits for, in the p80 case. */
  readonly callsCarried: number;
  /** In the p80 case. */
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
  /** When it runs out in the p80 case; null when it lasts. */
  readonly goneAtMs: number | null;
  /** Calls that have to wait for a later window because this one is gone, in the p80 case. */
  readonly callsCarried: number;
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

/** One simulation: with the demand that every other run stays below, or that four in five do. */
export interface Traced {
  readonly runs: readonly TracedRun[];
  readonly quotas: readonly TracedQuota[];
}

export interface ForecastParts {
  readonly span: PlanSpan;
  readonly p50: Traced;
  readonly p80: Traced;
  readonly deadlineOf: (job: string, slotAtMs: number) => number | null;
  readonly isMovedByClocks: (job: string, slotAtMs: number) => boolean;
}

/** The most used are told of: each merchant may have one. */
export const QUOTAS_MAX = 64;

/** Puts two simulations of one span beside each other. */
export function forecastFrom(parts: ForecastParts): Forecast {
  const { span, p50, p80 } = parts;
  const later = new Map(p80.runs.map((run) => [keyOf(run), run]));
  const sooner = new Map(p50.runs.map((run) => [keyOf(run), run]));
  // A job whose run before is still under way in one case has no run there: its slot is no run of its own.
  const known = new Map([...later, ...sooner]);
  const runs = [...known].map(([key, run]) => forecastRun(parts, run, { p50: sooner.get(key), p80: later.get(key) }));
  return {
    span,
    runs: runs.sort((a, b) => a.startMs - b.startMs || (a.job < b.job ? -1 : 1)),
    quotas: quotasOf(p50.quotas, p80.quotas),
  };
}

interface Cases {
  readonly p50: TracedRun | undefined;
  readonly p80: TracedRun | undefined;
}

function forecastRun(parts: ForecastParts, { job, slotAtMs, startMs }: TracedRun, { p50, p80 }: Cases): ForecastRun {
  const deadlineAtMs = parts.deadlineOf(job, slotAtMs);
  const finishP80Ms = p80?.endMs ?? null;
  return {
    job,
    slotAtMs,
    startMs,
    finishP50Ms: p50?.endMs ?? null,
    finishP80Ms,
    calls: p50?.calls ?? 0,
    callsCarried: p80?.callsCarried ?? 0,
    parks: p80?.parks ?? [],
    deadlineAtMs,
    slackMs: deadlineAtMs === null || finishP80Ms === null ? null : deadlineAtMs - finishP80Ms,
    isMovedByClocks: parts.isMovedByClocks(job, slotAtMs),
  };
}

function quotasOf(p50: readonly TracedQuota[], p80: readonly TracedQuota[]): ForecastQuota[] {
  const lower = new Map(p50.map((quota) => [quota.name, quota]));
  return p80
    .map(({ name, limit, windows }) => {
      const other = lower.get(name)?.windows ?? [];
      return { name, limit, windows: windowsOf(other, windows) };
    })
    .sort((a, b) => fullness(b) - fullness(a) || (a.name < b.name ? -1 : 1))
    .slice(0, QUOTAS_MAX);
}

function windowsOf(p50: readonly TracedWindow[], p80: readonly TracedWindow[]): ForecastWindow[] {
  const starts = new Map([...p50, ...p80].map((window) => [window.startMs, window]));
  return [...starts.values()]
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ startMs, endMs }) => {
      const lower = p50.find((window) => window.startMs === startMs);
      const higher = p80.find((window) => window.startMs === startMs);
      const { goneAtMs = null, callsCarried = 0 } = higher ?? {};
      return { startMs, endMs, usedP50: lower?.used ?? 0, usedP80: higher?.used ?? 0, goneAtMs, callsCarried };
    });
}

function fullness({ limit, windows }: ForecastQuota): number {
  return Math.max(0, ...windows.map(({ usedP80 }) => usedP80 / limit));
}

function keyOf({ job, kind, slotAtMs }: TracedRun): string {
  return `${job} ${kind} ${slotAtMs}`;
}
