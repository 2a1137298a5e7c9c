import assert from 'node:assert/strict';
import { OffpeakError } from '../errors';
import type { Settlement } from '../job/attempt';
import type { Checkpoint } from '../job/checkpoint';
import type { Claim, PageCommit, RunStore, TurnEnd } from '../job/run';
import type { CallLog } from './call';
import type { Checkpoints } from './checkpoint';
import { conflict } from './checkpoint-store';
import type { SqliteLease } from './lease';
import type { SqliteLedger } from './ledger';
import { keptReason } from './reason';
import type { Records } from './record';
import type { Runs } from './run';
import type { Rest, RunPartitions } from './run-partition';

export interface TurnTables {
  readonly lease: SqliteLease;
  readonly checkpoints: Checkpoints;
  readonly runs: Runs;
  readonly partitions: RunPartitions;
  readonly ledger: SqliteLedger;
  readonly calls: CallLog;
  readonly records: Records;
}

/** The turn of one partition within a run: claim, pages, end. Each method is the whole of one transaction. */
export class Turns {
  readonly #tables: TurnTables;

  constructor(tables: TurnTables) {
    this.#tables = tables;
  }

  claim(claim: Claim, nowMs: number): Checkpoint {
    const { lease, checkpoints, partitions } = this.#tables;
    const { job, fence } = claim;
    const partition = nameOf(claim);
    lease.assertHeld(fence);
    partitions.claim(claim, nowMs);
    checkpoints.create({ job, partition, nowMs });
    const found = checkpoints.require(job, partition);
    if (found.fence > fence) throw fencedCheckpoint(found, fence);
    // Another run of the same job may have it. What an older fence left running is nobody's.
    assert(found.status !== 'running' || found.fence < fence, `${job}/${partition} has a turn already`);
    checkpoints.stamp({ job, partition, fence });
    checkpoints.stand({ job, partition, status: 'running', parkedUntilMs: null, reason: null, nowMs });
    return checkpoints.require(job, partition);
  }

  commitPage({ claim, version, cursor, recordCount, write, settlement, nowMs }: PageCommit): number {
    const { lease, checkpoints, partitions, records } = this.#tables;
    const { job, partition, fence } = claim;
    const name = nameOf(claim);
    lease.assertHeld(fence);
    partitions.count(claim, { pages: 1, records: recordCount, attempts: settlement.attempts.length });
    const moved = checkpoints.movePage({ job, partition: name, version, fence, cursor, sinkState: write.state, nowMs });
    if (moved === null) throw conflict(`${job}/${name}`, version, checkpoints.require(job, name).version);
    if (write.upsert) records.upsert({ table: write.upsert.table, rows: write.upsert.rows, job, partition, nowMs });
    this.#settle(claim, settlement);
    return moved;
  }

  endTurn({ claim, end, settlement, nowMs }: Parameters<RunStore['endTurn']>[0]): void {
    const { lease, checkpoints, partitions } = this.#tables;
    const key = { job: claim.job, partition: nameOf(claim) };
    lease.assertHeld(claim.fence);
    partitions.count(claim, { pages: 0, records: 0, attempts: settlement.attempts.length });
    const rest = restOf(end);
    partitions.rest(claim, rest);
    if (this.#isLastOf(claim, end)) {
      checkpoints.delete(key);
    } else {
      this.#moveAtEnd(key, end, nowMs);
      checkpoints.stand({ ...key, ...rest, status: statusOf(rest), nowMs });
    }
    this.#settle(claim, settlement);
  }

  /** A checkpoint that is not the live one ends with its partition, or with the run. */
  #isLastOf({ checkpoint, runId }: Claim, end: TurnEnd): boolean {
    if (checkpoint === undefined) return false;
    return end.kind === 'complete' || this.#tables.runs.require(runId).state === 'canceled';
  }

  #moveAtEnd({ job, partition }: { job: string; partition: string }, end: TurnEnd, nowMs: number): void {
    const { checkpoints } = this.#tables;
    const { cursor, bookmark } = checkpoints.require(job, partition);
    switch (end.kind) {
      case 'complete':
        if (cursor === bookmark) return; // a turn without a page
        checkpoints.move({ job, partition, cursor, bookmark: cursor, change: 'complete', nowMs });
        return;
      case 'rewind':
        checkpoints.move({ job, partition, cursor: bookmark, bookmark, change: 'rewind', nowMs });
        return;
      case 'park':
      case 'fail':
      case 'interrupt':
        return;
    }
  }

  #settle(claim: Claim, settlement: Settlement): void {
    this.#tables.ledger.settleDraws(settlement, claim);
    this.#tables.calls.add(claim, settlement.attempts);
  }
}

function nameOf({ checkpoint, partition }: Claim): string {
  return checkpoint ?? partition;
}

function restOf(end: TurnEnd): Rest {
  switch (end.kind) {
    case 'complete':
      return { state: 'done', parkedUntilMs: null, reason: null };
    case 'park':
      return { state: 'parked', parkedUntilMs: end.untilMs, reason: keptReason(end.reason) };
    case 'fail':
      return { state: 'failed', parkedUntilMs: null, reason: keptReason(end.reason) };
    case 'interrupt':
      return { state: 'waiting', parkedUntilMs: null, reason: null };
    case 'rewind':
      return { state: 'waiting', parkedUntilMs: null, reason: keptReason(end.reason) };
  }
}

function statusOf(rest: Rest): Checkpoint['status'] {
  switch (rest.state) {
    case 'done':
    case 'waiting':
      return 'idle';
    case 'parked':
    case 'failed':
      return rest.state;
  }
}

function fencedCheckpoint({ job, partition, fence }: Checkpoint, mine: number): OffpeakError {
  return new OffpeakError('FENCED', `${job}/${partition} was written with fence ${fence}, this process has ${mine}`, {
    hint: 'Another process took the store over, or an old copy of the file was put back.',
  });
}
