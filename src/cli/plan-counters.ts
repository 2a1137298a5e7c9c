import { type Scope, scopeKey } from '../job/scope';
import { type Budget, type BudgetPeriod, drawsOf, spanMsOf } from '../limit/budget';
import type { LedgerUsage } from '../limit/ledger';
import type { Platform } from '../platform/platform';
import type { PlanSpan } from '../schedule/plan-request';
import type { LoggedCall } from '../store/call';
import { type DayRule, fixedWindow, windowAt } from '../time/window';
import { parseScope } from './scope';

/** How one job draws on one counter of its platform. */
export interface CounterUse {
  /** Unique over all platforms: `shop app-day app=ks1`. */
  readonly name: string;
  readonly budget: Budget;
  readonly scope: Scope;
  /** What one call of the job draws on it on average, in the budget's unit. */
  readonly perCall: number;
  /** Calls that it has in flight on average. */
  readonly inFlight: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What one call of a job costs on average, by unit. */
export type CallCosts = Readonly<Record<string, number>>;

/** The counters that logged calls of one job drew on. Budgets in units of which no cost is known are left out. */
export function usedCounters(
  { platform, name, costs }: { platform: Platform; name: string; costs: CallCosts },
  calls: readonly LoggedCall[],
): CounterUse[] {
  const found = new Map<string, { budget: Budget; scope: Scope; calls: number; busyMs: number }>();
  for (const { scopeKey: key, durationMs } of calls) {
    for (const { budget, scope, counter } of drawsOf(countable(platform, costs), parseScope(key))) {
      const use = found.get(counter) ?? { budget, scope, calls: 0, busyMs: 0 };
      found.set(counter, { budget, scope, calls: use.calls + 1, busyMs: use.busyMs + durationMs });
    }
  }
  const activeMs = activeMsOf(calls);
  return [...found.values()].map((use) => ({
    name: counterName(name, use.budget.name, scopeKey(use.scope)),
    budget: use.budget,
    scope: use.scope,
    perCall: (use.calls / calls.length) * costOf(use.budget, costs),
    inFlight: use.busyMs / activeMs,
  }));
}

/** The counters that a job which never called is believed to draw on: those of all calls of its platform's app. */
export function assumedCounters(platform: Platform, name: string): CounterUse[] {
  const scope = platform.scope({ api: UNKNOWN_API, params: {}, scope: {} });
  return drawsOf(countable(platform, {}), scope).map(({ budget, scope: part }) => ({
    name: counterName(name, budget.name, scopeKey(part)),
    budget,
    scope: part,
    perCall: 1,
    inFlight: 1,
  }));
}

const UNKNOWN_API = '*';

/** Calls (or units) a minute of a short budget, calls at once of `in-flight`; null for longer ones. */
export function rateOf({ limit, per }: Budget): number | null {
  if (per === 'in-flight') return limit;
  const spanMs = spanMsOf(per);
  return spanMs === null || spanMs > HOUR_MS ? null : (limit * MINUTE_MS) / spanMs;
}

/**
 * The windows of a long budget that a span touches; null for those that are rates. A rolling one is taken for windows of its
 * length, one after the other from the span's start.
 */
export function quotaWindows({ per }: Budget, day: DayRule, span: PlanSpan): PlanSpan[] | null {
  const windowOf = windowsOf(per, day, span.startMs);
  if (windowOf === null) return null;
  const windows: PlanSpan[] = [];
  for (
    let atMs = span.startMs;
    atMs < span.endMs && windows.length < WINDOWS_MAX;
    atMs = windows.at(-1)?.endMs ?? span.endMs
  ) {
    const { startMs, endMs } = windowOf(atMs);
    windows.push({ startMs, endMs });
  }
  return windows;
}

/** More than the days of any plan, unless days are compressed. */
const WINDOWS_MAX = 1_000;

function windowsOf(per: BudgetPeriod, day: DayRule, fromMs: number): ((atMs: number) => PlanSpan) | null {
  if (per === 'day' || per === 'month') return (atMs) => windowAt(day, per, atMs);
  if (per === 'in-flight') return null;
  if ('civil' in per) {
    const { civil, at, timezone } = per;
    return (atMs) => windowAt({ kind: 'civil', at, timezone }, civil, atMs);
  }
  const spanMs = spanMsOf(per) ?? 0;
  if (spanMs <= HOUR_MS) return null;
  const offsetMs = 'fixedMs' in per ? (per.offsetMs ?? 0) : fromMs % spanMs;
  return (atMs) => fixedWindow(spanMs, atMs, offsetMs);
}

/** The calls of one job within a span. */
export type CallsWithin = (span: PlanSpan) => number;

/** What a call of the job cost on average in the windows that the ledger remembers; nothing of a unit that it did not draw. */
export function callCosts(
  { platform, job, callsWithin }: { platform: Platform; job: string; callsWithin: CallsWithin },
  usage: readonly LedgerUsage[],
): CallCosts {
  const costs: Record<string, number> = {};
  for (const { name, unit } of platform.budgets) {
    if (unit === undefined) continue;
    const windows = new Map<string, { used: number; calls: number }>();
    for (const { budget, windowKey, startMs, endMs, byJob } of usage) {
      const used = budget === name ? (byJob[job] ?? 0) : 0;
      if (used === 0) continue;
      const known = windows.get(windowKey) ?? { used: 0, calls: callsWithin({ startMs, endMs }) };
      windows.set(windowKey, { ...known, used: known.used + used });
    }
    const counted = [...windows.values()].filter(({ calls }) => calls > 0);
    const calls = counted.reduce((sum, window) => sum + window.calls, 0);
    const perCall = counted.reduce((sum, { used }) => sum + used, 0) / calls;
    // Of several budgets the dearest: each may see some of the calls only.
    if (calls > 0) costs[unit] = Math.max(costs[unit] ?? 0, perCall);
  }
  return costs;
}

/** The name of a counter over all platforms. */
export function counterName(platform: string, budget: string, scopeKey: string): string {
  return `${platform} ${budget} ${scopeKey}`;
}

function countable({ budgets }: Platform, costs: CallCosts): Budget[] {
  return budgets.filter(({ unit }) => unit === undefined || costs[unit] !== undefined);
}

function costOf({ unit }: Budget, costs: CallCosts): number {
  return unit === undefined ? 1 : (costs[unit] ?? 0);
}

function activeMsOf(calls: readonly LoggedCall[]): number {
  const from = calls.reduce((least, { sentAtMs }) => Math.min(least, sentAtMs), Infinity);
  const to = calls.reduce((most, { sentAtMs, durationMs }) => Math.max(most, sentAtMs + durationMs), -Infinity);
  return Math.max(1, to - from);
}
