import type { Scope } from '../job/scope';
import { type Budget, drawsOf, spanMsOf } from '../limit/budget';
import type { Platform } from '../platform/platform';
import type { PlanSpan } from '../schedule/plan-request';
import type { LoggedCall } from '../store/call';
import { type DayRule, windowAt } from '../time/window';
import { parseScope } from './scope';

/** How one job draws on one counter of its platform. */
export interface CounterUse {
  /** Unique over all platforms: `shop app-day app=ks1`. */
  readonly name: string;
  readonly budget: Budget;
  readonly scope: Scope;
  /** Share of the job's calls that draw on it. */
  readonly callShare: number;
  /** Calls that it has in flight on average. */
  readonly inFlight: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The counters that logged calls of one job drew on. Budgets in units are left out: the log has no costs. */
export function usedCounters(platform: Platform, name: string, calls: readonly LoggedCall[]): CounterUse[] {
  const found = new Map<string, { budget: Budget; scope: Scope; calls: number; busyMs: number }>();
  for (const { scopeKey, durationMs } of calls) {
    for (const { budget, scope, counter } of drawsOf(countable(platform), parseScope(scopeKey))) {
      const use = found.get(counter) ?? { budget, scope, calls: 0, busyMs: 0 };
      found.set(counter, { budget, scope, calls: use.calls + 1, busyMs: use.busyMs + durationMs });
    }
  }
  const activeMs = activeMsOf(calls);
  return [...found].map(([counter, use]) => ({
    name: `${name} ${counter.replace('|', ' ')}`,
    budget: use.budget,
    scope: use.scope,
    callShare: use.calls / calls.length,
    inFlight: use.busyMs / activeMs,
  }));
}

/** The counters that a job which never called is believed to draw on: those of all calls of its platform's app. */
export function assumedCounters(platform: Platform, name: string): CounterUse[] {
  const scope = platform.scope({ api: UNKNOWN_API, params: {}, scope: {} });
  return drawsOf(countable(platform), scope).map(({ budget, scope: part, counter }) => ({
    name: `${name} ${counter.replace('|', ' ')}`,
    budget,
    scope: part,
    callShare: 1,
    inFlight: 1,
  }));
}

const UNKNOWN_API = '*';

/** Calls a minute of a short budget, calls at once of `in-flight`; null for longer ones. */
export function rateOf({ limit, per }: Budget): number | null {
  if (per === 'in-flight') return limit;
  const spanMs = spanMsOf(per);
  return spanMs === null || spanMs > HOUR_MS ? null : (limit * MINUTE_MS) / spanMs;
}

/** The days or months of a civil budget that a span touches; null for other budgets. */
export function quotaWindows({ per }: Budget, day: DayRule, span: PlanSpan): PlanSpan[] | null {
  const isCivil = typeof per === 'object' && 'civil' in per;
  if (per !== 'day' && per !== 'month' && !isCivil) return null;
  const unit = isCivil ? per.civil : per;
  const rule: DayRule = isCivil ? { kind: 'civil', at: per.at, timezone: per.timezone } : day;
  const windows: PlanSpan[] = [];
  for (
    let atMs = span.startMs;
    atMs < span.endMs && windows.length < WINDOWS_MAX;
    atMs = windows.at(-1)?.endMs ?? span.endMs
  ) {
    const { startMs, endMs } = windowAt(rule, unit, atMs);
    windows.push({ startMs, endMs });
  }
  return windows;
}

/** More than the days of any plan, unless days are compressed. */
const WINDOWS_MAX = 1_000;

function countable({ budgets }: Platform): Budget[] {
  return budgets.filter(({ unit }) => unit === undefined);
}

function activeMsOf(calls: readonly LoggedCall[]): number {
  const from = calls.reduce((least, { sentAtMs }) => Math.min(least, sentAtMs), Infinity);
  const to = calls.reduce((most, { sentAtMs, durationMs }) => Math.max(most, sentAtMs + durationMs), -Infinity);
  return Math.max(1, to - from);
}
