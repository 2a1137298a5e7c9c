import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { backUp } from './backup';
import { explaining } from './failure';
import { APPLICATION_ID, versionOf } from './identity';

/** One step forward. Never edited after its release. */
export interface Migration {
  /** 1, 2, 3, …: the user_version behind it. */
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The files `NNNN_name.sql` beside this one, in order. */
export function loadMigrations(): readonly Migration[] {
  const directory = join(__dirname, 'migrations');
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file, at) => {
    const version = Number.parseInt(file, 10);
    assert.equal(version, at + 1, `migrations must be numbered without a gap: ${file}`);
    return { version, name: file.replace(/\.sql$/, ''), sql: readFileSync(join(directory, file), 'utf8') };
  });
}

/**
 * Brings a database to the newest version, each step in one transaction with its number. What held data before is backed
 * up first; a step that fails leaves the database at the step before it.
 */
export function migrate(
  db: Database,
  options: {
    path: string;
    migrations: readonly Migration[];
    nowMs: number;
    beforeMigration?: 'back up' | 'nothing' | undefined;
  },
): void {
  const { path, migrations, nowMs, beforeMigration = 'back up' } = options;
  const version = versionOf(db);
  const missing = migrations.filter((migration) => migration.version > version);
  if (missing.length === 0) return;
  if (version > 0 && beforeMigration === 'back up') backUp(db, { path, version, nowMs });
  // Rebuilding a table that others refer to would delete their rows.
  db.pragma('foreign_keys = OFF');
  try {
    for (const migration of missing) explaining(`${path} (migration ${migration.name})`, () => apply(db, migration));
  } finally {
    db.pragma('foreign_keys = ON');
  }
}

function apply(db: Database, migration: Migration): void {
  const step = db.transaction(() => {
    if (versionOf(db) >= migration.version) return; // another process made this step since
    db.exec(migration.sql);
    const broken = db.prepare('SELECT COUNT(*) FROM pragma_foreign_key_check').pluck().get();
    assert.equal(broken, 0, `migration ${migration.name} broke references`);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${migration.version}`);
  });
  step.immediate();
}
