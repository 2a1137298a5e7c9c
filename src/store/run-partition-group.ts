import type { Database, Statement } from 'better-sqlite3';
import type { CalledPartition, RunStore, StuckGroup } from '../job/run';
import type { Scope } from '../job/scope';

interface GroupRow {
  readonly state: StuckGroup['state'];
  readonly parked_until_ms: number | null;
  readonly reason: string | null;
  readonly partitions: number;
}

type Member = Omit<GroupRow, 'partitions'> & { readonly runId: number; readonly keysMax: number };

/** The table offpeak_run_partition, for whoever looks at many rows at once: a run may have a million. */
export class RunPartitionGroups {
  readonly #groups: Statement<[{ runId: number; limit: number }], GroupRow>;
  readonly #members: Statement<[Member], { partition: string }>;
  readonly #scopes: Statement<
    [Parameters<RunStore['scopes']>[0]],
    { partition: string; scope: string; attempts: number }
  >;

  constructor(db: Database) {
    // By the primary key: the rows lie side by side, and a group by the index of the open ones would look each of them up.
    this.#groups = db.prepare(`
      SELECT state, parked_until_ms, reason, COUNT(*) AS partitions FROM offpeak_run_partition NOT INDEXED
      WHERE run_id = :runId AND state IN ('parked', 'failed')
      GROUP BY state, parked_until_ms, reason ORDER BY partitions DESC, MIN(position) LIMIT +:limit`);
    this.#members = db.prepare(`
      SELECT partition FROM offpeak_run_partition
      WHERE run_id = :runId AND state = :state AND state <> 'done'
        AND parked_until_ms IS :parked_until_ms AND reason IS :reason
      ORDER BY position LIMIT +:keysMax`);
    this.#scopes = db.prepare(`
      SELECT partition, scope, attempts FROM offpeak_run_partition
      WHERE run_id = :runId AND partition > :afterKey ORDER BY partition LIMIT +:limit`);
  }

  stuck({ runId, limit, keysMax }: Parameters<RunStore['stuckGroups']>[0]): StuckGroup[] {
    return this.#groups.all({ runId, limit }).map(({ partitions: count, ...group }) => {
      const keys = this.#members.all({ ...group, runId, keysMax }).map(({ partition }) => partition);
      return { state: group.state, parkedUntilMs: group.parked_until_ms, reason: group.reason, count, keys };
    });
  }

  scopes(run: Parameters<RunStore['scopes']>[0]): CalledPartition[] {
    return this.#scopes.all(run).map(({ partition: key, scope, attempts }) => {
      return { key, scope: JSON.parse(scope) as Scope, attempts };
    });
  }
}
