import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arrival } from '../../src/sandbox/arrival';
import { reading } from './export';
import type { Place } from './life';

/** What must hold whenever a process is dead. */
export interface Standing {
  /** Partitions whose records are not those of the pages that their checkpoint has behind it. */
  readonly torn: readonly string[];
  /** Calls that the sandbox counted in some quota day beyond what the ledger of Offpeak knows of. */
  readonly uncounted: number;
}

interface PartitionRow {
  readonly job: string;
  readonly partition: string;
  readonly counted: number;
  readonly held: number;
  readonly sink_state: string | null;
}

const PARTITIONS = `
  SELECT r.job, p.partition, SUM(p.records) AS counted, c.sink_state,
    (SELECT COUNT(*) FROM "orders" o WHERE o.job = r.job AND o.partition = p.partition) AS held
  FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id
  LEFT JOIN offpeak_checkpoint c ON c.job = r.job AND c.partition = p.partition GROUP BY r.job, p.partition`;
const DRAWN = `SELECT start_ms, used + reserved AS drawn FROM offpeak_ledger WHERE budget = 'app-day'`;

/** Compares what a dead process left with what the sandbox saw. */
export function standingOf({ directory, sandbox }: Place): Standing {
  return reading(directory, (db) => {
    const has = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'orders'").get() !== undefined;
    const rows = has ? db.prepare<[], PartitionRow>(PARTITIONS).all() : [];
    const drawn = db.prepare<[], { start_ms: number; drawn: number }>(DRAWN).all();
    const known = new Map(drawn.map((row) => [row.start_ms, row.drawn]));
    const days = sandbox.ledger.attemptsByWindow({ windowMs: 'day' });
    return {
      torn: rows.filter((row) => !isWhole(directory, row)).map(({ job, partition }) => `${job}/${partition}`),
      uncounted: days.reduce((sum, { startMs, count }) => sum + Math.max(0, count - (known.get(startMs) ?? 0)), 0),
    };
  });
}

function isWhole(directory: string, { counted, held, sink_state }: PartitionRow): boolean {
  if (sink_state === null) return held === counted;
  const { file, bytes } = JSON.parse(sink_state) as { file: string; bytes: number };
  const committed = readFileSync(join(directory, file)).subarray(0, bytes).toString();
  return committed.split('\n').length - 1 === counted && committed.endsWith('\n');
}

/** Most pages of one partition that a single life fetched although an earlier one had fetched them. `ends`: arrivals at the end of each life. */
export function mostRepeated(arrivals: readonly Arrival[], ends: readonly number[]): number {
  const seen = new Set<string>();
  let most = 0;
  let from = 0;
  for (const end of [...ends, arrivals.length]) {
    const repeated = new Map<string, number>();
    const life = arrivals.slice(from, end).filter(({ page }) => page !== null);
    for (const { page, scope } of life) {
      const user = scope.user ?? '';
      if (seen.has(page ?? '')) repeated.set(user, (repeated.get(user) ?? 0) + 1);
    }
    for (const { page } of life) seen.add(page ?? '');
    most = Math.max(most, ...repeated.values());
    from = end;
  }
  return most;
}
