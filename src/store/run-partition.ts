import assert from 'node:assert/strict';
import type { Database, Statement } from 'better-sqlite3';
import { OffpeakError } from '../errors';
import type { Partition } from '../job/partition';
import {
  type Claim,
  checkpointName,
  type Run,
  type RunKind,
  type RunPartition,
  type RunPartitionState,
  type RunStore,
} from '../job/run';
import type { Scope } from '../job/scope';

interface RunPartitionRow {
  readonly run_id: number;
  readonly job: string;
  readonly kind: RunKind;
  readonly partition: string;
  readonly position: number;
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

/** Partitions as JSON text, the first of them with this position. */
interface Listed {
  readonly runId: number;
  readonly position: number;
  readonly partitions: string;
}

interface Failing {
  readonly runId: number;
  readonly reason: string;
  readonly rowsMax: number;
}

interface Parked {
  readonly runId: number;
  readonly untilMs: number;
  readonly afterMs: number;
  readonly afterKey: string;
  readonly limit: number;
}

const SELECT = `
  SELECT p.*, r.job, r.kind FROM offpeak_run_partition p JOIN offpeak_run r ON r.id = p.run_id`;
/** As the partial index says it: without these words it is not used. */
const OPEN = "p.state <> 'done'";

/** The table offpeak_run_partition. All within the caller's transaction. */
export class RunPartitions {
  readonly #add: Statement<[Listed]>;
  readonly #doubled: Statement<[Listed], { partition: string }>;
  readonly #remove: Statement<[{ runId: number; rowsMax: number }]>;
  readonly #list: Statement<[{ runId: number; limit: number }], RunPartitionRow>;
  readonly #waiting: Statement<[{ runId: number; afterPosition: number; limit: number }], RunPartitionRow>;
  readonly #parkedOf: Statement<[Parked], RunPartitionRow>;
  readonly #parkedNamed: Statement<[{ runId: number; key: string }], RunPartitionRow>;
  readonly #stuck: Statement<[{ runId: number; limit: number }], RunPartitionRow>;
  readonly #claim: Statement<[Claim & { nowMs: number }]>;
  readonly #count: Statement<[Pick<Claim, 'runId' | 'partition'> & Counts]>;
  readonly #rest: Statement<[Claim & Rest]>;
  readonly #unpark: Statement<[{ runId: number }]>;
  readonly #failOpen: Statement<[Failing], { partition: string }>;
  readonly #reopen: Statement<[{ runId: number }]>;
  readonly #interrupt: Statement<[]>;
  readonly #cut: Statement<[], RunPartitionRow>;
  readonly #makeDue: Statement<[{ runId: number; partition: string; nowMs: number }]>;

