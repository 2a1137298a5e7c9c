import assert from 'node:assert/strict';
import type { Checkpoint } from '../job/checkpoint';
import { type Partition, REGISTERED_MAX } from '../job/partition';
import type {
  CalledPartition,
  Claim,
  PageCommit,
  Run,
  RunPartition,
  RunStore,
  StuckGroup,
  UnfinishedRun,
} from '../job/run';
import type { DecidedSlots, SlotOpening } from '../job/slot';
import type { Connection } from './connection';
import type { Jobs } from './job';
import { keptReason } from './reason';
import type { RunDetails } from './run-detail';
import type { RunEnds } from './run-end';
import type { RunPartitionGroups } from './run-partition-group';
import { Turns, type TurnTables } from './turn';

export interface RunTables extends TurnTables {
  readonly jobs: Jobs;
  readonly ends: RunEnds;
  readonly groups: RunPartitionGroups;
  readonly details: RunDetails;
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

  decidedUntil({ jobs, fence, nowMs }: Parameters<RunStore['decidedUntil']>[0]): Promise<ReadonlyMap<string, number>> {
    return this.#fenced(fence, () => {
      this.#tables.jobs.see(jobs, nowMs);
      return this.#tables.jobs.decidedUntil(jobs);
    });
  }

  decidedSoFar(job: string): Promise<number | null> {
    return this.#connection.read(() => this.#tables.jobs.decidedUntil([job]).get(job) ?? null);
  }

  decide({ jobs, fence, nowMs }: Parameters<RunStore['decide']>[0]): Promise<void> {
    return this.#fenced(fence, () => {
      const decidedUntil = this.#tables.jobs.decidedUntil(jobs.map(({ job }) => job));
      for (const decided of jobs) this.#decide(decided, decidedUntil.get(decided.job), nowMs);
    });
  }

  open({ fence, ...slot }: Parameters<RunStore['open']>[0]): Promise<Run | null> {
    return this.#fenced(fence, () => {
      const runId = this.#tables.runs.open({ ...slot, startAtMs: null });
      return runId === null ? null : this.#tables.runs.require(runId);
    });
  }

  register({ runId, partitions, fence }: Parameters<RunStore['register']>[0]): Promise<void> {
    return this.#fenced(fence, () => {
      const run = this.#tables.runs.require(runId);
      assert(run.startedAtMs === null && run.endedAtMs === null, `run ${runId} is given partitions after its start`);
      this.#add(run, partitions);
    });
  }

  unregister({ runId, fence }: Parameters<RunStore['unregister']>[0]): Promise<boolean> {
    const { runs, partitions } = this.#tables;
    return this.#fenced(fence, () => {
      assert.equal(runs.require(runId).startedAtMs, null, `run ${runId} loses partitions after its start`);
      if (partitions.remove(runId, REGISTERED_MAX) > 0) return true;
      runs.forgetTotals(runId);
      return false;
    });
  }

  start({ runId, partitions, fence, nowMs }: Parameters<RunStore['start']>[0]): Promise<Run> {
    const { runs } = this.#tables;
    return this.#fenced(fence, () => {
      const run = runs.require(runId);
      runs.start(runId, nowMs);
      if (run.startedAtMs === null) this.#add(run, partitions);
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

  async fail({ runId, reason, fence, nowMs }: Parameters<RunStore['fail']>[0]): Promise<void> {
    while (await this.#fenced(fence, () => this.#tables.ends.failSome(runId, reason, nowMs)));
  }

  cancel({ runId, reason, fence, nowMs }: Parameters<RunStore['cancel']>[0]): Promise<void> {
    return this.#fenced(fence, () => {
      this.#tables.ends.cancel(runId, reason, nowMs);
    });
  }

  recover(fence: number, nowMs: number): Promise<void> {
    const { runs, partitions, checkpoints, ledger, ends } = this.#tables;
    return this.#fenced(fence, () => {
      ends.discardCut();
      runs.interruptAll();
      partitions.interruptAll();
      checkpoints.interruptAll(nowMs);
      ledger.spendReservations();
    });
  }

  due(nowMs: number): Promise<Run[]> {
    return this.#connection.read(() => this.#tables.runs.due(nowMs));
  }

  nextDueMs(nowMs: number): Promise<number | null> {
    return this.#connection.read(() => this.#tables.runs.nextDueMs(nowMs));
  }

  partitions(runId: number, limit?: number): Promise<RunPartition[]> {
    return this.#connection.read(() => this.#tables.partitions.list(runId, limit));
  }

  waiting(run: Parameters<RunStore['waiting']>[0]): Promise<RunPartition[]> {
    return this.#connection.read(() => this.#tables.partitions.waiting(run));
  }

  parked(run: Parameters<RunStore['parked']>[0]): Promise<RunPartition[]> {
    return this.#connection.read(() => this.#tables.partitions.parkedOf(run));
  }

  stuck(runId: number, limit: number): Promise<RunPartition[]> {
    return this.#connection.read(() => this.#tables.partitions.stuck(runId, limit));
  }

  stuckGroups(groups: Parameters<RunStore['stuckGroups']>[0]): Promise<StuckGroup[]> {
    return this.#connection.read(() => this.#tables.groups.stuck(groups));
  }

  scopes(run: Parameters<RunStore['scopes']>[0]): Promise<CalledPartition[]> {
    return this.#connection.read(() => this.#tables.groups.scopes(run));
  }

  get(runId: number): Promise<Run | null> {
    return this.#connection.read(() => this.#tables.runs.get(runId));
  }

  unfinished(job: string): Promise<Run | null> {
    return this.#connection.read(() => this.#tables.runs.unfinished(job));
  }

  allUnfinished(jobs: readonly string[]): Promise<UnfinishedRun[]> {
    return this.#connection.read(() => this.#tables.runs.allUnfinished(jobs));
  }

  list(filter: Parameters<RunStore['list']>[0]): Promise<Run[]> {
    return this.#connection.read(() => this.#tables.runs.list(filter));
  }

  #add(run: Run, partitions: readonly Partition[]): void {
    this.#tables.partitions.add(run, partitions);
    this.#tables.details.sweep(partitions.length);
  }

  #decide({ job, decisions, decidedUntilMs }: DecidedSlots, beforeMs: number | undefined, nowMs: number): void {
    assert(beforeMs !== undefined, `slots of ${job} are decided before it was seen`);
    for (const decision of decisions) {
      if (decision.slotAtMs <= beforeMs) continue; // by another process, or before the clock was set back
      if (decision.kind === 'open') this.#openSlot(job, decision, nowMs);
      else this.#tables.runs.skip(job, { ...decision, reason: keptReason(decision.reason) }, nowMs);
    }
    if (decidedUntilMs > beforeMs) this.#tables.jobs.moveDecided(job, decidedUntilMs);
  }

  #openSlot(job: string, { as, slotAtMs, startAtMs, cancels }: SlotOpening, nowMs: number): void {
    if (this.#tables.runs.open({ job, slotAtMs, kind: as, startAtMs }) === null) return;
    for (const runId of cancels) this.#tables.ends.cancel(runId, 'a newer slot of its job came', nowMs);
  }

  #fenced<T>(fence: number, work: () => T): Promise<T> {
    return this.#connection.write(() => {
      this.#tables.lease.assertHeld(fence);
      return work();
    });
  }
}
