import assert from 'node:assert/strict';
import type { Database, Statement } from 'better-sqlite3';
import type { Run, RunKind, RunState } from '../job/run';

/** Ended runs that stay, per job and kind. Older ones go, with their partitions; checkpoints and records do not. */
export const ENDED_RUNS_MAX = 1_000;
/** Deleted for each new run: more than one, so that the table shrinks to what is kept. */
const PRUNED_RUNS_MAX = 2;

interface RunRow {
  readonly id: number;
  readonly job: string;
  readonly slot_at_ms: number;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly reason: string | null;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly resumes_at_ms: number | null;
  readonly partitions: number;
  readonly partitions_waiting: number;
  readonly partitions_running: number;
  readonly partitions_done: number;
  readonly partitions_parked: number;
  readonly partitions_failed: number;
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
  readonly parks: number;
  readonly resumes: number;
}

interface Slot {
  readonly job: string;
  readonly slotAtMs: number;
  readonly kind: RunKind;
}

/** Goes before a WHERE on `r` and GROUP_RUNS. */
const SELECT_RUNS = `
  SELECT r.*,
    MIN(p.parked_until_ms) AS resumes_at_ms,
    COUNT(p.partition) AS partitions,
    COUNT(*) FILTER (WHERE p.state = 'waiting') AS partitions_waiting,
    COUNT(*) FILTER (WHERE p.state = 'running') AS partitions_running,
    COUNT(*) FILTER (WHERE p.state = 'done') AS partitions_done,
    COUNT(*) FILTER (WHERE p.state = 'parked') AS partitions_parked,
    COUNT(*) FILTER (WHERE p.state = 'failed') AS partitions_failed,
    COALESCE(SUM(p.pages), 0) AS pages,
    COALESCE(SUM(p.records), 0) AS records,
    COALESCE(SUM(p.attempts), 0) AS attempts,
    COALESCE(SUM(p.parks), 0) AS parks,
    COALESCE(SUM(p.resumes), 0) AS resumes
  FROM offpeak_run r LEFT JOIN offpeak_run_partition p ON p.run_id = r.id`;
const OLDEST_FIRST = 'GROUP BY r.id ORDER BY r.slot_at_ms, r.id';
const NEWEST_FIRST = 'GROUP BY r.id ORDER BY r.slot_at_ms DESC, r.id DESC';

/** The table offpeak_run. All within the caller's transaction. */
export class Runs {
  readonly #open: Statement<[Slot], { id: number }>;
  readonly #prune: Statement<[{ job: string; kind: RunKind; keptMax: number; rowsMax: number }]>;
  readonly #start: Statement<[{ runId: number; nowMs: number }]>;
  readonly #put: Statement<[{ runId: number; state: RunState; endedAtMs: number | null; reason: string | null }]>;
  readonly #interrupt: Statement<[]>;
  readonly #get: Statement<[{ runId: number }], RunRow>;
  readonly #due: Statement<[{ nowMs: number }], RunRow>;
  readonly #unfinished: Statement<[{ job: string }], RunRow>;
  readonly #list: Statement<[{ job: string | null; limit: number }], RunRow>;
  readonly #lastSlot: Statement<[{ job: string }], { at_ms: number | null }>;
  readonly #nextResume: Statement<[{ jobs: string | null }], { at_ms: number | null }>;

