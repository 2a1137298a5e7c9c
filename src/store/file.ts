import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OffpeakError } from '../errors';

// Records hold customers' data: nobody but the owner reads them, whatever the umask of the caller.
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** SQLite keeps log and index beside the file itself, not beside a link to it. */
export function followLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Makes the file, empty, and its directory where they are missing. Throws STORE_CORRUPT where only the log is left. */
export function prepareFile(path: string): void {
  makeDirectory(dirname(path));
  assertNoStrayLog(path);
  if (existsSync(path))
    accessSync(path, constants.W_OK); // SQLite would open it for reading, and fail later
  else createPrivate(path);
}

/** Makes a directory, and those above it, where they are missing. */
export function makeDirectory(directory: string): void {
  // mkdir takes the umask off the mode, which can only make it too narrow: set it once more.
  if (mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY })) chmodSync(directory, PRIVATE_DIRECTORY);
}

/** SQLite deletes the log beside an empty file: whatever was committed last would be gone, and every counter at zero. */
function assertNoStrayLog(path: string): void {
  const bytesOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const log = `${path}-wal`;
  if (bytesOf(path) > 0 || bytesOf(log) === 0) return;
  throw new OffpeakError('STORE_CORRUPT', `${path} is missing or empty, but its log is there (${log})`, {
    hint: `Bring back the file beside its log, or a backup (${path}.backup-…) after moving the log away. To start from nothing, move the log away.`,
  });
}

/** Makes a file where none is. A link that leads nowhere is not followed: it would say where the file is made. */
export function createPrivate(path: string): void {
  // Not O_EXCL: another process may have made it since.
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, PRIVATE_FILE);
  fchmodSync(file, PRIVATE_FILE);
  closeSync(file);
  syncDirectory(path);
}

/**
 * Opens a file of one's own for writing in place of whatever has its name: what somebody else has put there, a link or an
 * open file, gets nothing of what is written.
 */
export function openAnew(path: string): number {
  rmSync(path, { force: true });
  const file = openSync(path, 'wx', PRIVATE_FILE);
  fchmodSync(file, PRIVATE_FILE);
  return file;
}

/** Closes a database file, its log and its index to other users. SQLite gives new ones the mode of the database file. */
export function makePrivate(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    if (existsSync(file)) chmodSync(file, PRIVATE_FILE);
  }
}

/** Makes the contents of a file durable. Never for a database that is open: closing it would drop SQLite's locks. */
export function syncFile(path: string): void {
  sync(path, 'r+');
}

/** Makes the name of a file durable. */
export function syncDirectory(path: string): void {
  sync(dirname(path), 'r');
}

function sync(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
