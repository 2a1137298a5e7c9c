import { checkpointName, type Run } from '../job/run';
import type { Checkpoints } from './checkpoint';
import { keptReason } from './reason';
import type { Runs } from './run';
import type { RunPartitions } from './run-partition';

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

  /** Its partitions that had not ended fail with it, and so do their checkpoints, which keep their cursors. */
  fail(runId: number, reason: string, nowMs: number): void {
    const { runs, partitions, checkpoints } = this.#tables;
    const kept = keptReason(reason);
    const run = runs.require(runId);
    if (!runs.end(runId, { state: 'failed', reason: kept }, nowMs)) return;
    for (const key of partitions.failOpen(runId, kept)) {
      const partition = checkpointName(run, key);
      checkpoints.stand({ job: run.job, partition, status: 'failed', parkedUntilMs: null, reason: kept, nowMs });
    }
  }

  /** A turn under way goes on until it ends: the page that it has paid for is kept. */
  cancel(runId: number, reason: string, nowMs: number): void {
    const { runs, partitions, checkpoints } = this.#tables;
    const run = runs.require(runId);
    if (!runs.end(runId, { state: 'canceled', reason: keptReason(reason) }, nowMs)) return;
    for (const key of partitions.unpark(runId)) {
      const partition = checkpointName(run, key);
      checkpoints.stand({ job: run.job, partition, status: 'idle', parkedUntilMs: null, reason: null, nowMs });
    }
  }

  /** Cancels the run of a backfill, and forgets where it was, but for turns under way: their end does that. */
  discard(runId: number, reason: string, nowMs: number): void {
    const { runs, partitions, checkpoints } = this.#tables;
    const run = runs.get(runId);
    if (!run) return;
    this.cancel(runId, reason, nowMs);
    for (const { state, checkpoint } of partitions.list(runId)) {
      if (state !== 'running') checkpoints.delete({ job: run.job, partition: checkpoint });
    }
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
    const { job } = runs.require(runId);
    for (const { state, checkpoint: partition } of partitions.list(runId)) {
      if (state !== 'failed') continue;
      checkpoints.stand({ job, partition, status: 'idle', parkedUntilMs: null, reason: null, nowMs });
    }
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
