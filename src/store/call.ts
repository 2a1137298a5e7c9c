import type { Statement } from 'better-sqlite3';
import type { AttemptRecord } from '../job/attempt';
import type { Claim } from '../job/run';
import type { Connection } from './connection';

/** About a week of ten calls a minute on each of two platforms, or some 60 MB. */
export const CALL_LOG_ROWS_MAX = 200_000;
/** Rows deleted beyond those that were added, so that no commit waits long for the log. */
const PRUNED_ROWS_MAX = 500;
/** Pruned each time that so large a part of it was added: to look for old rows at each page costs half of a row. */
const PRUNED_AT_SHARE = 1 / 1_000;

/** An attempt, and whose it was. */
export interface LoggedCall extends AttemptRecord {
  /** Grows with time. */
  readonly id: number;
  readonly runId: number;
  readonly job: string;
  readonly partition: string;
}

export interface CallFilter {
  readonly job?: string;
  readonly partition?: string;
  readonly runId?: number;
  readonly limit: number;
}

interface CallRow {
  readonly id: number;
  readonly run_id: number;
  readonly job: string;
  readonly partition: string;
  readonly platform: string;
  readonly api: string;
  readonly scope_key: string;
  readonly attempt: number;
  readonly sent_at_ms: number;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly reply_bytes: number;
  readonly outcome: AttemptRecord['outcome'];
  readonly code: string | null;
  readonly reason: string | null;
}

/** The table offpeak_call: the call log, newest CALL_LOG_ROWS_MAX rows, and up to a thousandth more. */
export class CallLog {
  readonly #connection: Connection;
  readonly #rowsMax: number;
  /** Rows that may be added before it is pruned again. */
  readonly #pruneAfter: number;
  #sincePruned: number;
  readonly #add: Statement<[Omit<CallRow, 'id'>]>;
  readonly #prune: Statement<[{ keptMax: number; rowsMax: number }]>;

  constructor(connection: Connection, rowsMax: number) {
    this.#connection = connection;
    this.#rowsMax = rowsMax;
    this.#pruneAfter = Math.ceil(rowsMax * PRUNED_AT_SHARE);
    this.#sincePruned = this.#pruneAfter; // at the first row, for processes that add few
    const { db } = connection;
    this.#add = db.prepare(`
      INSERT INTO offpeak_call (run_id, job, partition, platform, api, scope_key, attempt, sent_at_ms, duration_ms,
        status, reply_bytes, outcome, code, reason)
      VALUES (:run_id, :job, :partition, :platform, :api, :scope_key, :attempt, :sent_at_ms, :duration_ms,
        :status, :reply_bytes, :outcome, :code, :reason)`);
    // Ids have no gaps but those at the old end, so the newest id tells how many rows there are.
    this.#prune = db.prepare(`
      DELETE FROM offpeak_call WHERE id IN (
        SELECT id FROM offpeak_call WHERE id <= (SELECT MAX(id) FROM offpeak_call) - :keptMax
        ORDER BY id LIMIT +:rowsMax)`);
  }

  /** Within a transaction. */
  add(claim: Claim, attempts: readonly AttemptRecord[]): void {
    if (attempts.length === 0 || this.#rowsMax === 0) return;
    for (const attempt of attempts) this.#add.run(toRow(claim, attempt));
    this.#sincePruned += attempts.length;
    if (this.#sincePruned < this.#pruneAfter) return;
    this.#prune.run({ keptMax: this.#rowsMax, rowsMax: this.#sincePruned + PRUNED_ROWS_MAX });
    this.#sincePruned = 0;
  }

  /** Newest first. */
  list(filter: CallFilter): Promise<LoggedCall[]> {
    const { job, partition, runId, limit } = filter;
    const conditions = [
      ...(job === undefined ? [] : ['job = :job']),
      ...(partition === undefined ? [] : ['partition = :partition']),
      ...(runId === undefined ? [] : ['run_id = :runId']),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    return this.#connection.read(() =>
      this.#connection.db
        .prepare<[CallFilter], CallRow>(`SELECT * FROM offpeak_call ${where} ORDER BY id DESC LIMIT +:limit`)
        .all({ ...filter, limit })
        .map(fromRow),
    );
  }
}

function toRow(claim: Claim, attempt: AttemptRecord): Omit<CallRow, 'id'> {
  return {
    run_id: claim.runId,
    job: claim.job,
    partition: claim.partition,
    platform: attempt.platform,
    api: attempt.api,
    scope_key: attempt.scopeKey,
    attempt: attempt.attempt,
    sent_at_ms: attempt.sentAtMs,
    duration_ms: Math.round(attempt.durationMs), // measured on a clock with fractions
    status: attempt.status,
    reply_bytes: attempt.replyBytes,
    outcome: attempt.outcome,
    code: attempt.code,
    reason: attempt.reason,
  };
}

function fromRow(row: CallRow): LoggedCall {
  return {
    id: row.id,
    runId: row.run_id,
    job: row.job,
    partition: row.partition,
    platform: row.platform,
    api: row.api,
    scopeKey: row.scope_key,
    attempt: row.attempt,
    sentAtMs: row.sent_at_ms,
    durationMs: row.duration_ms,
    status: row.status,
    replyBytes: row.reply_bytes,
    outcome: row.outcome,
    code: row.code,
    reason: row.reason,
  };
}
