import type { Database } from 'better-sqlite3';
import { copyDatabase, instantInName, keepNewest } from './copy';

/** Copies kept per version of the database: a migration that fails at each restart must not fill the disk. */
export const BACKUPS_PER_VERSION_MAX = 3;

/** Copies a database before a migration to `<path>.backup-v<version>-<instant>`. Returns that path. */
export function backUp(
  db: Database,
  { path, version, nowMs }: { path: string; version: number; nowMs: number },
): string {
  const prefix = `${path}.backup-v${version}-`;
  const target = `${prefix}${instantInName(nowMs)}`;
  copyDatabase(db, target);
  keepNewest(prefix, '', BACKUPS_PER_VERSION_MAX);
  return target;
}
