import type { Settlement } from './attempt';
import type { Checkpoint } from './checkpoint';
import type { Partition } from './partition';
import type { SinkWrite } from './sink';

/**
 * Why a run exists: its slot came (`schedule`), its slot was missed (`catch-up`), somebody asked for the past (`backfill`),
 * or for the present (`manual`).
 */
export type RunKind = 'schedule' | 'catch-up' | 'backfill' | 'manual';

/**
 * `queued` has partitions that can go on now (a new run, or one that a stop interrupted); `parked` has none of these,
 * but some that wait for an instant. `done` and `failed` are final.
 */
export type RunState = 'queued' | 'running' | 'parked' | 'done' | 'failed';

/** The work for one slot, however many days it takes. */
export interface Run {
  readonly id: number;
  readonly job: string;
  /** The nominal instant: the slot's, or the moment of a manual request. */
  readonly slotAtMs: number;
  readonly kind: RunKind;
  readonly state: RunState;
  /** Why it could not start or go on; null unless it was ended by `fail`. */
  readonly reason: string | null;
  /** When it first started; the `nowMs` of its job, also after a resume. Null while it waits for its first start. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The earliest instant at which a parked partition may go on; null when none is parked. */
  readonly resumesAtMs: number | null;
  readonly totals: RunTotals;
}

export interface RunTotals {
  readonly partitions: number;
  readonly partitionsDone: number;
  readonly partitionsParked: number;
  readonly partitionsFailed: number;
  readonly pages: number;
  readonly records: number;
  /** Attempts sent. */
  readonly attempts: number;
  /** Times that a partition was parked. */
  readonly parks: number;
  /** Times that a parked partition went on. */
  readonly resumes: number;
}

export type RunPartitionState = 'waiting' | 'running' | 'parked' | 'done' | 'failed';

/** One partition's share of a run. */
export interface RunPartition {
  readonly runId: number;
  readonly job: string;
  readonly partition: Partition;
  readonly state: RunPartitionState;
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
  readonly parkedUntilMs: number | null;
  /** Why it is parked or failed. */
  readonly reason: string | null;
}

/** A partition in the hands of this process: what every write on it must name. */
export interface Claim {
  readonly runId: number;
  readonly job: string;
  readonly partition: string;
  readonly fence: number;
}

export interface PageCommit {
  readonly claim: Claim;
  /** The checkpoint version that the page was built on. */
  readonly version: number;
  /** The cursor behind the page, as JSON text. */
  readonly cursor: string;
  readonly recordCount: number;
  readonly write: SinkWrite;
  readonly settlement: Settlement;
  readonly nowMs: number;
}

/** How a partition's turn ended. */
export type TurnEnd =
  | { readonly kind: 'complete' } // the generator ended: the cursor becomes the bookmark
  | { readonly kind: 'park'; readonly untilMs: number; readonly reason: string }
  | { readonly kind: 'fail'; readonly reason: string }
  | { readonly kind: 'interrupt' } // a stop or a limit of this process: goes on whenever a process does
  | { readonly kind: 'rewind'; readonly reason: string }; // cursor := bookmark, and the partition waits for its next turn

/**
 * Port. Every method that changes something is one transaction, durable when its promise resolves, and throws FENCED when
 * the lease of its fence is no longer the store's.
 */
export interface RunStore {
  /** Makes the run of a slot, once: null when (job, slot, kind) exists already. */
  open(slot: { job: string; slotAtMs: number; kind: RunKind; fence: number }): Promise<Run | null>;
  /** Marks a run as running, with its partitions on the first start (ignored afterwards). */
  start(start: { runId: number; partitions: readonly Partition[]; fence: number; nowMs: number }): Promise<Run>;
  /** Runs that can go on now: queued, or parked with a partition whose time has come. Oldest slot first. */
  due(nowMs: number): Promise<Run[]>;
  /** The earliest instant after which a parked run of these jobs (all when left out) can go on; null when none waits. */
  nextResumeMs(jobs?: readonly string[]): Promise<number | null>;
  partitions(runId: number): Promise<RunPartition[]>;
  /** Takes a waiting, or parked and due, partition; counts a resume in the second case. */
  claim(claim: Claim, nowMs: number): Promise<Checkpoint>;
  /** Records, cursor, counters and ledger settlement together. Returns the new version. CHECKPOINT_CONFLICT when edited. */
  commitPage(commit: PageCommit): Promise<number>;
  /** Ends the turn of a claimed partition and settles what it drew since its last page. */
  endTurn(turn: { claim: Claim; end: TurnEnd; settlement: Settlement; nowMs: number }): Promise<void>;
  /** Closes a run, or puts it down as parked or queued, as its partitions say. */
  settle(run: { runId: number; fence: number; nowMs: number }): Promise<Run>;
  /** Ends a run that cannot even start (its job file is gone or broken, its partitions() threw). */
  fail(run: { runId: number; reason: string; fence: number; nowMs: number }): Promise<void>;
  get(runId: number): Promise<Run | null>;
  /** The run of a job that is not final, if any. */
  unfinished(job: string): Promise<Run | null>;
  /** Newest first. */
  list(filter: { job?: string; limit: number }): Promise<Run[]>;
  /** The newest slot of a job that has a run of kind `schedule`; null when none has. */
  lastSlotMs(job: string): Promise<number | null>;
  /** When a job was first scheduled on this store: slots before that are not made up for. Remembers `nowMs` the first time. */
  firstSeenMs(job: { job: string; fence: number; nowMs: number }): Promise<number>;
  /** After a takeover: what the dead holder left running waits again, and what it had reserved counts as used. */
  recover(fence: number, nowMs: number): Promise<void>;
}
