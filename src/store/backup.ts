import { closeSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { Sqlite } from './driver';
import { corruptError } from './failure';
import { openAnew, syncDirectory, syncFile } from './file';

/** Copies kept per version of the database: a migration that fails at each restart must not fill the disk. */
export const BACKUPS_PER_VERSION_MAX = 3;

/**
 * Copies a database before a migration to `<path>.backup-v<version>-<instant>`: written under another name, checked, made
 * durable, and only then given its name. Returns the path.
 */
export function backUp(
  db: Database,
  { path, version, nowMs }: { path: string; version: number; nowMs: number },
): string {
  const prefix = `${path}.backup-v${version}-`;
  const target = `${prefix}${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, '')}`;
  const partial = `${target}.tmp`;
  try {
    closeSync(openAnew(partial)); // VACUUM INTO writes into an empty file, whose mode then stays
    db.prepare('VACUUM INTO ?').run(partial);
    assertSound(partial);
    syncFile(partial);
    renameSync(partial, target);
    syncDirectory(target);
  } finally {
    rmSync(partial, { force: true });
  }
  prune(prefix);
  return target;
}

function assertSound(path: string): void {
  const copy = new Sqlite(path, { readonly: true });
  try {
    const result: unknown = copy.pragma('integrity_check(1)', { simple: true });
    if (result !== 'ok') throw corruptError(path, String(result));
  } finally {
    copy.close();
  }
}

/** Names end in the instant, so their order is that of time. */
function prune(prefix: string): void {
  const directory = dirname(prefix);
  const names = readdirSync(directory).filter((name) => name.startsWith(basename(prefix)));
  for (const name of names.sort().slice(0, -BACKUPS_PER_VERSION_MAX)) rmSync(join(directory, name));
}
