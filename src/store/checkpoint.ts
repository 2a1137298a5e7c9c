import assert from 'node:assert/strict';
import type { Database, Statement } from 'better-sqlite3';
import type { Checkpoint, CheckpointChange, CheckpointPart, CheckpointStatus } from '../job/checkpoint';
import type { RunPartitionState } from '../job/run';
import { CheckpointVersions } from './checkpoint-version';

interface CheckpointRow {
  readonly job: string;
  readonly partition: string;
  readonly cursor: string | null;
  readonly bookmark: string | null;
  readonly version: number;
  readonly fence: number;
  readonly status: CheckpointStatus;
  readonly parked_until_ms: number | null;
  readonly reason: string | null;
  readonly sink_state: string | null;
  readonly updated_at_ms: number;
}

interface Key {
  readonly job: string;
  readonly partition: string;
}

/** A new cursor and bookmark: the next version. */
export interface Move extends Key {
  readonly cursor: string | null;
  readonly bookmark: string | null;
  readonly change: CheckpointChange;
  /** The version whose content an undo brings back. */
  readonly restores?: number;
  readonly nowMs: number;
}

export interface PageMove extends Key {
  readonly version: number;
  readonly fence: number;
  readonly cursor: string;
  readonly sinkState: string | null;
  readonly nowMs: number;
}

/** How a partition rests, or works, from now on. No new version: cursor and bookmark stay. */
export interface Standing extends Key {
  readonly status: CheckpointStatus;
  readonly parkedUntilMs: number | null;
  readonly reason: string | null;
  readonly nowMs: number;
}

/** The checkpoints of a run's partitions in one state. `suffix` is what the run adds to their keys. */
export interface OfRun {
  readonly job: string;
  readonly runId: number;
  readonly suffix: string;
  readonly state: RunPartitionState;
}

const OF_RUN = `
  job = :job AND partition IN (
    SELECT p.partition || :suffix FROM offpeak_run_partition p WHERE p.run_id = :runId AND p.state = :state)`;

/** The newest run of each job that has all that the job listed: one by hand may be of some partitions. */
const WITH_LISTED = `
  WITH listed AS MATERIALIZED (
    SELECT job, MAX(id) AS run_id FROM offpeak_run
    WHERE kind IN ('schedule', 'catch-up') AND started_at_ms IS NOT NULL GROUP BY job)`;
/** That of a backfill's run is none of the job's own. */
const STALE = `
  instr(c.partition, '~backfill-') = 0 AND c.job IN (SELECT job FROM listed) AND NOT EXISTS (
    SELECT 1 FROM offpeak_run_partition p
    WHERE p.run_id = (SELECT run_id FROM listed WHERE listed.job = c.job) AND p.partition = c.partition)`;

/** The table offpeak_checkpoint, and the version that every change of a cursor leaves. All within the caller's transaction. */
export class Checkpoints {
  readonly versions: CheckpointVersions;
  readonly #read: Statement<[Key], CheckpointRow>;
  readonly #list: Statement<[{ job: string | null; limit: number }], CheckpointRow>;
  readonly #part: Readonly<Record<CheckpointPart['which'], Statement<[Key & { limit: number }], CheckpointRow>>>;
  readonly #count: Statement<[{ job: string | null }], { checkpoints: number }>;
  readonly #create: Statement<[Key & { nowMs: number }]>;
  readonly #move: Statement<[Omit<Move, 'change' | 'restores'>], CheckpointRow>;
  readonly #movePage: Statement<[PageMove], string | null>;
  readonly #stand: Statement<[Standing]>;
  readonly #stamp: Statement<[Key & { fence: number }]>;
  readonly #interrupt: Statement<[{ nowMs: number }]>;
  readonly #makeDue: Statement<[Key & { nowMs: number }]>;
  readonly #delete: Statement<[Key]>;
  readonly #idleOf: Statement<[OfRun & { nowMs: number }]>;
  readonly #deleteOf: Statement<[OfRun]>;

