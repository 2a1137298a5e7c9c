import type { Database, Statement } from 'better-sqlite3';
import type { RunKind } from '../job/run';
import type { RunPartitions } from './run-partition';

/**
 * Partitions of ended runs that stay, per job and kind, and all of the newest such run: about 15 MB. Those of older runs go,
 * their totals do not.
 */
export const RUN_PARTITIONS_KEPT_MAX = 100_000;

interface Old {
  readonly job: string;
  readonly kind: RunKind;
  readonly keptMax: number;
}

/** How long the partitions of ended runs stay. All within the caller's transaction. */
export class RunDetails {
  readonly #partitions: RunPartitions;
  readonly #keptMax: number;
  readonly #letGo: Statement<[Old]>;
  readonly #going: Statement<[], { run_id: number }>;
  readonly #gone: Statement<[{ runId: number }]>;

  constructor(db: Database, partitions: RunPartitions, keptMax: number) {
    this.#partitions = partitions;
    this.#keptMax = keptMax;
    // A backfill's run that failed may be taken up again where its partitions failed.
    this.#letGo = db.prepare(`
      UPDATE offpeak_run_totals SET detail = 'going'
      WHERE detail = 'kept' AND run_id IN (
        SELECT id FROM (
          SELECT r.id, ROW_NUMBER() OVER newest AS place, SUM(t.partitions) OVER newest AS partitions
          FROM offpeak_run r JOIN offpeak_run_totals t ON t.run_id = r.id
          WHERE r.job = :job AND r.kind = :kind AND r.ended_at_ms IS NOT NULL AND t.partitions > 0
            AND NOT (r.kind = 'backfill' AND r.state = 'failed')
          WINDOW newest AS (ORDER BY r.slot_at_ms DESC ROWS UNBOUNDED PRECEDING))
        WHERE place > 1 AND partitions > :keptMax)`);
    this.#going = db.prepare("SELECT run_id FROM offpeak_run_totals WHERE detail = 'going' LIMIT 1");
    this.#gone = db.prepare("UPDATE offpeak_run_totals SET detail = 'gone' WHERE run_id = :runId");
  }

  /** Chooses the runs that are too many, with each new one. */
  letGo(job: string, kind: RunKind): void {
    this.#letGo.run({ job, kind, keptMax: this.#keptMax });
  }

  /** Twice as many as a commit adds, so that the table shrinks to what is kept and no commit waits long for it. */
  sweep(added: number): void {
    const rowsMax = 2 * added;
    const found = this.#going.get();
    if (found && this.#partitions.remove(found.run_id, rowsMax) < rowsMax) this.#gone.run({ runId: found.run_id });
  }
}
