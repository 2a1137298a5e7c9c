import { checkpointName, type Run } from '../job/run';
import type { Checkpoints, OfRun } from './checkpoint';
import { keptReason } from './reason';
import type { Runs } from './run';
import type { RunPartitions } from './run-partition';

/** Some 10 ms. */
const FAILED_AT_ONCE = 1_000;
/** Not under way, and with a checkpoint: that of a chunk goes when its partition is done. */
const RESTING = ['waiting', 'parked', 'failed'] as const;

export interface RunEndTables {
  readonly runs: Runs;
  readonly partitions: RunPartitions;
  readonly checkpoints: Checkpoints;
}

/** How runs end before they are complete, and what becomes of their partitions. All within the caller's transaction. */
export class RunEnds {
  readonly #tables: RunEndTables;

  constructor(tables: RunEndTables) {
    this.#tables = tables;
  }

  /**
   * Its partitions that had not ended fail with it, and so do their checkpoints, which keep their cursors. Of a million not
   * in one transaction: true while there are more, and the run ends with the last of them.
   */
  failSome(runId: number, reason: string, nowMs: number): boolean {
    const { runs, partitions, checkpoints } = this.#tables;
    const kept = keptReason(reason);
    const run = runs.require(runId);
    if (run.endedAtMs !== null) return false;
    const failed = partitions.failOpen({ runId, reason: kept, rowsMax: FAILED_AT_ONCE });
    for (const key of failed) {
      const partition = checkpointName(run, key);
      checkpoints.stand({ job: run.job, partition, status: 'failed', parkedUntilMs: null, reason: kept, nowMs });
    }
    if (failed.length === FAILED_AT_ONCE) return true;
    runs.end(runId, { state: 'failed', reason: kept }, nowMs);
    return false;
  }

  /** A turn under way goes on until it ends: the page that it has paid for is kept. */
  cancel(runId: number, reason: string, nowMs: number): void {
    const { runs, partitions, checkpoints } = this.#tables;
    const run = runs.require(runId);
    if (!runs.end(runId, { state: 'canceled', reason: keptReason(reason) }, nowMs)) return;
    checkpoints.idleOf({ ...ofRun(run), state: 'parked' }, nowMs);
    partitions.unpark(runId);
  }

  /** Cancels the run of a backfill, and forgets where it was, but for turns under way: their end does that. */
  discard(runId: number, reason: string, nowMs: number): void {
    const { runs, checkpoints } = this.#tables;
    const run = runs.get(runId);
    if (!run) return;
    this.cancel(runId, reason, nowMs);
    for (const state of RESTING) checkpoints.deleteOf({ ...ofRun(run), state });
  }

  /** After a takeover: forgets where turns were that the dead holder was to end after their cancellation. */
  discardCut(): void {
    const { partitions, checkpoints } = this.#tables;
    for (const { job, checkpoint } of partitions.cut()) checkpoints.delete({ job, partition: checkpoint });
  }

  /** Lets the failed run of a backfill go on where its partitions failed. False when it is gone. */
  reopen(runId: number, nowMs: number): boolean {
    const { runs, partitions, checkpoints } = this.#tables;
    if (!runs.reopen(runId)) return false;
    checkpoints.idleOf({ ...ofRun(runs.require(runId)), state: 'failed' }, nowMs);
    partitions.reopen(runId);
    return true;
  }

  /** Of the first partition that failed, where the run itself has no reason. */
  whyEnded({ id, reason, state }: Run): string {
    const [failed] = reason === null ? this.#tables.partitions.stuck(id, 1) : [];
    const why = reason ?? (failed ? `${failed.partition.key}: ${failed.reason ?? ''}` : '');
    return `run ${id} ${state}: ${why}`;
  }
}

function ofRun(run: Run): Omit<OfRun, 'state'> {
  return { job: run.job, runId: run.id, suffix: checkpointName(run, '') };
}
