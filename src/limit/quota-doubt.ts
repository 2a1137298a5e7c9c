import { type Budget, isShort, spanMsOf } from './budget';
import { type QuotaClock, QuotaWindows } from './quota';

/** A platform's limits, and how it counts its days. */
export interface Quotas extends QuotaClock {
  readonly budgets: readonly Budget[];
}

/**
 * When every window that is open now counts no more, for a ledger that does not know what was spent in them; null where no
 * budget is longer than a minute.
 */
export function quotaDoubtEndMs(quotas: Quotas, nowMs: number): number | null {
  const ends = quotas.budgets.filter((budget) => !isShort(budget)).map((budget) => doubtEndMs(quotas, budget, nowMs));
  return ends.length === 0 ? null : Math.max(...ends);
}

function doubtEndMs(quotas: Quotas, { per }: Budget, nowMs: number): number {
  if (typeof per === 'object' && 'rollingMs' in per) return nowMs + (spanMsOf(per) ?? 0);
  const windows = new QuotaWindows(quotas).openAt(per, { fromMs: nowMs, toMs: nowMs });
  return Math.max(...windows.map(({ endMs }) => endMs)) + quotas.resetGuardMs;
}
