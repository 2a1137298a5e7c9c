import { pickScope, type Scope } from '../job/scope';
import { type Budget, type Draw, drawsOf, isShort } from './budget';

/** Names that all calls of an account have in common. */
const ACCOUNT_NAMES = ['app', 'org', 'ip'] as const;

/**
 * The budget that the jobs of a platform share: in calls, drawn on by every call of the account, with a window that has an
 * end. The day where there is one, else the month, else the longest window on the clock; of equals the smallest. Null when
 * the platform has no such budget.
 * @param scope of a call without anything of its partition.
 */
export function sharedDraw(budgets: readonly Budget[], scope: Scope): Draw | null {
  const shared = drawsOf(budgets.filter(isForAll), pickScope(scope, ACCOUNT_NAMES));
  const rank = ({ budget }: Draw): number => rankOf(budget) ?? Infinity;
  const [first] = shared.sort((a, b) => rank(a) - rank(b) || a.budget.limit - b.budget.limit);
  return first ?? null;
}

function isForAll(budget: Budget): boolean {
  const { unit, only, except } = budget;
  return unit === undefined && !only && !except && !isShort(budget) && rankOf(budget) !== null;
}

/** The lower, the rather it is the one; null for windows that never end as a whole. */
function rankOf({ per }: Budget): number | null {
  if (typeof per === 'string') return per === 'day' ? 0 : 1;
  if ('civil' in per) return per.civil === 'day' ? 0 : 1;
  return 'fixedMs' in per ? 1 + 1 / per.fixedMs : null;
}
