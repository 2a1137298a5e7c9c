import assert from 'node:assert/strict';
import type { Statement } from 'better-sqlite3';
import {
  type Backfill,
  type BackfillRequest,
  type BackfillState,
  type BackfillStore,
  chunkAt,
  chunkCount,
  ENDED_BACKFILLS_MAX,
} from '../job/backfill';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';
import { keptReason } from './reason';
import type { Runs } from './run';
import type { RunEnds } from './run-end';

interface BackfillRow {
  readonly id: number;
  readonly job: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly step_ms: number;
  readonly order_: Backfill['order'];
  readonly calls_max: number | null;
  readonly asked_by: string;
  readonly asked_at_ms: number;
  readonly state: BackfillState;
  readonly chunks_done: number;
  readonly run_id: number | null;
  readonly reason: string | null;
  readonly ended_at_ms: number | null;
}

type Put = Pick<Backfill, 'id' | 'state' | 'chunksDone' | 'runId' | 'reason' | 'endedAtMs'>;

export interface BackfillTables {
  readonly lease: SqliteLease;
  readonly runs: Runs;
  readonly ends: RunEnds;
}

/** The table offpeak_backfill, and the runs of its chunks. */
export class SqliteBackfills implements BackfillStore {
  readonly #connection: Connection;
  readonly #tables: BackfillTables;
  readonly #add: Statement<[BackfillRequest], BackfillRow>;
  readonly #prune: Statement<[{ keptMax: number }]>;
  readonly #get: Statement<[{ id: number }], BackfillRow>;
  readonly #put: Statement<[Put]>;
  readonly #active: Statement<[{ jobs: string }], BackfillRow>;
  readonly #list: Statement<[{ states: string | null; limit: number }], BackfillRow>;

  constructor(connection: Connection, tables: BackfillTables) {
    this.#connection = connection;
    this.#tables = tables;
    const { db } = connection;
    this.#add = db.prepare(`
      INSERT INTO offpeak_backfill (job, from_ms, to_ms, step_ms, order_, calls_max, asked_by, asked_at_ms, state)
      VALUES (:job, :fromMs, :toMs, :stepMs, :order, :callsMax, :by, :askedAtMs, 'active') RETURNING *`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_backfill WHERE id IN (
        SELECT id FROM offpeak_backfill WHERE state IN ('done', 'canceled') ORDER BY id DESC LIMIT -1 OFFSET :keptMax)`);
    this.#get = db.prepare('SELECT * FROM offpeak_backfill WHERE id = :id');
    this.#put = db.prepare(`
      UPDATE offpeak_backfill
      SET state = :state, chunks_done = :chunksDone, run_id = :runId, reason = :reason, ended_at_ms = :endedAtMs
      WHERE id = :id`);
    this.#active = db.prepare(`
      SELECT * FROM offpeak_backfill
      WHERE state = 'active' AND job IN (SELECT value FROM json_each(:jobs)) ORDER BY id`);
    this.#list = db.prepare(`
      SELECT * FROM offpeak_backfill WHERE :states IS NULL OR state IN (SELECT value FROM json_each(:states))
      ORDER BY id DESC LIMIT +:limit`);
  }

  ask(request: BackfillRequest): Promise<Backfill> {
    return this.#connection.write(() => {
      const row = this.#add.get(request);
      assert(row);
      this.#prune.run({ keptMax: ENDED_BACKFILLS_MAX });
      return fromRow(row);
    });
  }

  cancel(id: number, { by, nowMs }: { by: string; nowMs: number }): Promise<Backfill | null> {
    return this.#connection.write(() => {
      const found = this.#find(id);
      if (!found || (found.state !== 'active' && found.state !== 'failed')) return null;
      const reason = keptReason(`canceled by ${by}`);
      if (found.runId !== null) this.#tables.ends.discard(found.runId, reason, nowMs);
      return this.#change(found, { state: 'canceled', reason, endedAtMs: nowMs });
    });
  }

  retry(id: number, nowMs: number): Promise<Backfill | null> {
    return this.#connection.write(() => {
      const found = this.#find(id);
      if (found?.state !== 'failed') return null;
      const reopened = found.runId !== null && this.#tables.ends.reopen(found.runId, nowMs);
      const runId = reopened ? found.runId : null;
      return this.#change(found, { state: 'active', reason: null, endedAtMs: null, runId });
    });
  }

  advance({ jobs, fence, nowMs }: Parameters<BackfillStore['advance']>[0]): Promise<void> {
    return this.#connection.write(() => {
      this.#tables.lease.assertHeld(fence);
      for (const row of this.#active.all({ jobs: JSON.stringify(jobs) })) {
        if (this.#advanceOne(fromRow(row), nowMs) === 'busy') return;
      }
    });
  }

  list({ states, limit }: Parameters<BackfillStore['list']>[0]): Promise<Backfill[]> {
    return this.#connection.read(() =>
      this.#list.all({ states: states ? JSON.stringify(states) : null, limit }).map(fromRow),
    );
  }

  /** `busy` when it has a run that is not over. */
  #advanceOne(backfill: Backfill, nowMs: number): 'busy' | 'over' {
    const run = backfill.runId === null ? null : this.#tables.runs.get(backfill.runId);
    if (!run) return this.#openNext(backfill);
    if (run.endedAtMs === null) return 'busy';
    if (run.state !== 'done') {
      const reason = keptReason(this.#tables.ends.whyEnded(run));
      this.#change(backfill, { state: 'failed', reason, endedAtMs: nowMs });
      return 'over';
    }
    const chunksDone = backfill.chunksDone + 1;
    if (chunksDone < chunkCount(backfill)) return this.#openNext({ ...backfill, chunksDone });
    this.#change(backfill, { state: 'done', chunksDone, endedAtMs: nowMs });
    return 'over';
  }

  #openNext(backfill: Backfill): 'busy' {
    const { job, askedAtMs, callsMax, chunksDone } = backfill;
    const runId = this.#tables.runs.openPast({ job, askedAtMs, callsMax, ...chunkAt(backfill, chunksDone) });
    this.#change(backfill, { runId });
    return 'busy';
  }

  #find(id: number): Backfill | null {
    const row = this.#get.get({ id });
    return row ? fromRow(row) : null;
  }

  #change(backfill: Backfill, change: Partial<Put>): Backfill {
    const changed = { ...backfill, ...change };
    const { id, state, chunksDone, runId, reason, endedAtMs } = changed;
    this.#put.run({ id, state, chunksDone, runId, reason, endedAtMs });
    return changed;
  }
}

function fromRow(row: BackfillRow): Backfill {
  return {
    id: row.id,
    job: row.job,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    stepMs: row.step_ms,
    order: row.order_,
    callsMax: row.calls_max,
    by: row.asked_by,
    askedAtMs: row.asked_at_ms,
    state: row.state,
    chunksDone: row.chunks_done,
    runId: row.run_id,
    reason: row.reason,
    endedAtMs: row.ended_at_ms,
  };
}
