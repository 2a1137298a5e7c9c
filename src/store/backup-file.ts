import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { OffpeakError } from '../errors';
import { readContents, type StoreContents } from './contents';
import { copyDatabase } from './copy';
import { assertLibrary } from './database';
import { Sqlite } from './driver';
import { explaining } from './failure';
import { makeDirectory } from './file';
import { acceptedVersion } from './identity';
import { loadMigrations } from './migrate';
import { assertRoom } from './room';

/** A backup that was made, and what is in it. */
export interface Backup {
  readonly path: string;
  readonly bytes: number;
  readonly contents: StoreContents;
}

export interface BackupRequest {
  /** The store's file. */
  readonly path: string;
  /** The file to make: there must be none of this name yet. */
  readonly target: string;
  /** Told the size of the store before it is copied, which takes about a second for each 100 MB. */
  readonly onCopy: (bytes: number) => void;
}

/**
 * Copies the store while other processes use it, at whatever version it is. Throws USAGE for a target that exists,
 * STORE_FAILED where there is no store, STORE_CORRUPT, STORE_FULL.
 */
export function takeBackup({ path, target, onCopy }: BackupRequest): Backup {
  if (!existsSync(path)) {
    throw new OffpeakError('STORE_FAILED', `${path}: expected a store, got no such file`, {
      hint: 'The first `offpeak run` or `offpeak start` makes it; --store names another one.',
    });
  }
  return explaining(path, () => {
    if (existsSync(target)) {
      throw new OffpeakError('USAGE', `${target} exists: a backup overwrites nothing`, {
        hint: 'Name another file, or leave the name out: then it has the instant in it.',
      });
    }
    makeDirectory(resolve(target, '..'));
    return withReadOnly(path, (db) => {
      const bytes = statSync(path).size + sizeOf(`${path}-wal`);
      assertRoom(target, bytes);
      onCopy(bytes);
      copyDatabase(db, target);
      return describeBackup(target);
    });
  });
}

/** What a file holds that is, or shall be, a backup. Throws STORE_CORRUPT, STORE_NEWER, or STORE_FAILED for another program's. */
export function describeBackup(path: string): Backup {
  return explaining(path, () =>
    withReadOnly(path, (db) => ({ path, bytes: statSync(path).size, contents: readContents(db) })),
  );
}

/** Opens a store of any version that this Offpeak knows, to read it. */
export function withReadOnly<Result>(path: string, read: (db: Database) => Result): Result {
  const db = new Sqlite(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    assertLibrary(String(db.prepare('SELECT sqlite_version()').pluck().get()));
    if (acceptedVersion(db, path, loadMigrations().length) > 0) return read(db);
    throw new OffpeakError('STORE_FAILED', `${path} holds nothing: expected a store of Offpeak, got an empty database`);
  } finally {
    db.close();
  }
}

const BUSY_TIMEOUT_MS = 5_000;

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
