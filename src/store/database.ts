import { existsSync, statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { OffpeakError } from '../errors';
import { Connection } from './connection';
import { assertSound } from './damage';
import { Sqlite } from './driver';
import { explaining } from './failure';
import { makePrivate, prepareFile } from './file';
import { assertLocal, type ReadFileSystem, readFileSystem } from './file-system';
import type { NextTurn } from './group-commit';
import { acceptedVersion } from './identity';
import { type Migration, migrate } from './migrate';

export interface DatabaseOptions {
  readonly migrations: readonly Migration[];
  readonly busyTimeoutMs: number;
  /** Names the backup before a migration. */
  readonly nowMs: number;
  /** Whether a store on a network disk is written to. Default refuse. */
  readonly remoteDisk?: RemoteDisk;
  /** Default the system's. */
  readonly fileSystem?: ReadFileSystem;
  /** What is a copy itself needs no backup before its migration. Default `back up`. */
  readonly beforeMigration?: 'back up' | 'nothing';
  /** When the writes of one turn are committed together. Left out: each at once. */
  readonly nextTurn?: NextTurn;
}

export type RemoteDisk = 'refuse' | 'allow';

/** Up to this size a file is read whole at open to find damage: about 25 ms. A cut file is found at any size. */
const CHECKED_BYTES_MAX = 16 * 1024 * 1024;
/** The log is cut back to this after a burst. */
const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;
const SYNCHRONOUS_FULL = 2;

/** Opens a database, making it or bringing it to the newest version where needed. Throws OffpeakError `STORE_…`. */
export function openForWriting(path: string, options: DatabaseOptions): Connection {
  return explaining(path, () => {
    const { remoteDisk = 'refuse', fileSystem = readFileSystem } = options;
    if (remoteDisk === 'refuse') assertLocal(path, fileSystem(path));
    prepareFile(path);
    return opened(new Sqlite(path, { timeout: options.busyTimeoutMs }), (db) => {
      acceptedVersion(db, path, options.migrations.length);
      assertOutline(db, path);
      makePrivate(path);
      configure(db);
      makeDurable(db, path);
      migrate(db, { ...options, path });
      return new Connection(db, path, options.nextTurn);
    });
  });
}

/**
 * Opens a database to look at it: makes no file and migrates nothing. Where there is none yet, an empty one in memory
 * stands in, so that a fresh project shows empty tables instead of an error.
 */
export function openForReading(path: string, options: DatabaseOptions): Connection {
  return explaining(path, () => {
    if (!existsSync(path)) return openEmpty(path, options);
    const db = new Sqlite(path, { readonly: true, timeout: options.busyTimeoutMs });
    const version = opened(db, () => acceptedVersion(db, path, options.migrations.length));
    if (version === 0) {
      db.close();
      return openEmpty(path, options);
    }
    return opened(db, () => {
      if (version < options.migrations.length) throw olderError(path, version, options.migrations.length);
      assertOutline(db, path);
      configure(db);
      return new Connection(db, path);
    });
  });
}

/** An empty database in memory, of the newest version. The path is what messages name. */
export function openInMemory(path: string, options: DatabaseOptions): Connection {
  return opened(new Sqlite(':memory:'), (db) => {
    configure(db);
    migrate(db, { ...options, path });
    return new Connection(db, path);
  });
}

function openEmpty(path: string, options: DatabaseOptions): Connection {
  const connection = openInMemory(path, options);
  connection.db.pragma('query_only = ON');
  return connection;
}

/** Closes the database when a step of opening it fails. */
function opened<T>(db: Database, open: (db: Database) => T): T {
  try {
    assertLibrary(String(db.prepare('SELECT sqlite_version()').pluck().get()));
    return open(db);
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/**
 * Before 3.51.3 a write beside a checkpoint of another connection could lose pages for good, and 3.52.0 was withdrawn
 * (https://sqlite.org/wal.html#walresetbug).
 */
export function assertLibrary(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const rank = (major * 1_000 + minor) * 1_000 + patch;
  if (rank >= 3_051_003 && rank !== 3_052_000) return;
  throw new OffpeakError('STORE_FAILED', `SQLite ${version} can lose data: expected 3.51.3 or newer, but not 3.52.0`, {
    hint: 'Install the better-sqlite3 that Offpeak asks for: npm ci.',
  });
}

function assertOutline(db: Database, path: string): void {
  if (statSync(path).size <= CHECKED_BYTES_MAX) assertSound(db, path, 'quick_check');
}

function configure(db: Database): void {
  db.pragma('foreign_keys = ON');
  db.pragma('trusted_schema = OFF');
}

/** WAL alone means synchronous=NORMAL in this driver, which forgets the last commits when the power fails. */
function makeDurable(db: Database, path: string): void {
  const mode: unknown = db.pragma('journal_mode = WAL', { simple: true });
  db.pragma('synchronous = FULL');
  db.pragma('temp_store = MEMORY'); // the savepoints of a group: what they set aside fits there
  db.pragma(`journal_size_limit = ${JOURNAL_BYTES_MAX}`);
  const level: unknown = db.pragma('synchronous', { simple: true });
  if (mode === 'wal' && level === SYNCHRONOUS_FULL) return;
  throw new OffpeakError(
    'STORE_FAILED',
    `${path}: expected journal WAL at synchronous ${SYNCHRONOUS_FULL}, got ${String(mode)} at ${String(level)}`,
    {
      hint: 'Keep the database on a local disk: network file systems cannot hold it.',
    },
  );
}

function olderError(path: string, found: number, expected: number): OffpeakError {
  return new OffpeakError('STORE_FAILED', `${path} is at version ${found}, this Offpeak reads version ${expected}`, {
    hint: 'Start Offpeak once: it makes a backup and brings the database up to date.',
  });
}
