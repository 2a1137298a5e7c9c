import type { Statement } from 'better-sqlite3';
import type { Reason } from '../schedule/plan-reason';
import type { AppliedPlan, PlanStore } from '../schedule/plan-store';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';

interface PlanRow {
  readonly job: string;
  readonly offset_ms: number;
  readonly duration_ms: number;
  /** A JSON object. */
  readonly reason: string;
  readonly planned_at_ms: number;
  readonly digest: string;
}

/** The table offpeak_plan. */
export class SqlitePlans implements PlanStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #list: Statement<[], PlanRow>;
  readonly #clear: Statement<[]>;
  readonly #put: Statement<[PlanRow]>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#list = db.prepare('SELECT * FROM offpeak_plan ORDER BY job');
    this.#clear = db.prepare('DELETE FROM offpeak_plan');
    this.#put = db.prepare(`
      INSERT INTO offpeak_plan (job, offset_ms, duration_ms, reason, planned_at_ms, digest)
      VALUES (:job, :offset_ms, :duration_ms, :reason, :planned_at_ms, :digest)`);
  }

  get(): Promise<AppliedPlan | null> {
    return this.#connection.read(() => fromRows(this.#list.all()));
  }

  put(plan: AppliedPlan, fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      this.#clear.run();
      for (const row of toRows(plan)) this.#put.run(row);
    });
  }
}

function toRows({ plannedAtMs, digest, jobs }: AppliedPlan): PlanRow[] {
  return jobs.map(({ job, offsetMs, durationMs, reason }) => ({
    job,
    offset_ms: offsetMs,
    duration_ms: Math.ceil(durationMs),
    reason: JSON.stringify(reason),
    planned_at_ms: plannedAtMs,
    digest,
  }));
}

function fromRows(rows: readonly PlanRow[]): AppliedPlan | null {
  const [first] = rows;
  if (!first) return null;
  return {
    plannedAtMs: first.planned_at_ms,
    digest: first.digest,
    jobs: rows.map(({ job, offset_ms, duration_ms, reason }) => ({
      job,
      offsetMs: offset_ms,
      durationMs: duration_ms,
      reason: JSON.parse(reason) as Reason,
    })),
  };
}
