import { pickScope, SCOPE_NAMES, type Scope, type ScopeName, scopeKey } from '../job/scope';

/**
 * A limit that calls draw on.
 * @example { name: 'app-day', limit: 1_000_000, per: 'day', scope: ['app'] }
 */
export interface Budget {
  /** Unique within the platform. */
  readonly name: string;
  /** Calls per window, or calls at once for `in-flight`. A positive whole number. */
  readonly limit: number;
  readonly per: BudgetPeriod;
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

/** A rolling span in milliseconds, a quota window in the platform's day rule, or calls at once. */
export type BudgetPeriod = { readonly rollingMs: number } | 'day' | 'month' | 'in-flight';

/** Longest rolling span. It is counted in memory, and starts as if full after a stop; days and months are in the ledger. */
export const ROLLING_MS_MAX = 60_000;

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