  constructor(db: Database) {
    this.versions = new CheckpointVersions(db);
    const ofKey = 'job = :job AND partition = :partition';
    this.#read = db.prepare(`SELECT * FROM offpeak_checkpoint WHERE ${ofKey}`);
    this.#list = db.prepare(`
      SELECT * FROM offpeak_checkpoint WHERE (:job IS NULL OR job = :job) ORDER BY job, partition LIMIT +:limit`);
    const from = '(c.job, c.partition) >= (:job, :partition)';
    const inOrder = 'ORDER BY c.job, c.partition LIMIT +:limit';
    this.#part = {
      all: db.prepare(`SELECT * FROM offpeak_checkpoint c WHERE ${from} ${inOrder}`),
      parked: db.prepare(`
        SELECT * FROM offpeak_checkpoint c WHERE ${from} AND c.status = 'parked' ${inOrder}`),
      stale: db.prepare(`${WITH_LISTED} SELECT c.* FROM offpeak_checkpoint c WHERE ${from} AND ${STALE} ${inOrder}`),
    };
    this.#count = db.prepare(`
      SELECT COUNT(*) AS checkpoints FROM offpeak_checkpoint WHERE (:job IS NULL OR job = :job)`);
    this.#create = db.prepare(`
      INSERT INTO offpeak_checkpoint (job, partition, version, fence, status, updated_at_ms)
      VALUES (:job, :partition, 0, 0, 'idle', :nowMs)
      ON CONFLICT DO NOTHING`);
    this.#move = db.prepare(`
      UPDATE offpeak_checkpoint
      SET cursor = :cursor, bookmark = :bookmark, version = version + 1, updated_at_ms = :nowMs
      WHERE ${ofKey} RETURNING *`);
    this.#movePage = db
      .prepare<[PageMove], string | null>(`
      UPDATE offpeak_checkpoint
      SET cursor = :cursor, version = version + 1, sink_state = :sinkState, updated_at_ms = :nowMs
      WHERE ${ofKey} AND version = :version AND fence = :fence RETURNING bookmark`)
      .pluck();
    this.#stand = db.prepare(`
      UPDATE offpeak_checkpoint
      SET status = :status, parked_until_ms = :parkedUntilMs, reason = :reason, updated_at_ms = :nowMs
      WHERE ${ofKey}`);
    this.#stamp = db.prepare(`UPDATE offpeak_checkpoint SET fence = :fence WHERE ${ofKey}`);
    this.#interrupt = db.prepare(`
      UPDATE offpeak_checkpoint SET status = 'idle', updated_at_ms = :nowMs WHERE status = 'running'`);
    this.#makeDue = db.prepare(`
      UPDATE offpeak_checkpoint SET parked_until_ms = :nowMs, updated_at_ms = :nowMs
      WHERE ${ofKey} AND status = 'parked' AND parked_until_ms > :nowMs`);
    this.#delete = db.prepare(`DELETE FROM offpeak_checkpoint WHERE ${ofKey}`);
    this.#idleOf = db.prepare(`
      UPDATE offpeak_checkpoint SET status = 'idle', parked_until_ms = NULL, reason = NULL, updated_at_ms = :nowMs
      WHERE ${OF_RUN}`);
    this.#deleteOf = db.prepare(`DELETE FROM offpeak_checkpoint WHERE ${OF_RUN}`);
  }

  read(job: string, partition: string): Checkpoint | null {
    const row = this.#read.get({ job, partition });
    return row ? fromRow(row) : null;
  }

  /** For a caller that knows that it is there. */
  require(job: string, partition: string): Checkpoint {
    const checkpoint = this.read(job, partition);
    assert(checkpoint, `checkpoint ${job}/${partition} is missing`);
    return checkpoint;
  }

  list(job: string | undefined, limit = -1): Checkpoint[] {
    return this.#list.all({ job: job ?? null, limit }).map(fromRow);
  }

  part({ which, from, limit }: CheckpointPart): Checkpoint[] {
    return this.#part[which].all({ ...from, limit }).map(fromRow);
  }

  count(job: string | undefined): number {
    return this.#count.get({ job: job ?? null })?.checkpoints ?? 0;
  }

  /** Makes version 0, without a cursor, if there is none. */
  create(key: Key & { nowMs: number }): void {
    this.#create.run(key);
  }

  move({ change, restores, ...target }: Move): Checkpoint {
    const row = this.#move.get(target);
    assert(row, `checkpoint ${target.job}/${target.partition} is missing`);
    const checkpoint = fromRow(row);
    this.versions.add(checkpoint, change, restores ?? null);
    return checkpoint;
  }

  /** The version that it has then; null when the version or the fence is another one. */
  movePage(page: PageMove): number | null {
    const bookmark = this.#movePage.get(page);
    if (bookmark === undefined) return null;
    const { job, partition, cursor, nowMs } = page;
    const version = page.version + 1;
    this.versions.add({ job, partition, version, cursor, bookmark, updatedAtMs: nowMs }, 'page', null);
    return version;
  }

  stand(standing: Standing): void {
    this.#stand.run(standing);
  }

  stamp(key: Key & { fence: number }): void {
    this.#stamp.run(key);
  }

  /** After a takeover: what the dead holder worked on is idle. */
  interruptAll(nowMs: number): void {
    this.#interrupt.run({ nowMs });
  }

  /** It stays parked, until now. */
  makeDue(key: Key & { nowMs: number }): void {
    this.#makeDue.run(key);
  }

  /** With its versions. */
  delete(key: Key): void {
    this.#delete.run(key);
  }

  /** All of them in one statement: there may be a million. */
  idleOf(ofRun: OfRun, nowMs: number): void {
    this.#idleOf.run({ ...ofRun, nowMs });
  }

  deleteOf(ofRun: OfRun): void {
    this.#deleteOf.run(ofRun);
  }
}

function fromRow(row: CheckpointRow): Checkpoint {
  return {
    job: row.job,
    partition: row.partition,
    cursor: row.cursor,
    bookmark: row.bookmark,
    version: row.version,
    fence: row.fence,
    status: row.status,
    parkedUntilMs: row.parked_until_ms,
    reason: row.reason,
    sinkState: row.sink_state,
    updatedAtMs: row.updated_at_ms,
  };
}
