import assert from 'node:assert/strict';
import type { Database, Statement } from 'better-sqlite3';
import type { PastRun, Run, RunFilter, RunKind, RunState, UnfinishedRun } from '../job/run';
import type { SlotSkip } from '../job/slot';
import type { RunDetails } from './run-detail';
import { fromRow, fromUnfinishedRow, type RunRow, SELECT_RUNS, stateOf, type UnfinishedRow } from './run-row';

/** Ended runs that stay, per job and kind, and as many skipped ones. Older ones go, with their partitions; checkpoints and records do not. */
export const ENDED_RUNS_MAX = 1_000;
/** Deleted for each new row: more than one, so that the table shrinks to what is kept. */
const PRUNED_RUNS_MAX = 2;

interface Slot {
  readonly job: string;
  readonly slotAtMs: number;
  readonly kind: RunKind;
  readonly startAtMs: number | null;
}

/** A chunk of a backfill. */
interface Past extends PastRun {
  readonly job: string;
  readonly askedAtMs: number;
}

/** Of one job at most one run is under way, and it is first; then comes what was planned, or came, first. */
const BY_TURN = 'r.started_at_ms IS NULL, COALESCE(r.start_at_ms, r.slot_at_ms), r.slot_at_ms, r.id';
const NEWEST_FIRST = 'ORDER BY r.slot_at_ms DESC, r.id DESC';

/** Asked for at one and the same instant, each chunk has one of its own. */
const OPEN_PAST = `
  INSERT INTO offpeak_run (job, slot_at_ms, kind, state, from_ms, to_ms, calls_max)
  SELECT :job, MAX(:askedAtMs, COALESCE(MAX(slot_at_ms) + 1, 0)), 'backfill', 'queued', :fromMs, :toMs, :callsMax
  FROM offpeak_run WHERE job = :job AND kind = 'backfill' RETURNING id`;

const SKIP = `
  INSERT INTO offpeak_run (job, slot_at_ms, kind, state, because, reason, into_run_id, slots, ended_at_ms)
  VALUES (:job, :slotAtMs, 'schedule', 'skipped', :because, :reason, :intoRunId, :slots, :nowMs)
  ON CONFLICT DO NOTHING`;

/**
 * A run whose partitions are going waits for them: no commit shall delete a million rows. `+` keeps the limit out of the
 * plan, here and in every statement: with a bare parameter SQLite compiles a statement anew each time that it is bound.
 */
const PRUNE = `
  DELETE FROM offpeak_run WHERE id IN (
    SELECT id FROM offpeak_run
    WHERE job = :job AND kind = :kind AND ended_at_ms IS NOT NULL AND (state = 'skipped') = :isSkipped
    ORDER BY slot_at_ms DESC LIMIT +:rowsMax OFFSET :keptMax)
  AND id NOT IN (SELECT run_id FROM offpeak_run_totals WHERE detail = 'going')`;

interface ListFilter {
  readonly job?: string;
  readonly states: string | null;
  readonly kinds: string | null;
  readonly limit: number;
}

/** The table offpeak_run. All within the caller's transaction. */
export class Runs {
  readonly #open: Statement<[Slot], { id: number }>;
  readonly #openPast: Statement<[Past], { id: number }>;
  readonly #reopen: Statement<[{ runId: number }]>;
  readonly #skip: Statement<[SlotSkip & { job: string; nowMs: number }]>;
  readonly #prune: Statement<[{ job: string; kind: RunKind; isSkipped: number; keptMax: number; rowsMax: number }]>;
  readonly #forgetTotals: Statement<[{ runId: number }]>;
  readonly #start: Statement<[{ runId: number; nowMs: number }]>;
  readonly #put: Statement<[{ runId: number; state: RunState; endedAtMs: number | null; reason: string | null }]>;
  readonly #interrupt: Statement<[]>;
  readonly #get: Statement<[{ runId: number }], RunRow>;
  readonly #due: Statement<[{ nowMs: number }], RunRow>;
  readonly #nextStart: Statement<[{ nowMs: number }], { at_ms: number | null }>;
  readonly #nextResume: Statement<[{ nowMs: number }], { at_ms: number | null }>;
  readonly #unfinished: Statement<[{ job: string }], RunRow>;
  readonly #details: RunDetails;
  readonly #allUnfinished: Statement<[{ jobs: string }], UnfinishedRow>;
  readonly #notEnded: Statement<[], { id: number; job: string }>;
  readonly #list: Statement<[ListFilter], RunRow>;
  readonly #listOfJob: Statement<[ListFilter], RunRow>;

