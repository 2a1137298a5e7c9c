import type { Database, Statement } from 'better-sqlite3';
import type { Spent } from '../job/attempt';

/** The table offpeak_ledger_job: what each job drew from each window. Its rows go with their windows. */
export class LedgerJobs {
  readonly #add: Statement<[Spent & { job: string }]>;

  constructor(db: Database) {
    this.#add = db.prepare(`
      INSERT INTO offpeak_ledger_job (platform, budget, scope_key, window_key, job, used)
      VALUES (:platform, :budget, :scopeKey, :windowKey, :job, :spent)
      ON CONFLICT DO UPDATE SET used = used + excluded.used`);
  }

  /** Within a transaction. */
  add(job: string, spent: Spent): void {
    this.#add.run({ ...spent, job });
  }
}
