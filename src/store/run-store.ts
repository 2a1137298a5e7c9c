import type { Checkpoint } from '../job/checkpoint';
import type { Claim, PageCommit, Run, RunPartition, RunStore } from '../job/run';
import type { Connection } from './connection';
import type { Jobs } from './job';
import { keptReason } from './reason';
import type { Runs } from './run';
import { Turns, type TurnTables } from './turn';

export interface RunTables extends TurnTables {
  readonly jobs: Jobs;
  readonly runs: Runs;
}

/** The life of runs over the tables that it touches: every method is one transaction. */
export class SqliteRuns implements RunStore {
  readonly #connection: Connection;
  readonly #tables: RunTables;
  readonly #turns: Turns;

  constructor(connection: Connection, tables: RunTables) {
    this.#connection = connection;
    this.#tables = tables;
    this.#turns = new Turns(tables);
  }

  open({ fence, ...slot }: Parameters<RunStore['open']>[0]): Promise<Run | null> {
    return this.#fenced(fence, () => this.#tables.runs.open(slot));
  }

  start({ runId, partitions, fence, nowMs }: Parameters<RunStore['start']>[0]): Promise<Run> {
    const { runs, partitions: table } = this.#tables;
    return this.#fenced(fence, () => {
      const isFirst = runs.require(runId).startedAtMs === null;
      runs.start(runId, nowMs);
      if (isFirst) table.add(runId, partitions);
      return runs.require(runId);
    });
  }

  claim(claim: Claim, nowMs: number): Promise<Checkpoint> {
    return this.#connection.write(() => this.#turns.claim(claim, nowMs));
  }

  commitPage(commit: PageCommit): Promise<number> {
    return this.#connection.write(() => this.#turns.commitPage(commit));
  }

  endTurn(turn: Parameters<RunStore['endTurn']>[0]): Promise<void> {
    return this.#connection.write(() => {
      this.#turns.endTurn(turn);
    });
  }

  settle({ runId, fence, nowMs }: Parameters<RunStore['settle']>[0]): Promise<Run> {
    return this.#fenced(fence, () => this.#tables.runs.settle(runId, nowMs));
  }

  /** Its partitions that had not ended fail with it, and so do their checkpoints, which keep their cursors. */
  fail({ runId, reason, fence, nowMs }: Parameters<RunStore['fail']>[0]): Promise<void> {
    const { runs, partitions, checkpoints } = this.#tables;
    const kept = keptReason(reason);
    return this.#fenced(fence, () => {
      const { job } = runs.require(runId);
      runs.fail(runId, kept, nowMs);
      for (const partition of partitions.failOpen(runId, kept)) {
        checkpoints.stand({ job, partition, status: 'failed', parkedUntilMs: null, reason: kept, nowMs });
      }
    });
  }

  firstSeenMs({ job, fence, nowMs }: Parameters<RunStore['firstSeenMs']>[0]): Promise<number> {
    return this.#fenced(fence, () => this.#tables.jobs.firstSeenMs(job, nowMs));
  }

  recover(fence: number, nowMs: number): Promise<void> {
    const { runs, partitions, checkpoints, ledger } = this.#tables;
    return this.#fenced(fence, () => {
      runs.interruptAll();
      partitions.interruptAll();
      checkpoints.interruptAll(nowMs);
      ledger.spendReservations();
    });
  }

  due(nowMs: number): Promise<Run[]> {
    return this.#connection.read(() => this.#tables.runs.due(nowMs));
  }

  nextResumeMs(jobs?: readonly string[]): Promise<number | null> {
    return this.#connection.read(() => this.#tables.runs.nextResumeMs(jobs));
  }

  partitions(runId: number): Promise<RunPartition[]> {
    return this.#connection.read(() => this.#tables.partitions.list(runId));
  }

  get(runId: number): Promise<Run | null> {
    return this.#connection.read(() => this.#tables.runs.get(runId));
  }

  unfinished(job: string): Promise<Run | null> {
    return this.#connection.read(() => this.#tables.runs.unfinished(job));
  }

  list({ job, limit }: { job?: string; limit: number }): Promise<Run[]> {
    return this.#connection.read(() => this.#tables.runs.list(job, limit));
  }

  lastSlotMs(job: string): Promise<number | null> {
    return this.#connection.read(() => this.#tables.runs.lastSlotMs(job));
  }

  #fenced<T>(fence: number, work: () => T): Promise<T> {
    return this.#connection.write(() => {
      this.#tables.lease.assertHeld(fence);
      return work();
    });
  }
}
