import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { messageOf, OffpeakError } from '../errors';
import type { LeaseHolder } from '../job/lease';
import { type Backup, describeBackup, withReadOnly } from './backup-file';
import { type Lineage, lineageOf } from './carry-over';
import { Connection } from './connection';
import { checkWhole } from './copy';
import { SqliteLease } from './lease';
import type { Machine } from './machine';

/** What a restore would do. */
export interface RestorePlan {
  readonly backup: Backup;
  readonly present: PresentStore;
}

/** The store that a backup shall replace. */
export type PresentStore =
  | { readonly kind: 'missing' }
  /** It is damaged, or not to be read by this Offpeak: nobody can tell who uses it, and what it knows is lost. */
  | { readonly kind: 'unreadable'; readonly because: OffpeakError }
  | {
      readonly kind: 'readable';
      readonly store: Backup;
      readonly lineage: Lineage;
      /** Whoever holds the lease now. */
      readonly holder: LeaseHolder | null;
      readonly checkpoints: CheckpointChanges;
    };

/** What becomes of checkpoints, in partitions. */
export interface CheckpointChanges {
  readonly same: number;
  /** They stand elsewhere in the backup. */
  readonly changed: number;
  /** Not in the backup: they begin anew. */
  readonly lost: number;
  /** Only in the backup. */
  readonly back: number;
}

export interface Restoring {
  /** The file that a backup is in. */
  readonly backup: string;
  /** The store's file. */
  readonly path: string;
  readonly machine: Machine;
  readonly nowMs: number;
}

/** Compares a backup with the present store and changes neither. Throws STORE_CORRUPT, STORE_NEWER or STORE_FAILED for the backup. */
export function planRestore({ backup, path, machine, nowMs }: Restoring): RestorePlan {
  const described = describeBackup(backup);
  if (!existsSync(path)) return { backup: described, present: { kind: 'missing' } };
  try {
    checkWhole(path);
    const store = describeBackup(path);
    const holder = withReadOnly(path, (db) => new SqliteLease(new Connection(db, path), machine).liveHolder(nowMs));
    const compared = withReadOnly(backup, (db) => compare(db, path));
    return { backup: described, present: { kind: 'readable', store, holder, ...compared } };
  } catch (thrown) {
    const because = thrown instanceof OffpeakError ? thrown : new OffpeakError('STORE_FAILED', messageOf(thrown));
    return { backup: described, present: { kind: 'unreadable', because } };
  }
}

function compare(db: Database, path: string): { lineage: Lineage; checkpoints: CheckpointChanges } {
  db.prepare('ATTACH ? AS replaced').run(path);
  const count = (sql: string): number => Number(db.prepare(sql).pluck().get());
  const both = 'offpeak_checkpoint mine JOIN replaced.offpeak_checkpoint theirs USING (job, partition)';
  const same = count(`SELECT COUNT(*) FROM ${both} WHERE mine.cursor IS theirs.cursor`);
  const inBoth = count(`SELECT COUNT(*) FROM ${both}`);
  const checkpoints = {
    same,
    changed: inBoth - same,
    lost: count('SELECT COUNT(*) FROM replaced.offpeak_checkpoint') - inBoth,
    back: count('SELECT COUNT(*) FROM main.offpeak_checkpoint') - inBoth,
  };
  return { lineage: lineageOf(db), checkpoints };
}
