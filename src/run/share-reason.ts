import type { QuotaTerms } from '../job/quota';
import type { Budget } from '../limit/budget';
import type { ShareRequest } from '../limit/share';

/** Calls that are kept for a job. */
export interface Kept {
  readonly job: string;
  readonly calls: number;
}

interface ShareOf extends QuotaTerms {
  readonly used: number;
  readonly budget: Pick<Budget, 'name' | 'limit'>;
}

/** Jobs that a reason names. */
const NAMED_MAX = 3;

export function shareReason({ used, reserve, weight, budget }: ShareOf, kept: readonly Kept[]): string {
  const terms = `(reserve ${count(reserve)}, weight ${count(weight)})`;
  return `its share of ${budget.name} is spent: ${count(used)} of ${count(budget.limit)} ${terms}${keptText(kept)}`;
}

export function capReason({ used, budget }: ShareOf): string {
  return `its cap of ${budget.name} is reached: ${count(used)} of ${count(budget.limit)}`;
}

export function backfillCapReason(
  { name }: Pick<Budget, 'name'>,
  { used, callsMax }: { readonly used: number; readonly callsMax: number },
): string {
  return `the backfill's calls of ${name} are spent: ${count(used)} of ${count(callsMax)}`;
}

export function surplusReason(
  { name, limit }: Pick<Budget, 'name' | 'limit'>,
  request: ShareRequest,
  kept: readonly Kept[],
): string {
  const used = request.claimants.reduce((sum, claimant) => sum + claimant.used, request.usedByOthers);
  return `the surplus of ${name} is spent: ${count(used)} of ${count(limit)} are used${keptText(kept)}`;
}

/** The greatest first. */
function keptText(kept: readonly Kept[]): string {
  if (kept.length === 0) return '';
  const calls = kept.reduce((sum, each) => sum + each.calls, 0);
  const names = [...kept].sort((a, b) => b.calls - a.calls).map(({ job }) => job);
  const rest = names.length - NAMED_MAX;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `; ${count(calls)} are kept for ${names.slice(0, NAMED_MAX).join(', ')}${more}`;
}

function count(calls: number): string {
  return calls.toLocaleString('en-US');
}
