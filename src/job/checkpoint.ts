/** Where a partition stands: `idle` between runs, `parked` until an instant, `failed` until somebody or the next run acts. */
export type CheckpointStatus = 'idle' | 'running' | 'parked' | 'failed';

/** A partition's durable state. */
export interface Checkpoint {
  readonly job: string;
  readonly partition: string;
  /** Where to go on: the last committed cursor, as JSON text; null before the first page. */
  readonly cursor: string | null;
  /** The cursor with which the last whole run ended: where to go back to when the platform rejects `cursor`. */
  readonly bookmark: string | null;
  /** Grows by one with every change; edits name the version that they saw. */
  readonly version: number;
  /** Epoch of the process that wrote it; a lower one is refused. */
  readonly fence: number;
  readonly status: CheckpointStatus;
  readonly parkedUntilMs: number | null;
  readonly reason: string | null;
  /** What the sink needs to go on after this cursor (bytes of a file); opaque. */
  readonly sinkState: string | null;
  readonly updatedAtMs: number;
}

/** One earlier state. The last HISTORY_VERSIONS_MAX of a partition stay. */
export interface CheckpointVersion {
  readonly version: number;
  readonly cursor: string | null;
  readonly bookmark: string | null;
  /** What made it: `page`, `complete`, `rewind`, `set`, `reset`, `undo`. */
  readonly change: CheckpointChange;
  readonly atMs: number;
}

export type CheckpointChange = 'page' | 'complete' | 'rewind' | 'set' | 'reset' | 'undo';

export const HISTORY_VERSIONS_MAX = 20;

/** A change by hand. Refused with CHECKPOINT_CONFLICT when the version moved on, and STORE_IN_USE while the partition runs. */
export interface CheckpointEdit {
  readonly job: string;
  readonly partition: string;
  /** The version that the edit was made against; 0 creates the checkpoint. */
  readonly version: number;
  /** New cursor as JSON text; null starts from the job's `initial`. */
  readonly cursor: string | null;
  readonly change: 'set' | 'reset';
  readonly nowMs: number;
}

/** Checkpoints are read in parts where there may be a million. */
export interface CheckpointPart {
  /** `stale` are those whose partition the newest scheduled run of their job did not list; nothing reads them. */
  readonly which: 'all' | 'parked' | 'stale';
  readonly from: CheckpointPlace;
  readonly limit: number;
}

/** With the empty job and partition it stands before all. */
export type CheckpointPlace = Pick<Checkpoint, 'job' | 'partition'>;

/** Port. Every mutation is durable when its promise resolves. */
export interface CheckpointStore {
  read(job: string, partition: string): Promise<Checkpoint | null>;
  /** Ordered by job and partition; of one job when it is named; the first `limit`. */
  list(job?: string, limit?: number): Promise<Checkpoint[]>;
  /** Those from a place on, in that order. */
  part(part: CheckpointPart): Promise<Checkpoint[]>;
  count(job?: string): Promise<number>;
  /** Newest first. */
  history(job: string, partition: string): Promise<CheckpointVersion[]>;
  edit(edit: CheckpointEdit): Promise<Checkpoint>;
  /** Brings the version before the current one back, as a new version. Null when there is none. */
  undo(target: { job: string; partition: string; nowMs: number }): Promise<Checkpoint | null>;
}
