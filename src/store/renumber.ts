import type { Database } from 'better-sqlite3';

/** Added where nobody knows how many runs there were since: more than any store begins between two backups. */
export const UNKNOWN_RUNS = 100_000;

/**
 * Gives every run that has not ended a new id. Pages go to a sink with a key made of job, partition, run and page: the
 * same run going on from an earlier cursor would use keys again, for other records, and a receiver would drop these.
 */
export function renumberUnfinished(db: Database): void {
  const ids = db.prepare<[], { id: number; kind: string }>(
    'SELECT id, kind FROM offpeak_run WHERE ended_at_ms IS NULL ORDER BY id',
  );
  const next = db.prepare("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'offpeak_run' RETURNING seq").pluck();
  const renames = RENAMES.map((sql) => db.prepare(sql));
  const checkpoints = CHECKPOINTS.map((sql) => db.prepare(sql));
  for (const { id, kind } of ids.all()) {
    const run = { from: id, to: Number(next.get()) };
    for (const rename of renames) rename.run(run);
    if (kind === 'backfill') for (const rename of checkpoints) rename.run(run);
  }
}

const RENAMES = [
  'UPDATE offpeak_run SET id = :to WHERE id = :from',
  'UPDATE offpeak_run SET into_run_id = :to WHERE into_run_id = :from',
  'UPDATE offpeak_run_totals SET run_id = :to WHERE run_id = :from',
  'UPDATE offpeak_run_partition SET run_id = :to WHERE run_id = :from',
  'UPDATE offpeak_expectation SET run_id = :to WHERE run_id = :from',
  'UPDATE offpeak_backfill SET run_id = :to WHERE run_id = :from',
  'UPDATE offpeak_call SET run_id = :to WHERE run_id = :from',
];

/** Those of a backfill have its run in their names. */
const CHECKPOINTS = ['offpeak_checkpoint', 'offpeak_checkpoint_version'].map(
  (table) => `
    UPDATE ${table} SET partition = substr(partition, 1, length(partition) - length(:from)) || :to
    WHERE partition LIKE '%~backfill-' || :from
      AND (job, substr(partition, 1, length(partition) - length('~backfill-' || :from)))
        IN (SELECT r.job, p.partition FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id WHERE r.id = :to)`,
);
