import type { Database, Statement } from 'better-sqlite3';
import type { Spent } from '../job/attempt';
import type { Claim } from '../job/run';

/** Whose page settles a draw. */
export type Payer = Pick<Claim, 'job' | 'runId'>;

/**
 * The table offpeak_ledger_job: what each job drew from each window. Its rows go with their windows. Backfills have a row of
 * their own, or they would use up what the job's scheduled runs have a right to.
 */
export class LedgerJobs {
  readonly #add: Statement<[Omit<Spent, 'amount'> & Payer]>;

  constructor(db: Database) {
    this.#add = db.prepare(`
      INSERT INTO offpeak_ledger_job (platform, budget, scope_key, window_key, job, used)
      SELECT :platform, :budget, :scopeKey, :windowKey,
        CASE kind WHEN 'backfill' THEN :job || ' (backfill)' ELSE :job END, :spent
      FROM offpeak_run WHERE id = :runId
      ON CONFLICT DO UPDATE SET used = used + excluded.used`);
  }

  /** Within a transaction. */
  add({ job, runId }: Payer, drawn: Spent): void {
    const { platform, budget, scopeKey, windowKey } = drawn;
    this.#add.run({ platform, budget, scopeKey, windowKey, spent: drawn.spent, job, runId });
  }
}