  constructor(db: Database) {
    // All in one statement: one for each of a million would take twice as long.
    this.#add = db.prepare(`
      INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state)
      SELECT :runId, value ->> 'key', :position + key, value -> 'scope', 'waiting' FROM json_each(:partitions)
      WHERE true ON CONFLICT DO NOTHING`);
    this.#doubled = db.prepare(`
      SELECT p.partition FROM json_each(:partitions) AS each
      CROSS JOIN offpeak_run_partition p ON p.run_id = :runId AND p.partition = each.value ->> 'key'
      WHERE p.position <> :position + each.key ORDER BY each.key LIMIT 1`);
    this.#remove = db.prepare(`
      DELETE FROM offpeak_run_partition WHERE run_id = :runId AND partition IN (
        SELECT partition FROM offpeak_run_partition WHERE run_id = :runId LIMIT +:rowsMax)`);
    this.#list = db.prepare(`${SELECT} WHERE p.run_id = :runId ORDER BY p.position LIMIT +:limit`);
    this.#waiting = db.prepare(`
      ${SELECT} WHERE p.run_id = :runId AND p.state = 'waiting' AND ${OPEN} AND p.position > :afterPosition
      ORDER BY p.position LIMIT +:limit`);
    this.#parkedOf = db.prepare(`
      ${SELECT}
      WHERE p.run_id = :runId AND p.parked_until_ms <= :untilMs
        AND (p.parked_until_ms, p.partition) > (:afterMs, :afterKey)
      ORDER BY p.parked_until_ms, p.partition LIMIT +:limit`);
    this.#parkedNamed = db.prepare(`${SELECT} WHERE p.run_id = :runId AND p.partition = :key AND p.state = 'parked'`);
    const firstIn = (state: RunPartitionState): string => `SELECT * FROM (
        ${SELECT} WHERE p.run_id = :runId AND p.state = '${state}' AND ${OPEN} ORDER BY p.position LIMIT +:limit)`;
    this.#stuck = db.prepare(`${firstIn('parked')} UNION ALL ${firstIn('failed')} ORDER BY position LIMIT +:limit`);
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
      WHERE run_id = :runId AND state = 'parked' AND state <> 'done'`);
    this.#failOpen = db.prepare(`
      UPDATE offpeak_run_partition SET state = 'failed', parked_until_ms = NULL, reason = :reason
      WHERE run_id = :runId AND partition IN (
        SELECT p.partition FROM offpeak_run_partition p
        WHERE p.run_id = :runId AND p.state IN ('waiting', 'running', 'parked') AND ${OPEN} LIMIT +:rowsMax)
      RETURNING partition`);
    this.#reopen = db.prepare(`
      UPDATE offpeak_run_partition SET state = 'waiting', reason = NULL WHERE run_id = :runId AND state = 'failed'`);
    this.#interrupt = db.prepare("UPDATE offpeak_run_partition SET state = 'waiting' WHERE state = 'running'");
    this.#cut = db.prepare(`
      ${SELECT} WHERE r.state = 'canceled' AND r.kind = 'backfill' AND p.state = 'running'`);
    this.#makeDue = db.prepare(`
      UPDATE offpeak_run_partition SET parked_until_ms = :nowMs
      WHERE run_id = :runId AND partition = :partition AND state = 'parked' AND parked_until_ms > :nowMs`);
  }

  /** Behind those that the run has. */
  add({ id: runId, job, totals }: Run, partitions: readonly Partition[]): void {
    const listed = { runId, position: totals.partitions, partitions: JSON.stringify(partitions) };
    if (this.#add.run(listed).changes === partitions.length) return;
    throw namedTwice(job, this.#doubled.get(listed)?.partition ?? '');
  }

  /** Returns how many of the run's rows went. Its totals stay. */
  remove(runId: number, rowsMax: number): number {
    return this.#remove.run({ runId, rowsMax }).changes;
  }

  /** In the order in which the job named them. */
  list(runId: number, limit = -1): RunPartition[] {
    return this.#list.all({ runId, limit }).map(fromRow);
  }

  waiting(run: Parameters<RunStore['waiting']>[0]): RunPartition[] {
    return this.#waiting.all(run).map(fromRow);
  }

  parkedOf({ after, ...run }: Parameters<RunStore['parked']>[0]): RunPartition[] {
    const place = { afterMs: after?.parkedUntilMs ?? -1, afterKey: after?.key ?? '' };
    return this.#parkedOf.all({ ...run, ...place }).map(fromRow);
  }

  /** One, or none. */
  parkedNamed(runId: number, key: string): RunPartition[] {
    return this.#parkedNamed.all({ runId, key }).map(fromRow);
  }

  stuck(runId: number, limit: number): RunPartition[] {
    return this.#stuck.all({ runId, limit }).map(fromRow);
  }

  claim(claim: Claim, nowMs: number): void {
    const { changes } = this.#claim.run({ ...claim, nowMs });
    assert.equal(changes, 1, `${nameOf(claim)} can be claimed only when it waits, or is parked and due`);
  }

  count(claim: Claim, { pages, records, attempts }: Counts): void {
    const { runId, partition } = claim;
    const { changes } = this.#count.run({ runId, partition, pages, records, attempts });
    assert(changes === 1, `${nameOf(claim)} is written outside of its turn`);
  }

  rest(claim: Claim, rest: Rest): void {
    const { changes } = this.#rest.run({ ...claim, ...rest });
    assert.equal(changes, 1, `${nameOf(claim)} ends a turn that it does not have`);
  }

  /** Leaves what is parked waiting: nothing takes up a run that was canceled. */
  unpark(runId: number): void {
    this.#unpark.run({ runId });
  }

  /** Fails so many partitions that are not final, and names them. */
  failOpen(failing: Failing): string[] {
    return this.#failOpen.all(failing).map((row) => row.partition);
  }

  /** What failed waits again. */
  reopen(runId: number): void {
    this.#reopen.run({ runId });
  }

  /** After a takeover: what the dead holder worked on waits again. */
  interruptAll(): void {
    this.#interrupt.run();
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

function namedTwice(job: string, key: string): OffpeakError {
  const what = `expected every partition key once, got ${JSON.stringify(key)} twice`;
  return new OffpeakError('JOB_INVALID', `${job} partitions: ${what}`, {
    hint: 'Give each partition a key of its own.',
  });
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
    position: row.position,
    state: row.state,
    pages: row.pages,
    records: row.records,
    attempts: row.attempts,
    parkedUntilMs: row.parked_until_ms,
    reason: row.reason,
  };
}
