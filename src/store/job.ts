import type { Database, Statement } from 'better-sqlite3';

/** The table offpeak_job: the jobs that this store has ever scheduled. */
export class Jobs {
  readonly #add: Statement<[{ job: string; nowMs: number }]>;
  readonly #read: Statement<[{ job: string }], { first_seen_ms: number }>;

  constructor(db: Database) {
    this.#add = db.prepare(`
      INSERT INTO offpeak_job (job, first_seen_ms) VALUES (:job, :nowMs) ON CONFLICT DO NOTHING`);
    this.#read = db.prepare('SELECT first_seen_ms FROM offpeak_job WHERE job = :job');
  }

  /** Within a transaction. `nowMs` for a job that it has not seen yet, which it then remembers. */
  firstSeenMs(job: string, nowMs: number): number {
    this.#add.run({ job, nowMs });
    return this.#read.get({ job })?.first_seen_ms ?? nowMs;
  }
}
