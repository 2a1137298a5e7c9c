import { pickScope, type Scope, type ScopeName, scopeKey } from '../job/scope';

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
  /** Only calls of these APIs draw on it; all when left out. */
  readonly apis?: readonly string[];
  /** Calls of these APIs do not draw on it: they have a budget of their own. */
  readonly exceptApis?: readonly string[];
  /** Where the figure comes from: the vendor's page, or 'config'. */
  readonly source: string;
}

/** A rolling span of less than a minute in milliseconds, a quota window in the platform's day rule, or calls at once. */
export type BudgetPeriod = { readonly rollingMs: number } | 'day' | 'month' | 'in-flight';

/** Spans from here up are counted in the ledger, so that no restart forgets them. */
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
  const api = scope.api ?? '';
  if (budget.apis && !budget.apis.includes(api)) return false;
  return !budget.exceptApis?.includes(api);
}

function drawOf(budget: Budget, scope: Scope): Draw {
  const part = pickScope(scope, budget.scope);
  return { budget, scope: part, counter: `${budget.name}|${scopeKey(part)}` };
}
