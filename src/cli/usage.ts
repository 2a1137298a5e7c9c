import { type LedgerUsage, leftOf } from '../limit/ledger';
import { color } from './color';
import { type Cell, count, Painted, table } from './print';
import type { Project } from './project';
import { formatReset } from './reset';

const BAR_CELLS = 20;

/** What every counter holds and has left. */
export function usageTable(project: Project, usage: readonly LedgerUsage[]): string {
  return table(
    ['platform', 'budget', 'scope', 'used', '', 'left', 'resets at'],
    usage.map((row) => [...names(row), usedText(row), bar(row), count(leftOf(row)), formatReset(project, row)]),
  );
}

/** Who used it: a row for each job, the greatest first, and one for what no page of a job has settled. */
export function jobTable(usage: readonly LedgerUsage[]): string {
  return table(['platform', 'budget', 'scope', 'job', 'used', 'of all'], usage.flatMap(jobRows));
}

function jobRows(row: LedgerUsage): Cell[][] {
  const jobs = Object.entries(row.byJob).sort(([, a], [, b]) => b - a);
  const rest = row.used - jobs.reduce((sum, [, used]) => sum + used, 0);
  const all = rest > 0 ? [...jobs, ['(no job)', rest] as const] : jobs;
  return all.map(([job, used]) => [...names(row), job, count(used), `${Math.round((used / row.used) * 100)} %`]);
}

function names({ platform, budget, scopeKey }: LedgerUsage): string[] {
  return [platform, budget, scopeKey];
}

function usedText({ used, reserved, limit }: LedgerUsage): string {
  const text = `${count(used)} of ${count(limit)}`;
  return reserved > 0 ? `${text}, ${count(reserved)} in blocks` : text;
}

/** Used, then what is reserved in blocks, then what is left. */
function bar({ used, reserved, limit }: LedgerUsage): Painted {
  const share = (used + reserved) / limit;
  const full = Math.min(BAR_CELLS, Math.round((used / limit) * BAR_CELLS));
  const gone = Math.max(full, Math.min(BAR_CELLS, Math.round(share * BAR_CELLS)));
  const colour = share >= 1 ? color.red : share >= 0.9 ? color.yellow : color.green;
  const cells = colour('█'.repeat(full) + '▒'.repeat(gone - full));
  return new Painted(cells + color.dim('░'.repeat(BAR_CELLS - gone)));
}
