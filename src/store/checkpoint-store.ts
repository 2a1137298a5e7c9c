import { OffpeakError } from '../errors';
import type { Checkpoint, CheckpointEdit, CheckpointPart, CheckpointStore, CheckpointVersion } from '../job/checkpoint';
import type { Checkpoints } from './checkpoint';
import type { Connection } from './connection';
import type { SqliteLease } from './lease';

/** Inspection and changes by hand. They need no lease: a partition that does not run has no other writer. */
export class SqliteCheckpoints implements CheckpointStore {
  readonly #connection: Connection;
  readonly #lease: SqliteLease;
  readonly #checkpoints: Checkpoints;

  constructor(connection: Connection, tables: { lease: SqliteLease; checkpoints: Checkpoints }) {
    this.#connection = connection;
    this.#lease = tables.lease;
    this.#checkpoints = tables.checkpoints;
  }

  read(job: string, partition: string): Promise<Checkpoint | null> {
    return this.#connection.read(() => this.#checkpoints.read(job, partition));
  }

  list(job?: string, limit?: number): Promise<Checkpoint[]> {
    return this.#connection.read(() => this.#checkpoints.list(job, limit));
  }

  part(part: CheckpointPart): Promise<Checkpoint[]> {
    return this.#connection.read(() => this.#checkpoints.part(part));
  }

  count(job?: string): Promise<number> {
    return this.#connection.read(() => this.#checkpoints.count(job));
  }

  history(job: string, partition: string): Promise<CheckpointVersion[]> {
    return this.#connection.read(() => this.#checkpoints.versions.list(job, partition));
  }

  /**
   * The bookmark moves with the cursor: were it left ahead of a cursor that was set back, a rejected page token would
   * jump to it and skip what lies between. Status and parked-until stay: an edit brings no quota back.
   */
  edit({ job, partition, version, cursor, change, nowMs }: CheckpointEdit): Promise<Checkpoint> {
    return this.#connection.write(() => {
      const current = this.#checkpoints.read(job, partition);
      this.#assertNotRunning(current, nowMs);
      const found = current?.version ?? 0;
      if (found !== version) throw conflict(`${job}/${partition}`, version, found);
      this.#checkpoints.create({ job, partition, nowMs });
      return this.#checkpoints.move({ job, partition, cursor, bookmark: cursor, change, nowMs });
    });
  }

  /** A second undo in a row goes one version further back. */
  undo({ job, partition, nowMs }: { job: string; partition: string; nowMs: number }): Promise<Checkpoint | null> {
    return this.#connection.write(() => {
      const current = this.#checkpoints.read(job, partition);
      this.#assertNotRunning(current, nowMs);
      const earlier = current && this.#checkpoints.versions.before(current);
      if (!earlier) return null;
      const { cursor, bookmark, origin } = earlier;
      return this.#checkpoints.move({ job, partition, cursor, bookmark, change: 'undo', restores: origin, nowMs });
    });
  }

  /** What a dead process left as running may be changed. */
  #assertNotRunning(checkpoint: Checkpoint | null, nowMs: number): void {
    if (checkpoint?.status !== 'running') return;
    const holder = this.#lease.liveHolder(nowMs);
    if (!holder) return;
    const where = `${checkpoint.job}/${checkpoint.partition}`;
    throw new OffpeakError('STORE_IN_USE', `${where} is running in process ${holder.pid} on ${holder.host}`, {
      hint: `Stop "${holder.command}" first, or wait until the partition is idle or parked.`,
    });
  }
}

/** Somebody else changed a checkpoint since it was read. */
export function conflict(where: string, expected: number, found: number): OffpeakError {
  return new OffpeakError('CHECKPOINT_CONFLICT', `${where}: expected version ${expected}, found version ${found}`, {
    hint: 'It was changed since it was read: read it again and repeat the change.',
  });
}
