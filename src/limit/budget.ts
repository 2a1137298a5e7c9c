import type { Costs } from '../job/cost';
import { pickScope, SCOPE_NAMES, type Scope, type ScopeName, scopeKey } from '../job/scope';

/**
 * A limit that calls draw on.
 * @example { name: 'app-day', limit: 1_000_000, per: 'day', scope: ['app'] }
 */
export interface Budget {
  /** Unique within the platform. */
  readonly name: string;
  /** Calls (or units) per window, or calls at once for `in-flight`. A positive whole number. */
  readonly limit: number;
  readonly per: BudgetPeriod;
  /** What is counted: calls when left out, else a unit that calls have a cost in, such as `tokens` or `points`. */
  readonly unit?: string;
  /**
   * How calls are spread over a rolling or fixed window of at most a minute: `even` (default) keeps them apart, `burst`
   * lets them go as soon as the window has room.
   */
  readonly pacing?: 'even' | 'burst';
  /** Holds the guard of a short window at so many ms, instead of letting it follow what is observed. */
  readonly guardMs?: number;
  /** False where refusals without a figure must not lower the limit. Default true. */
  readonly learns?: boolean;
  /** The names that select a counter: `['api', 'user']` counts every API of every user alone. */
  readonly scope: readonly ScopeName[];
  /** Only calls with one of these values draw on it: `{ api: ['open.item.new'] }`. Every name that is listed must fit. */
  readonly only?: ScopeValues;
  /** Calls with one of these values do not draw on it: they have a budget of their own. */
  readonly except?: ScopeValues;
  /** Where the figure comes from: the vendor's page, or 'config'. */
  readonly source: string;
}

export type ScopeValues = Readonly<Partial<Record<ScopeName, readonly string[]>>>;

/**
 * The window of a budget: any span of so many milliseconds; windows of a fixed length on the clock, counted from the epoch
 * plus an offset; a bucket that refills `limit` per span and holds `burst` (token bucket, leaky bucket); a day or month in
 * the platform's day rule, or in one of the budget's own; or calls at once.
 */
export type BudgetPeriod =
  | { readonly rollingMs: number }
  | { readonly fixedMs: number; readonly offsetMs?: number }
  | { readonly bucketMs: number; readonly burst: number }
  | CivilPeriod
  | 'day'
  | 'month'
  | 'in-flight';

/** @example { civil: 'day', at: '00:00', timezone: 'America/Los_Angeles' } */
export interface CivilPeriod {
  readonly civil: 'day' | 'month';
  /** `HH:mm`, wall-clock time of the reset. */
  readonly at: string;
  /** IANA zone. */
  readonly timezone: string;
}

/** Longest span that is counted in memory; it starts as if full after an unclean stop. Longer windows are in the ledger. */
export const SHORT_MS_MAX = 60_000;

/** Longest rolling or fixed window. */
export const SPAN_MS_MAX = 31 * 24 * 3_600_000;

/** True for budgets that are counted in memory, false for those in the ledger. */
export function isShort({ per }: Budget): boolean {
  if (typeof per === 'string') return per === 'in-flight';
  if ('rollingMs' in per) return per.rollingMs <= SHORT_MS_MAX;
  if ('fixedMs' in per) return per.fixedMs <= SHORT_MS_MAX;
  return 'bucketMs' in per;
}

/** The amount that a call draws on a budget. */
export function amountOn({ unit }: Budget, costs: Costs): number {
  return unit === undefined ? 1 : (costs[unit] ?? 0);
}

/** A rate in the window of a budget; null for budgets without a rate. */
export function perWindow({ per }: Budget, perSecond: number): number | null {
  const spanMs = spanMsOf(per);
  return spanMs === null ? null : (perSecond * spanMs) / 1_000;
}

/** How long the window is; null for civil ones, whose length varies, and for `in-flight`. */
export function spanMsOf(per: BudgetPeriod): number | null {
  if (typeof per === 'string' || 'civil' in per) return null;
  if ('rollingMs' in per) return per.rollingMs;
  return 'fixedMs' in per ? per.fixedMs : per.bucketMs;
}

/** One counter that a call draws on. */
export interface Draw {
  readonly budget: Budget;
  readonly scope: Scope;
  /** `budget|scopeKey`: unique within the platform. */
  readonly counter: string;
}

/** The counters that a call of this scope draws on. A budget whose names the scope lacks does not apply. */
export function drawsOf(budgets: readonly Budget[], scope: Scope): Draw[] {
  return budgets.filter((budget) => applies(budget, scope)).map((budget) => drawOf(budget, scope));
}

function applies(budget: Budget, scope: Scope): boolean {
  if (!budget.scope.every((name) => scope[name] !== undefined)) return false;
  const { only = {}, except = {} } = budget;
  return SCOPE_NAMES.every((name) => (!only[name] || has(only, name, scope)) && !has(except, name, scope));
}

function has(values: ScopeValues, name: ScopeName, scope: Scope): boolean {
  const value = scope[name];
  return value !== undefined && (values[name]?.includes(value) ?? false);
}

function drawOf(budget: Budget, scope: Scope): Draw {
  const part = pickScope(scope, budget.scope);
  return { budget, scope: part, counter: `${budget.name}|${scopeKey(part)}` };
}
