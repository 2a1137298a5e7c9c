import type { Database } from 'better-sqlite3';
import { corruptError } from './failure';

/** The quick one leaves out whether indexes agree with their tables. */
export type DamageCheck = 'quick_check' | 'integrity_check';

/** What SQLite finds wrong in a database, up to so many lines; none in one that is sound. */
export function damageOf(db: Database, check: DamageCheck, linesMax: number): string[] {
  const lines = db.prepare(`PRAGMA ${check}(${linesMax})`).pluck().all().map(String);
  return lines.join() === 'ok' ? [] : lines;
}

/** Throws STORE_CORRUPT. */
export function assertSound(db: Database, path: string, check: DamageCheck): void {
  const [damage] = damageOf(db, check, 1);
  if (damage !== undefined) throw corruptError(path, damage);
}
