import type { Settlement } from './attempt';
import type { PastSpan } from './backfill';
import type { Checkpoint } from './checkpoint';
import type { Partition } from './partition';
import type { SinkWrite } from './sink';
import type { DecidedSlots, SkipCause } from './slot';

/**
 * Why a run exists: its slot came (`schedule`), or was missed and is made up for (`catch-up`), or a span of the past is done
 * again (`backfill`), or somebody asked (`manual`).
 */
export type RunKind = 'schedule' | 'catch-up' | 'backfill' | 'manual';

/** Kinds whose runs take a job forward: those of a backfill go beside them, and tell nothing of the next run. */
export const FORWARD_KINDS: readonly RunKind[] = ['schedule', 'catch-up', 'manual'];

/**
 * `queued` has partitions that can go on now (one that waits for its start, or that a stop interrupted); `parked` has none
 * of these, but some that wait for an instant. The others are final: `skipped` never ran, `canceled` was ended before it was
 * complete.
 */
export type RunState = (typeof RUN_STATES)[number];

export const RUN_STATES = ['queued', 'running', 'parked', 'done', 'failed', 'skipped', 'canceled'] as const;

/** The states of what ran, or will. */
export const RAN_STATES: readonly RunState[] = RUN_STATES.filter((state) => state !== 'skipped');

/** The work for one slot, however many days it takes; or the note that a slot had none. */
export interface Run {
  readonly id: number;
  readonly job: string;
  /** The nominal instant: the slot's, or the moment of a manual request. */
  readonly slotAtMs: number;
  readonly kind: RunKind;
  readonly state: RunState;
  /** Why it was skipped; null unless it was. */
  readonly because: SkipCause | null;
  /** In words: why it could not start or go on, was skipped or canceled. */
  readonly reason: string | null;
  /** The run that went on in its place; null unless it was coalesced. */
  readonly intoRunId: number | null;
  /** How many slots it stands for. */
  readonly slots: number;
  /** What a backfill's run is for; null for all others. */
  readonly past: PastRun | null;
  /** The planned start: not before that. Null: at once. */
  readonly startAtMs: number | null;
  /** When it first started; the `nowMs` of its job, also after a resume. Null while it waits for its first start. */
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The earliest instant at which a parked partition may go on; null when none is parked. */
  readonly resumesAtMs: number | null;
  readonly totals: RunTotals;
}

export interface PastRun extends PastSpan {
  /** Calls that backfills of its job may make in a window of the shared quota; null: as many as the surplus allows. */
  readonly callsMax: number | null;
}

/** Where a partition's state is kept in a run: one of a backfill must not touch the live checkpoint. */
export function checkpointName({ id, kind }: Pick<Run, 'id' | 'kind'>, partitionKey: string): string {
  return kind === 'backfill' ? `${partitionKey}~backfill-${id}` : partitionKey;
}

/** What decides over new slots of a job has to know of a run that is not over. */
export type UnfinishedRun = Pick<Run, 'id' | 'job' | 'kind' | 'state' | 'slotAtMs' | 'startAtMs' | 'startedAtMs'>;

/** The first instant at which a run can go on; Infinity when it is under way or over. */
export function goesOnAtMs({ state, startAtMs, resumesAtMs }: Run): number {
  if (state === 'queued') return startAtMs ?? -Infinity;
  return state === 'parked' ? (resumesAtMs ?? -Infinity) : Infinity;
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
  /** The name of its checkpoint: the partition's key, but for a backfill. */
  readonly checkpoint: string;
  /** Its place in the order in which the job named them, from 0. */
  readonly position: number;
  readonly state: RunPartitionState;
  readonly pages: number;
  readonly records: number;
  readonly attempts: number;
  readonly parkedUntilMs: number | null;
  /** Why it is parked or failed. */
  readonly reason: string | null;
}

/** What a partition called in a run. */
export interface CalledPartition extends Partition {
  readonly attempts: number;
}

/** Partitions of a run that wait for the same instant, or failed, for the same reason. */
export interface StuckGroup extends Pick<RunPartition, 'parkedUntilMs' | 'reason'> {
  readonly state: 'parked' | 'failed';
  readonly count: number;
  /** The first of them. */
  readonly keys: readonly string[];
}

/** Where to go on among the parked partitions of a run, which are in the order of `parkedUntilMs`, then of their keys. */
export type ParkedPlace = Pick<RunPartition, 'parkedUntilMs'> & { readonly key: string };

