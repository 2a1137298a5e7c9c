import { closeSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { assertSound } from './damage';
import { Sqlite } from './driver';
import { openAnew, syncDirectory, syncFile } from './file';

/**
 * Copies an open database into a new file of mode 0600: written under another name, checked, made durable, and only then
 * given its name. VACUUM INTO reads one snapshot while other processes write on; the driver's own `backup` starts anew
 * at each of their writes, and would never end beside a busy daemon.
 */
export function copyDatabase(db: Database, target: string): void {
  const partial = `${target}.tmp`;
  try {
    closeSync(openAnew(partial)); // VACUUM INTO writes into an empty file, whose mode then stays
    db.prepare('VACUUM INTO ?').run(partial);
    checkWhole(partial);
    syncFile(partial);
    renameSync(partial, target);
    syncDirectory(target);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Reads a database whole, its indexes too. Throws STORE_CORRUPT. */
export function checkWhole(path: string): void {
  const db = new Sqlite(path, { readonly: true });
  try {
    assertSound(db, path, 'integrity_check');
  } finally {
    db.close();
  }
}

/** An instant in the name of a file, so that names sort by time: `20260302T154000000Z`. */
export function instantInName(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');
}

/** Keeps the newest files whose name is the prefix, an instant and the suffix. Returns the paths of those that it took away. */
export function keepNewest(prefix: string, suffix: string, keptMax: number): string[] {
  const stale = copiesOf(prefix, suffix).slice(0, -keptMax);
  for (const path of stale) rmSync(path);
  return stale;
}

/** The files whose name is the prefix, an instant and the suffix, oldest first. */
export function copiesOf(prefix: string, suffix: string): string[] {
  const directory = dirname(prefix);
  const start = basename(prefix);
  const names = readdirSync(directory).filter((name) => {
    const instant = name.slice(start.length, name.length - suffix.length);
    return name.startsWith(start) && name.endsWith(suffix) && /^\d{8}T\d{9}Z$/.test(instant);
  });
  return names.sort().map((name) => join(directory, name));
}
