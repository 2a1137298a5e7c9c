import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '../errors';
import type { StoreFinding } from './finding';

const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;

/** The file is not there, or holds nothing yet. */
export function isMissing(path: string): boolean {
  return (lookAt(path)?.size ?? 0) === 0;
}

/** The files of a store, without opening one: closing it again would drop the locks of SQLite in this process. */
export function checkFiles(path: string): StoreFinding[] {
  const store = lookAt(path);
  const beside = [`${path}-wal`, `${path}-shm`];
  return [
    ...(store && !store.isFile() ? [notAFile(path)] : []),
    ...(isMissing(path) ? strayLog(path) : []),
    ...[path, ...beside].flatMap(openToOthers),
    ...[path, ...beside].flatMap((file) => ownerOf(file, path)),
    ...openDirectory(path),
    ...unfinishedBackups(path),
  ];
}

/** Null where there is none, or where this user must not look. */
function lookAt(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP'].includes(codeOf(thrown) ?? '')) return null;
    throw thrown;
  }
}

function notAFile(path: string): StoreFinding {
  const todo = 'Give the store a path of its own: `store` in the config file.';
  return { code: 'store-no-file', severity: 'error', what: `${path} is no file`, todo };
}

function strayLog(path: string): StoreFinding[] {
  const log = lookAt(`${path}-wal`);
  if (!log || log.size === 0) return [];
  const what = `${path} is missing, but its log is there (${path}-wal, ${log.size} bytes)`;
  const todo = `Bring back the file beside its log, or a backup (${path}.backup-…) after moving the log away.`;
  return [{ code: 'store-gone', severity: 'error', what, todo }];
}

function openToOthers(file: string): StoreFinding[] {
  const mode = (lookAt(file)?.mode ?? 0) & 0o777;
  if ((mode & OTHERS) === 0) return [];
  const what = `${file} is open to other users (mode ${mode.toString(8)})`;
  return [{ code: 'store-open', severity: 'warning', what, todo: `chmod 600 ${file}` }];
}

function ownerOf(file: string, store: string): StoreFinding[] {
  const uid = lookAt(file)?.uid;
  const owner = file === store ? process.geteuid?.() : lookAt(store)?.uid;
  if (uid === undefined || owner === undefined || uid === owner || owner === 0) return [];
  const what = `${file} belongs to user ${uid}, expected ${owner}`;
  return [{ code: 'store-owner', severity: 'warning', what, todo: `chown ${owner} ${file}` }];
}

/** Whoever may write to the directory may put another file in the place of the store. */
function openDirectory(path: string): StoreFinding[] {
  const directory = dirname(path);
  const mode = (lookAt(directory)?.mode ?? 0) & 0o7777;
  if ((mode & OTHERS_WRITE) === 0) return [];
  const what = `other users may write to ${directory} (mode ${mode.toString(8)})`;
  return [{ code: 'store-open', severity: 'warning', what, todo: `chmod 700 ${directory}` }];
}

/** A backup that was cut off keeps the name that it had until it was checked. */
function unfinishedBackups(path: string): StoreFinding[] {
  const directory = dirname(path);
  const prefix = `${basename(path)}.backup-`;
  if (!lookAt(directory)?.isDirectory()) return [];
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix) && name.endsWith('.tmp'));
  return names.map((name): StoreFinding => {
    const file = join(directory, name);
    const what = `${file} is a backup that was cut off (${lstatSync(file).size} bytes)`;
    return { code: 'backup-cut-off', severity: 'warning', what, todo: `rm ${file}` };
  });
}