  constructor(db: Database) {
    this.#open = db.prepare(`
      INSERT INTO offpeak_run (job, slot_at_ms, kind, state) VALUES (:job, :slotAtMs, :kind, 'queued')
      ON CONFLICT DO NOTHING RETURNING id`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_run WHERE id IN (
        SELECT id FROM offpeak_run WHERE job = :job AND kind = :kind AND ended_at_ms IS NOT NULL
        ORDER BY slot_at_ms DESC LIMIT :rowsMax OFFSET :keptMax)`);
    this.#start = db.prepare(`
      UPDATE offpeak_run SET state = 'running', started_at_ms = COALESCE(started_at_ms, :nowMs)
      WHERE id = :runId AND ended_at_ms IS NULL`);
    this.#put = db.prepare(`
      UPDATE offpeak_run SET state = :state, ended_at_ms = :endedAtMs, reason = :reason
      WHERE id = :runId AND ended_at_ms IS NULL`);
    this.#interrupt = db.prepare("UPDATE offpeak_run SET state = 'queued' WHERE state = 'running'");
    this.#get = db.prepare(`${SELECT_RUNS} WHERE r.id = :runId GROUP BY r.id`);
    this.#due = db.prepare(`${SELECT_RUNS}
      WHERE r.ended_at_ms IS NULL AND (r.state = 'queued' OR (r.state = 'parked' AND EXISTS (
        SELECT 1 FROM offpeak_run_partition w WHERE w.run_id = r.id AND w.parked_until_ms <= :nowMs)))
      ${OLDEST_FIRST}`);
    this.#unfinished = db.prepare(
      `${SELECT_RUNS} WHERE r.ended_at_ms IS NULL AND r.job = :job ${OLDEST_FIRST} LIMIT 1`,
    );
    this.#list = db.prepare(`${SELECT_RUNS} WHERE r.id IN (
        SELECT id FROM offpeak_run WHERE (:job IS NULL OR job = :job) ORDER BY slot_at_ms DESC, id DESC LIMIT :limit)
      ${NEWEST_FIRST}`);
    this.#lastSlot = db.prepare(`
      SELECT MAX(slot_at_ms) AS at_ms FROM offpeak_run WHERE job = :job AND kind = 'schedule'`);
    this.#nextResume = db.prepare(`
      SELECT MIN(p.parked_until_ms) AS at_ms FROM offpeak_run r JOIN offpeak_run_partition p ON p.run_id = r.id
      WHERE r.ended_at_ms IS NULL AND r.state = 'parked'
        AND (:jobs IS NULL OR r.job IN (SELECT value FROM json_each(:jobs)))`);
  }

  /** Null when the slot has its run. */
  open({ job, slotAtMs, kind }: Slot): Run | null {
    const row = this.#open.get({ job, slotAtMs, kind });
    if (!row) return null;
    this.#prune.run({ job, kind, keptMax: ENDED_RUNS_MAX, rowsMax: PRUNED_RUNS_MAX });
    return this.require(row.id);
  }

  start(runId: number, nowMs: number): void {
    assert.equal(this.#start.run({ runId, nowMs }).changes, 1, `run ${runId} cannot start: it has ended`);
  }

  /** Puts a run where its partitions stand. A run that has ended stays as it is. */
  settle(runId: number, nowMs: number): Run {
    const row = this.#get.get({ runId });
    assert(row, `run ${runId} is missing`);
    const state = stateOf(row);
    const endedAtMs = state === 'done' || state === 'failed' ? nowMs : null;
    this.#put.run({ runId, state, endedAtMs, reason: null });
    return this.require(runId);
  }

  fail(runId: number, reason: string, nowMs: number): void {
    this.#put.run({ runId, state: 'failed', endedAtMs: nowMs, reason });
  }

  /** After a takeover: what the dead holder ran is queued again. */
  interruptAll(): void {
    this.#interrupt.run();
  }

  get(runId: number): Run | null {
    const row = this.#get.get({ runId });
    return row ? fromRow(row) : null;
  }

  /** For a caller that knows that it is there. */
  require(runId: number): Run {
    const run = this.get(runId);
    assert(run, `run ${runId} is missing`);
    return run;
  }

  due(nowMs: number): Run[] {
    return this.#due.all({ nowMs }).map(fromRow);
  }

  unfinished(job: string): Run | null {
    const row = this.#unfinished.get({ job });
    return row ? fromRow(row) : null;
  }

  list(job: string | undefined, limit: number): Run[] {
    return this.#list.all({ job: job ?? null, limit }).map(fromRow);
  }

  lastSlotMs(job: string): number | null {
    return this.#lastSlot.get({ job })?.at_ms ?? null;
  }

  nextResumeMs(jobs: readonly string[] | undefined): number | null {
    return this.#nextResume.get({ jobs: jobs ? JSON.stringify(jobs) : null })?.at_ms ?? null;
  }
}

/** What can go on now comes first, then what waits for an instant; a run ends only when every partition has. */
function stateOf(row: RunRow): RunState {
  if (row.partitions_running > 0) return 'running';
  if (row.partitions_waiting > 0) return 'queued';
  if (row.partitions_parked > 0) return 'parked';
  return row.partitions_failed > 0 ? 'failed' : 'done';
}

function fromRow(row: RunRow): Run {
  return {
    id: row.id,
    job: row.job,
    slotAtMs: row.slot_at_ms,
    kind: row.kind,
    state: row.state,
    reason: row.reason,
    startedAtMs: row.started_at_ms,
    endedAtMs: row.ended_at_ms,
    resumesAtMs: row.resumes_at_ms,
    totals: {
      partitions: row.partitions,
      partitionsDone: row.partitions_done,
      partitionsParked: row.partitions_parked,
      partitionsFailed: row.partitions_failed,
      pages: row.pages,
      records: row.records,
      attempts: row.attempts,
      parks: row.parks,
      resumes: row.resumes,
    },
  };
}
