import type { Database } from 'better-sqlite3';
import { messageOf, OffpeakError } from '../errors';
import { checkFiles, isMissing } from './check-file';
import { checkTables } from './check-table';
import { damageOf } from './damage';
import { Sqlite } from './driver';
import { explaining } from './failure';
import { followLinks } from './file';
import type { StoreFinding } from './finding';
import { acceptedVersion } from './identity';
import { loadMigrations } from './migrate';

export type { StoreFinding };

const BUSY_TIMEOUT_MS = 5_000;
/** Damage that one check lists: a file that is broken all over would fill the screen. */
const DAMAGE_MAX = 5;

/**
 * Looks a store over, also while a process works on it, and changes nothing: its files, whose it is, damage, and with `deep`
 * every page, every index and what must hold between the tables (seconds for each GiB). Never throws for what it finds; a
 * store that is not there yet has no findings.
 */
export function checkStore(given: string, { deep }: { readonly deep: boolean }): Promise<readonly StoreFinding[]> {
  return new Promise((resolve) => {
    const path = followLinks(given);
    const files = checkFiles(path);
    resolve(isMissing(path) ? files : [...files, ...checkDatabase(path, deep ? 'every page' : 'the outline')]);
  });
}

type Depth = 'every page' | 'the outline';

function checkDatabase(path: string, depth: Depth): StoreFinding[] {
  try {
    return explaining(path, () => {
      const db = new Sqlite(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
      try {
        return checkOpen(db, path, depth);
      } finally {
        db.close();
      }
    });
  } catch (thrown) {
    if (!(thrown instanceof OffpeakError)) throw thrown;
    return [error(codeWord(thrown), messageOf(thrown), thrown.hint ?? '')];
  }
}

function checkOpen(db: Database, path: string, depth: Depth): StoreFinding[] {
  const newest = loadMigrations().length;
  const version = acceptedVersion(db, path, newest);
  // One snapshot: what a process commits meanwhile must not look like a contradiction.
  return db.transaction(() => {
    const damage = damaged(db, path, depth);
    if (version === 0 || damage.length > 0) return damage;
    if (version < newest) return [olderFinding(path, version, newest)];
    return depth === 'every page' ? checkTables(db) : [];
  })();
}

function damaged(db: Database, path: string, depth: Depth): StoreFinding[] {
  const lines = damageOf(db, depth === 'every page' ? 'integrity_check' : 'quick_check', DAMAGE_MAX);
  const todo = `Stop Offpeak, put the file and its -wal aside, and bring back a backup (${path}.backup-…).`;
  return lines.map((line) => error('store-corrupt', `${path}: ${line.replaceAll(/\s+/g, ' ')}`, todo));
}

function olderFinding(path: string, version: number, newest: number): StoreFinding {
  const what = `${path} is at version ${version}, this Offpeak writes version ${newest}`;
  const todo = 'Start Offpeak once: it makes a backup and brings the store up to date.';
  return { code: 'store-older', severity: 'warning', what, todo };
}

function error(code: string, what: string, todo: string): StoreFinding {
  return { code, severity: 'error', what, todo };
}

/** `STORE_CORRUPT` is found as `store-corrupt`. */
function codeWord({ code }: OffpeakError): string {
  return code.toLowerCase().replaceAll('_', '-');
}