/** A partition in the hands of this process: what every write on it must name. */
export interface Claim {
  readonly runId: number;
  readonly job: string;
  readonly partition: string;
  /** The name of its checkpoint, which goes when the partition is complete. Default the live one, of the partition's key. */
  readonly checkpoint?: string;
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

export interface RunFilter {
  readonly job?: string;
  /** All when left out. */
  readonly states?: readonly RunState[];
  /** All when left out. */
  readonly kinds?: readonly RunKind[];
  readonly limit: number;
}

/**
 * Port. Every method that changes something is one transaction, but for `fail`, durable when its promise resolves, and
 * throws FENCED when the lease of its fence is no longer the store's.
 */
export interface RunStore {
  /**
   * The newest slot that was decided of each of these jobs, by job. One that is seen for the first time has none to make up
   * for: all before `nowMs` count as decided.
   */
  decidedUntil(seen: { jobs: readonly string[]; fence: number; nowMs: number }): Promise<ReadonlyMap<string, number>>;
  /** The same of one job, for whoever only looks; null for one that was never scheduled. */
  decidedSoFar(job: string): Promise<number | null>;
  /**
   * Keeps what was decided of slots, of all these jobs together: opens runs, ends those that they cancel, notes what was
   * skipped. A slot that was decided before, by whomever, stays as it is.
   */
  decide(decided: { jobs: readonly DecidedSlots[]; fence: number; nowMs: number }): Promise<void>;
  /** Makes a run, once: null when (job, slot, kind) exists already. */
  open(slot: { job: string; slotAtMs: number; kind: RunKind; fence: number }): Promise<Run | null>;
  /**
   * Adds partitions to a run that has not started, behind those that it has. JOB_INVALID when it has one of these keys. What
   * was added by a process that died before the start is to be taken back first.
   */
  register(listed: { runId: number; partitions: readonly Partition[]; fence: number }): Promise<void>;
  /** Takes back what was added to a run that has not started: up to REGISTERED_MAX of them, false once there is none. */
  unregister(run: { runId: number; fence: number }): Promise<boolean>;
  /** Marks a run as running, with its partitions, or the last of them, on the first start (ignored afterwards). */
  start(start: { runId: number; partitions: readonly Partition[]; fence: number; nowMs: number }): Promise<Run>;
  /**
   * Runs that can go on now: queued and not planned for later, or parked with a partition whose time has come. Of each job
   * only the one whose turn it is, and beside it a backfill's. By planned start, or slot where there is none; backfills last.
   */
  due(nowMs: number): Promise<Run[]>;
  /** The first instant after this one at which a further run can go on; null when none waits for one. */
  nextDueMs(nowMs: number): Promise<number | null>;
  /** In the order in which the job named them; the first `limit`. Of an old run they may be gone; its totals stay. */
  partitions(runId: number, limit?: number): Promise<RunPartition[]>;
  /** Those that wait, in that order, behind this position. */
  waiting(run: { runId: number; afterPosition: number; limit: number }): Promise<RunPartition[]>;
  /** Those that are parked until this instant or an earlier one, first come first, behind this place. */
  parked(run: { runId: number; untilMs: number; after: ParkedPlace | null; limit: number }): Promise<RunPartition[]>;
  /** The first of those that are parked or failed, in the order in which the job named them. */
  stuck(runId: number, limit: number): Promise<RunPartition[]>;
  /** The largest groups of these, with their first keys. */
  stuckGroups(groups: { runId: number; limit: number; keysMax: number }): Promise<StuckGroup[]>;
  /** Keys, scopes and calls alone, by key, behind this one. */
  scopes(run: { runId: number; afterKey: string; limit: number }): Promise<CalledPartition[]>;
  /** Takes a waiting, or parked and due, partition; counts a resume in the second case. */
  claim(claim: Claim, nowMs: number): Promise<Checkpoint>;
  /** Records, cursor, counters and ledger settlement together. Returns the new version. CHECKPOINT_CONFLICT when edited. */
  commitPage(commit: PageCommit): Promise<number>;
  /** Ends the turn of a claimed partition and settles what it drew since its last page. */
  endTurn(turn: { claim: Claim; end: TurnEnd; settlement: Settlement; nowMs: number }): Promise<void>;
  /** Closes a run, or puts it down as parked or queued, as its partitions say. */
  settle(run: { runId: number; fence: number; nowMs: number }): Promise<Run>;
  /**
   * Ends a run that cannot even start (its job file is gone or broken, its partitions() threw). A million partitions fail in
   * parts and the run ends with the last: cut off in the middle it goes on with those that are left, or fails once more.
   */
  fail(run: { runId: number; reason: string; fence: number; nowMs: number }): Promise<void>;
  /** Ends a run before it is complete. Its partitions keep their cursors; a turn under way may commit until it ends. */
  cancel(run: { runId: number; reason: string; fence: number; nowMs: number }): Promise<void>;
  get(runId: number): Promise<Run | null>;
  /** The run of a job that is not final, if any; of several the one whose turn it is. Backfills do not count. */
  unfinished(job: string): Promise<Run | null>;
  /** Every run of these jobs that is not final, but for backfills; those of one job in the order of their turns. */
  allUnfinished(jobs: readonly string[]): Promise<UnfinishedRun[]>;
  /** Newest slot first. */
  list(filter: RunFilter): Promise<Run[]>;
  /** After a takeover: what the dead holder left running waits again, and what it had reserved counts as used. */
  recover(fence: number, nowMs: number): Promise<void>;
}
