import type { Budget } from '../limit/budget';
import type { LedgerUsage } from '../limit/ledger';
import { formatDuration } from '../time/duration';
import { formatInstant } from '../time/window';
import type { Project } from './project';

/** The budget of a counter; undefined when the config has dropped it since. */
export function budgetOf({ config }: Project, counter: { platform: string; budget: string }): Budget | undefined {
  return config.platforms[counter.platform]?.budgets.find(({ name }) => name === counter.budget);
}

/** An instant in the zone in which a platform counts. */
export function formatAt({ config }: Project, { platform }: { platform: string }, atMs: number): string {
  const day = config.platforms[platform]?.day;
  return day ? formatInstant(atMs, day) : new Date(atMs).toISOString();
}

/** When a counter starts anew, in the budget's own zone where it has one. A rolling span never does as a whole. */
export function formatReset(project: Project, row: LedgerUsage): string {
  const per = budgetOf(project, row)?.per;
  if (typeof per === 'object') {
    if ('rollingMs' in per) return `rolling, ${formatDuration(per.rollingMs)}`;
    if ('civil' in per) return formatInstant(row.endMs, { kind: 'civil', at: per.at, timezone: per.timezone });
  }
  return formatAt(project, row, row.endMs);
}
