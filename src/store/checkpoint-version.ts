import type { Database, Statement } from 'better-sqlite3';
import {
  type Checkpoint,
  type CheckpointChange,
  type CheckpointVersion,
  HISTORY_VERSIONS_MAX,
} from '../job/checkpoint';

interface VersionRow {
  readonly version: number;
  readonly cursor: string | null;
  readonly bookmark: string | null;
  readonly change: CheckpointChange;
  readonly restores: number | null;
  readonly at_ms: number;
}

/** What a version keeps of a checkpoint. */
type State = Pick<Checkpoint, 'job' | 'partition' | 'version' | 'cursor' | 'bookmark' | 'updatedAtMs'>;

/** A version to go back to. `origin` is the version that first had its content: an undo shares that of what it restored. */
export interface Earlier {
  readonly cursor: string | null;
  readonly bookmark: string | null;
  readonly origin: number;
}

/** Pruned when so many are added: to look for an old version at each page costs nearly as much as to add one. */
const PRUNED_EVERY = 8;

/**
 * The table offpeak_checkpoint_version: the last HISTORY_VERSIONS_MAX states of each partition, the current one included,
 * and a few older ones that nobody gets to see.
 */
export class CheckpointVersions {
  readonly #add: Statement<[VersionRow & { job: string; partition: string }]>;
  readonly #prune: Statement<[{ job: string; partition: string; oldest: number }]>;
  readonly #list: Statement<[{ job: string; partition: string; limit: number }], VersionRow>;
  readonly #read: Statement<[{ job: string; partition: string; version: number }], VersionRow>;
  readonly #before: Statement<[{ job: string; partition: string; origin: number; oldest: number }], VersionRow>;

  constructor(db: Database) {
    this.#add = db.prepare(`
      INSERT INTO offpeak_checkpoint_version (job, partition, version, cursor, bookmark, change, restores, at_ms)
      VALUES (:job, :partition, :version, :cursor, :bookmark, :change, :restores, :at_ms)`);
    this.#prune = db.prepare(`
      DELETE FROM offpeak_checkpoint_version WHERE job = :job AND partition = :partition AND version < :oldest`);
    this.#list = db.prepare(`
      SELECT * FROM offpeak_checkpoint_version WHERE job = :job AND partition = :partition
      ORDER BY version DESC LIMIT +:limit`);
    this.#read = db.prepare(`
      SELECT * FROM offpeak_checkpoint_version WHERE job = :job AND partition = :partition AND version = :version`);
    this.#before = db.prepare(`
      SELECT * FROM offpeak_checkpoint_version WHERE job = :job AND partition = :partition AND version < :origin
        AND version >= :oldest
      ORDER BY version DESC LIMIT 1`);
  }

  /** Within a transaction. Keeps the state that a checkpoint has just reached; `restores` is an undo's origin. */
  add(state: State, change: CheckpointChange, restores: number | null): void {
    const { job, partition, cursor, bookmark, version, updatedAtMs } = state;
    this.#add.run({ job, partition, version, cursor, bookmark, change, restores, at_ms: updatedAtMs });
    if (version % PRUNED_EVERY === 0) this.#prune.run({ job, partition, oldest: oldestOf(version) });
  }

  list(job: string, partition: string): CheckpointVersion[] {
    return this.#list.all({ job, partition, limit: HISTORY_VERSIONS_MAX }).map(fromRow);
  }

  /**
   * What an undo of the current version brings back. Undoing an undo goes one further back instead of forth: the search
   * starts below the version whose content the current one has. Before version 1 there was neither cursor nor bookmark.
   */
  before({ job, partition, version }: Checkpoint): Earlier | null {
    const origin = this.#read.get({ job, partition, version })?.restores ?? version;
    const row = this.#before.get({ job, partition, origin, oldest: oldestOf(version) });
    if (row) return { cursor: row.cursor, bookmark: row.bookmark, origin: row.restores ?? row.version };
    return origin === 1 ? { cursor: null, bookmark: null, origin: 0 } : null;
  }
}

function oldestOf(version: number): number {
  return version - HISTORY_VERSIONS_MAX + 1;
}

function fromRow(row: VersionRow): CheckpointVersion {
  return {
    version: row.version,
    cursor: row.cursor,
    bookmark: row.bookmark,
    change: row.change,
    atMs: row.at_ms,
  };
}