  constructor(db: Database, details: RunDetails) {
    this.#details = details;
    this.#open = db.prepare(`
      INSERT INTO offpeak_run (job, slot_at_ms, kind, state, start_at_ms)
      VALUES (:job, :slotAtMs, :kind, 'queued', :startAtMs)
      ON CONFLICT DO NOTHING RETURNING id`);
    this.#openPast = db.prepare(OPEN_PAST);
    this.#reopen = db.prepare(`
      UPDATE offpeak_run SET state = 'queued', ended_at_ms = NULL, reason = NULL
      WHERE id = :runId AND state = 'failed' AND kind = 'backfill'`);
    this.#skip = db.prepare(SKIP);
    this.#prune = db.prepare(PRUNE);
    this.#forgetTotals = db.prepare(`
      UPDATE offpeak_run_totals SET waiting = 0, running = 0, parked = 0, done = 0, failed = 0 WHERE run_id = :runId`);
    this.#start = db.prepare(`
      UPDATE offpeak_run SET state = 'running', started_at_ms = COALESCE(started_at_ms, :nowMs)
      WHERE id = :runId AND ended_at_ms IS NULL`);
    this.#put = db.prepare(`
      UPDATE offpeak_run SET state = :state, ended_at_ms = :endedAtMs, reason = :reason
      WHERE id = :runId AND ended_at_ms IS NULL`);
    this.#interrupt = db.prepare(`
      UPDATE offpeak_run SET state = 'queued' WHERE ended_at_ms IS NULL AND state = 'running'`);
    this.#get = db.prepare(`${SELECT_RUNS} WHERE r.id = :runId`);
    this.#due = db.prepare(`
      WITH turn AS (
        SELECT id, state, start_at_ms, ROW_NUMBER() OVER (PARTITION BY job, kind = 'backfill' ORDER BY ${BY_TURN}) AS place
        FROM offpeak_run r WHERE ended_at_ms IS NULL)
      ${SELECT_RUNS}
      WHERE r.id IN (
        SELECT id FROM turn WHERE place = 1 AND (
          (state = 'queued' AND COALESCE(start_at_ms, :nowMs) <= :nowMs)
          OR (state = 'parked' AND EXISTS (
            SELECT 1 FROM offpeak_run_partition w WHERE w.run_id = turn.id AND w.parked_until_ms <= :nowMs))))
      ORDER BY r.kind = 'backfill', COALESCE(r.start_at_ms, r.slot_at_ms), r.slot_at_ms, r.id`);
    this.#nextStart = db.prepare(`
      SELECT MIN(start_at_ms) AS at_ms FROM offpeak_run
      WHERE ended_at_ms IS NULL AND state = 'queued' AND start_at_ms > :nowMs`);
    this.#nextResume = db.prepare(`
      SELECT MIN((
        SELECT MIN(p.parked_until_ms) FROM offpeak_run_partition p
        WHERE p.run_id = r.id AND p.parked_until_ms > :nowMs)) AS at_ms
      FROM offpeak_run r WHERE r.ended_at_ms IS NULL AND r.state = 'parked'`);
    this.#unfinished = db.prepare(`${SELECT_RUNS} WHERE r.id = (
        SELECT id FROM offpeak_run r WHERE ended_at_ms IS NULL AND kind <> 'backfill' AND job = :job
        ORDER BY ${BY_TURN} LIMIT 1)`);
    this.#allUnfinished = db.prepare(`
      SELECT r.id, r.job, r.kind, r.state, r.slot_at_ms, r.start_at_ms, r.started_at_ms FROM offpeak_run r
      WHERE r.ended_at_ms IS NULL AND r.kind <> 'backfill' AND r.job IN (SELECT value FROM json_each(:jobs))
      ORDER BY ${BY_TURN}`);
    this.#notEnded = db.prepare('SELECT id, job FROM offpeak_run WHERE ended_at_ms IS NULL');
    const newest = (ofJob: string): string => `${SELECT_RUNS} WHERE r.id IN (
        SELECT id FROM offpeak_run
        WHERE ${ofJob} (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
          AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
        ORDER BY slot_at_ms DESC, id DESC LIMIT +:limit)
      ${NEWEST_FIRST}`;
    this.#list = db.prepare(newest(''));
    this.#listOfJob = db.prepare(newest('job = :job AND'));
  }

  /** Null when the slot has its row. */
  open(slot: Slot): number | null {
    const row = this.#open.get(slot);
    if (!row) return null;
    this.#pruneFor(slot.job, slot.kind, 'run');
    return row.id;
  }

  /** The run of a chunk. */
  openPast(past: Past): number {
    const row = this.#openPast.get(past);
    assert(row);
    this.#pruneFor(past.job, 'backfill', 'run');
    return row.id;
  }

  /** False when it did not fail, or is gone. */
  reopen(runId: number): boolean {
    return this.#reopen.run({ runId }).changes === 1;
  }

  /** Nothing when the slot has its row. */
  skip(job: string, skip: SlotSkip, nowMs: number): void {
    if (this.#skip.run({ ...skip, job, nowMs }).changes === 1) this.#pruneFor(job, 'schedule', 'skipped');
  }

  /** Of a run whose partitions were taken back before it started: they have done nothing yet. */
  forgetTotals(runId: number): void {
    this.#forgetTotals.run({ runId });
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

  /** False when it had ended before. */
  end(runId: number, { state, reason }: { state: 'failed' | 'canceled'; reason: string }, nowMs: number): boolean {
    return this.#put.run({ runId, state, endedAtMs: nowMs, reason }).changes === 1;
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

  nextDueMs(nowMs: number): number | null {
    const startMs = this.#nextStart.get({ nowMs })?.at_ms ?? Infinity;
    const resumeMs = this.#nextResume.get({ nowMs })?.at_ms ?? Infinity;
    const nextMs = Math.min(startMs, resumeMs);
    return nextMs === Infinity ? null : nextMs;
  }

  unfinished(job: string): Run | null {
    const row = this.#unfinished.get({ job });
    return row ? fromRow(row) : null;
  }

  allUnfinished(jobs: readonly string[]): UnfinishedRun[] {
    return this.#allUnfinished.all({ jobs: JSON.stringify(jobs) }).map(fromUnfinishedRow);
  }

  /** Also those of backfills. */
  notEnded(): { id: number; job: string }[] {
    return this.#notEnded.all();
  }

  list({ job, states, kinds, limit }: RunFilter): Run[] {
    const json = (words: readonly string[] | undefined): string | null => (words ? JSON.stringify(words) : null);
    const filter = { states: json(states), kinds: json(kinds), limit };
    const rows = job === undefined ? this.#list.all(filter) : this.#listOfJob.all({ ...filter, job });
    return rows.map(fromRow);
  }

  #pruneFor(job: string, kind: RunKind, what: 'run' | 'skipped'): void {
    const isSkipped = what === 'skipped' ? 1 : 0;
    this.#prune.run({ job, kind, isSkipped, keptMax: ENDED_RUNS_MAX, rowsMax: PRUNED_RUNS_MAX });
    if (what === 'run') this.#details.letGo(job, kind);
  }
}
