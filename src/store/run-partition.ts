import assert from 'node:assert/strict';
import type { Database, Statement } from 'better-sqlite3';
import type { Partition } from '../job/partition';
import { type Claim, checkpointName, type RunKind, type RunPartition, type RunPartitionState } from '../job/run';
import type { Scope } from '../job/scope';

interface RunPartitionRow {
  readonly run_id: number;
  readonly job: string;
  readonly kind: RunKind;
  readonly partition: string;
  readonly scope: string;
  readonly state: RunPartitionState;
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
  readonly parked_until_ms: number | null;
  readonly reason: string | null;
}

/** What a page or the end of a turn adds. */
export interface Counts {
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
}

/** Where a turn leaves its partition. */
export interface Rest {
  readonly state: Exclude<RunPartitionState, 'running'>;
  readonly parkedUntilMs: number | null;
  readonly reason: string | null;
}

/** The table offpeak_run_partition. All within the caller's transaction. */
export class RunPartitions {
  readonly #add: Statement<[{ runId: number; partition: string; position: number; scope: string }]>;
  readonly #list: Statement<[{ runId: number }], RunPartitionRow>;
  readonly #claim: Statement<[Claim & { nowMs: number }]>;
  readonly #count: Statement<[Claim & Counts]>;
  readonly #rest: Statement<[Claim & Rest]>;
  readonly #unpark: Statement<[{ runId: number }], { partition: string }>;
  readonly #failOpen: Statement<[{ runId: number; reason: string }], { partition: string }>;
  readonly #reopen: Statement<[{ runId: number }]>;
  readonly #interrupt: Statement<[]>;
  readonly #parked: Statement<[], RunPartitionRow>;
  readonly #cut: Statement<[], RunPartitionRow>;
  readonly #makeDue: Statement<[{ runId: number; partition: string; nowMs: number }]>;

  constructor(db: Database) {
    this.#add = db.prepare(`
      INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state)
      VALUES (:runId, :partition, :position, :scope, 'waiting')`);
    this.#list = db.prepare(`
      SELECT p.*, r.job, r.kind FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id
      WHERE p.run_id = :runId ORDER BY p.position`);
    this.#claim = db.prepare(`
      UPDATE offpeak_run_partition
      SET state = 'running', resumes = resumes + (state = 'parked'), parked_until_ms = NULL, reason = NULL
      WHERE run_id = :runId AND partition = :partition
        AND (state = 'waiting' OR (state = 'parked' AND parked_until_ms <= :nowMs))`);
    this.#count = db.prepare(`
      UPDATE offpeak_run_partition
      SET pages = pages + :pages, records = records + :records, attempts = attempts + :attempts
      WHERE run_id = :runId AND partition = :partition AND state = 'running'`);
    this.#rest = db.prepare(`
      UPDATE offpeak_run_partition
      SET state = :state, parks = parks + (:state = 'parked'), parked_until_ms = :parkedUntilMs, reason = :reason
      WHERE run_id = :runId AND partition = :partition AND state = 'running'`);
    this.#unpark = db.prepare(`
      UPDATE offpeak_run_partition SET state = 'waiting', parked_until_ms = NULL, reason = NULL
      WHERE run_id = :runId AND state = 'parked' RETURNING partition`);
    this.#failOpen = db.prepare(`
      UPDATE offpeak_run_partition SET state = 'failed', parked_until_ms = NULL, reason = :reason
      WHERE run_id = :runId AND state NOT IN ('done', 'failed') RETURNING partition`);
    this.#reopen = db.prepare(`
      UPDATE offpeak_run_partition SET state = 'waiting', reason = NULL WHERE run_id = :runId AND state = 'failed'`);
    this.#interrupt = db.prepare("UPDATE offpeak_run_partition SET state = 'waiting' WHERE state = 'running'");
    this.#parked = db.prepare(`
      SELECT p.*, r.job, r.kind FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id
      WHERE r.ended_at_ms IS NULL AND p.state = 'parked' ORDER BY p.run_id, p.position`);
    this.#cut = db.prepare(`
      SELECT p.*, r.job, r.kind FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id
      WHERE r.state = 'canceled' AND r.kind = 'backfill' AND p.state = 'running'`);
    this.#makeDue = db.prepare(`
      UPDATE offpeak_run_partition SET parked_until_ms = :nowMs
      WHERE run_id = :runId AND partition = :partition AND state = 'parked' AND parked_until_ms > :nowMs`);
  }

  add(runId: number, partitions: readonly Partition[]): void {
    for (const [position, { key, scope }] of partitions.entries()) {
      this.#add.run({ runId, partition: key, position, scope: JSON.stringify(scope) });
    }
  }

  /** In the order in which the job named them. */
  list(runId: number): RunPartition[] {
    return this.#list.all({ runId }).map(fromRow);
  }

  claim(claim: Claim, nowMs: number): void {
    const { changes } = this.#claim.run({ ...claim, nowMs });
    assert.equal(changes, 1, `${nameOf(claim)} can be claimed only when it waits, or is parked and due`);
  }

  count(claim: Claim, counts: Counts): void {
    const { changes } = this.#count.run({ ...claim, ...counts });
    assert.equal(changes, 1, `${nameOf(claim)} is written outside of its turn`);
  }

  rest(claim: Claim, rest: Rest): void {
    const { changes } = this.#rest.run({ ...claim, ...rest });
    assert.equal(changes, 1, `${nameOf(claim)} ends a turn that it does not have`);
  }

  /** Leaves what is parked waiting, and names it: nothing takes up a run that was canceled. */
  unpark(runId: number): string[] {
    return this.#unpark.all({ runId }).map((row) => row.partition);
  }

  /** Fails every partition that is not final, and names them. */
  failOpen(runId: number, reason: string): string[] {
    return this.#failOpen.all({ runId, reason }).map((row) => row.partition);
  }

  /** What failed waits again. */
  reopen(runId: number): void {
    this.#reopen.run({ runId });
  }

  /** After a takeover: what the dead holder worked on waits again. */
  interruptAll(): void {
    this.#interrupt.run();
  }

  /** Of every run that has not ended. */
  parked(): RunPartition[] {
    return this.#parked.all().map(fromRow);
  }

  /** Under way in a backfill's run that was canceled. */
  cut(): RunPartition[] {
    return this.#cut.all().map(fromRow);
  }

  /** It stays parked, and may be claimed from now on. False when it could be before. */
  makeDue({ runId, partition }: RunPartition, nowMs: number): boolean {
    return this.#makeDue.run({ runId, partition: partition.key, nowMs }).changes === 1;
  }
}

function nameOf(claim: Claim): string {
  return `${claim.job}/${claim.partition} of run ${claim.runId}`;
}

function fromRow(row: RunPartitionRow): RunPartition {
  return {
    runId: row.run_id,
    job: row.job,
    partition: { key: row.partition, scope: JSON.parse(row.scope) as Scope },
    checkpoint: checkpointName({ id: row.run_id, kind: row.kind }, row.partition),
    state: row.state,
    pages: row.pages,
    records: row.records,
    attempts: row.attempts,
    parkedUntilMs: row.parked_until_ms,
    reason: row.reason,
  };
}
