import type { Database, Statement } from 'better-sqlite3';

/** The table offpeak_job: the jobs that this store has ever scheduled. All within the caller's transaction. */
export class Jobs {
  readonly #see: Statement<[{ jobs: string; nowMs: number }]>;
  readonly #decided: Statement<[{ jobs: string }], { job: string; decided_until_ms: number }>;
  readonly #move: Statement<[{ job: string; decidedUntilMs: number }]>;

  constructor(db: Database) {
    this.#see = db.prepare(`
      INSERT INTO offpeak_job (job, first_seen_ms, decided_until_ms) SELECT value, :nowMs, :nowMs FROM json_each(:jobs)
      WHERE true ON CONFLICT DO NOTHING`);
    this.#decided = db.prepare(`
      SELECT job, decided_until_ms FROM offpeak_job WHERE job IN (SELECT value FROM json_each(:jobs))`);
    this.#move = db.prepare('UPDATE offpeak_job SET decided_until_ms = :decidedUntilMs WHERE job = :job');
  }

  /** Remembers those that it has not seen yet: nothing of them was missed before now. */
  see(jobs: readonly string[], nowMs: number): void {
    this.#see.run({ jobs: JSON.stringify(jobs), nowMs });
  }

  decidedUntil(jobs: readonly string[]): Map<string, number> {
    const rows = this.#decided.all({ jobs: JSON.stringify(jobs) });
    return new Map(rows.map((row) => [row.job, row.decided_until_ms]));
  }

  moveDecided(job: string, decidedUntilMs: number): void {
    this.#move.run({ job, decidedUntilMs });
  }
}
