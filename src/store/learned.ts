import type { Statement } from 'better-sqlite3';
import type { Learned, LearnedFilter, LearnedStore } from '../limit/learned';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';
import { keptReason } from './reason';

interface LearnedRow {
  readonly platform: string;
  readonly budget: string;
  readonly scope_key: string;
  readonly limit_: number | null;
  readonly said: number | null;
  readonly guard_ms: number | null;
  readonly guard_refused_ms: number | null;
  readonly catch_up_max: number | null;
  readonly strangers: number | null;
  readonly refusals: number;
  readonly refused_at_ms: number | null;
  readonly reason: string;
  readonly changed_at_ms: number;
}

/** Null where anything fits. */
interface FilterRow {
  readonly platform: string | null;
  readonly budget: string | null;
  readonly scopeKey: string | null;
}

const FITS = `(:platform IS NULL OR platform = :platform) AND (:budget IS NULL OR budget = :budget)
  AND (:scopeKey IS NULL OR scope_key = :scopeKey)`;

/** The table offpeak_learned: a row per counter of which something was learned. */
export class SqliteLearned implements LearnedStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #put: Statement<[LearnedRow]>;
  readonly #list: Statement<[FilterRow], LearnedRow>;
  readonly #delete: Statement<[FilterRow]>;

  constructor(connection: Connection, lease: SqliteLease) {
    this.#connection = connection;
    this.#lease = lease;
    const { db } = connection;
    this.#put = db.prepare(`
      INSERT INTO offpeak_learned (platform, budget, scope_key, limit_, said, guard_ms, guard_refused_ms, catch_up_max,
        strangers, refusals, refused_at_ms, reason, changed_at_ms)
      VALUES (:platform, :budget, :scope_key, :limit_, :said, :guard_ms, :guard_refused_ms, :catch_up_max,
        :strangers, :refusals, :refused_at_ms, :reason, :changed_at_ms)
      ON CONFLICT DO UPDATE SET
        limit_ = excluded.limit_, said = excluded.said, guard_ms = excluded.guard_ms,
        guard_refused_ms = excluded.guard_refused_ms, catch_up_max = excluded.catch_up_max,
        strangers = excluded.strangers, refusals = excluded.refusals, refused_at_ms = excluded.refused_at_ms,
        reason = excluded.reason, changed_at_ms = excluded.changed_at_ms`);
    this.#list = db.prepare(`SELECT * FROM offpeak_learned WHERE ${FITS} ORDER BY platform, budget, scope_key`);
    this.#delete = db.prepare(`DELETE FROM offpeak_learned WHERE ${FITS}`);
  }

  put(learned: readonly Learned[], fence: number): Promise<void> {
    return this.#connection.write(() => {
      this.#lease.assertHeld(fence);
      for (const each of learned) this.#put.run(toRow(each));
    });
  }

  list(filter: LearnedFilter = {}): Promise<Learned[]> {
    return this.#connection.read(() => this.#list.all(filterRow(filter)).map(fromRow));
  }

  /** Within a transaction, by whoever may: an operator needs no lease. Returns how many rows. */
  delete(filter: LearnedFilter): number {
    return this.#delete.run(filterRow(filter)).changes;
  }
}

function filterRow({ platform, budget, scopeKey }: LearnedFilter): FilterRow {
  return { platform: platform ?? null, budget: budget ?? null, scopeKey: scopeKey ?? null };
}

function toRow(learned: Learned): LearnedRow {
  return {
    platform: learned.platform,
    budget: learned.budget,
    scope_key: learned.scopeKey,
    limit_: learned.limit,
    said: learned.said,
    guard_ms: learned.guardMs,
    guard_refused_ms: learned.guardRefusedMs,
    catch_up_max: learned.catchUpMax,
    strangers: learned.strangers,
    refusals: learned.refusals,
    refused_at_ms: learned.refusedAtMs,
    reason: keptReason(learned.reason),
    changed_at_ms: learned.changedAtMs,
  };
}

function fromRow(row: LearnedRow): Learned {
  return {
    platform: row.platform,
    budget: row.budget,
    scopeKey: row.scope_key,
    limit: row.limit_,
    said: row.said,
    guardMs: row.guard_ms,
    guardRefusedMs: row.guard_refused_ms,
    catchUpMax: row.catch_up_max,
    strangers: row.strangers,
    refusals: row.refusals,
    refusedAtMs: row.refused_at_ms,
    reason: row.reason,
    changedAtMs: row.changed_at_ms,
  };
}
