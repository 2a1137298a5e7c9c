import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';

// Records hold customers' data: nobody but the owner reads them, whatever the umask of the caller.
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

/** SQLite keeps log and index beside the file itself, not beside a link to it. */
export function followLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** Makes the file, empty, and its directory where they are missing. */
export function prepareFile(path: string): void {
  makeDirectory(dirname(path));
  if (!existsSync(path)) createPrivate(path);
}

/** Makes a directory, and those above it, where they are missing. */
export function makeDirectory(directory: string): void {
  // mkdir takes the umask off the mode, which can only make it too narrow: set it once more.
  if (mkdirSync(directory, { recursive: true, mode: PRIVATE_DIRECTORY })) chmodSync(directory, PRIVATE_DIRECTORY);
}

export function createPrivate(path: string): void {
  // 'a' and not 'wx': another process may have made it since.
  const file = openSync(path, 'a', PRIVATE_FILE);
  closeSync(file);
  chmodSync(path, PRIVATE_FILE);
  syncDirectory(path);
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
