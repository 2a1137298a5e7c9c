import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BACKUPS_PER_VERSION_MAX } from '../../src/store/backup';
import { openForReading, openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { loadMigrations, type Migration } from '../../src/store/migrate';
import { openStore } from '../../src/store/open';
import { temporary } from './setup';
import { blockOn, DAY, NOW, takeLease } from './suite/setup';

const FIRST: Migration = {
  version: 1,
  name: '0001_shops',
  sql: `CREATE TABLE offpeak_shop (id INTEGER PRIMARY KEY, name TEXT) STRICT;
        CREATE TABLE offpeak_order (shop INTEGER NOT NULL REFERENCES offpeak_shop (id) ON DELETE CASCADE) STRICT;`,
};
const SECOND: Migration = { version: 2, name: '0002_city', sql: 'ALTER TABLE offpeak_shop ADD COLUMN city TEXT' };
const BROKEN: Migration = {
  version: 2,
  name: '0002_broken',
  sql: `${SECOND.sql}; INSERT INTO offpeak_nowhere VALUES (1)`,
};

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A database at the first version, with a row, closed. */
async function setup() {
  const place = await temporary();
  cleanups.push(place.remove);
  const open = (migrations: Migration[], nowMs = NOW) => {
    const connection = openForWriting(place.path, { migrations, busyTimeoutMs: 0, nowMs });
    cleanups.push(() => connection.close());
    return connection.db;
  };
  const first = open([FIRST]);
  first.exec("INSERT INTO offpeak_shop VALUES (1, 'a'); INSERT INTO offpeak_order VALUES (1)");
  first.close();
  const backups = () => readdirSync(place.directory).filter((name) => name.includes('backup'));
  const inspect = (path: string) => {
    const db = new Sqlite(path, { readonly: true });
    try {
      const shops = db.prepare('SELECT * FROM offpeak_shop').all();
      return { version: db.pragma('user_version', { simple: true }), shops };
    } finally {
      db.close();
    }
  };
  return { ...place, open, backups, inspect };
}

test('the migrations that are shipped are numbered without a gap and named', () => {
  const migrations = loadMigrations();
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, at) => at + 1));
  for (const { name } of migrations) expect(name).toMatch(/^\d{4}_[a-z0-9_]+$/);
});

test('a new database needs no backup', async () => {
  const { backups } = await setup();
  expect(backups()).toEqual([]);
});

test('a new database goes through all steps at once', async () => {
  const { path, remove } = await temporary();
  cleanups.push(remove);
  const connection = openForWriting(path, { migrations: [FIRST, SECOND], busyTimeoutMs: 0, nowMs: NOW });
  expect(connection.db.pragma('user_version', { simple: true })).toBe(2);
  await connection.close();
});

test('an older database goes one step forward and keeps its rows', async () => {
  const { open, inspect, path } = await setup();
  open([FIRST, SECOND]);
  expect(inspect(path)).toEqual({ version: 2, shops: [{ id: 1, name: 'a', city: null }] });
});

test('a backup is made before, private, sound and at the version before', async () => {
  const { open, backups, directory, inspect, path } = await setup();
  open([FIRST, SECOND]);
  expect(backups()).toEqual([`${basename(path)}.backup-v1-20260228T160000000Z`]);
  const backup = join(directory, backups()[0]!);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(inspect(backup)).toEqual({ version: 1, shops: [{ id: 1, name: 'a' }] });
});

test('a database that is up to date is not backed up', async () => {
  const { open, backups } = await setup();
  open([FIRST]);
  expect(backups()).toEqual([]);
});

test('a step that fails is rolled back whole, and the backup stays', async () => {
  const { open, inspect, path, directory, backups } = await setup();
  expect(() => open([FIRST, BROKEN])).toThrow(
    expect.objectContaining({
      code: 'STORE_FAILED',
      message: expect.stringContaining('(migration 0002_broken)') as string,
    }) as Error,
  );
  const before = { version: 1, shops: [{ id: 1, name: 'a' }] };
  expect(inspect(path)).toEqual(before);
  expect(inspect(join(directory, backups()[0]!))).toEqual(before);
});

test('a step that leaves a reference to nothing is rolled back', async () => {
  const { open, inspect, path } = await setup();
  const orphaning = { version: 2, name: '0002_orphaning', sql: 'DELETE FROM offpeak_shop' };
  expect(() => open([FIRST, orphaning])).toThrow('broke references');
  expect(inspect(path)).toMatchObject({ version: 1, shops: [{ id: 1 }] });
});

test('a step may rebuild a table that others refer to', async () => {
  const { open, path } = await setup();
  const sql = `CREATE TABLE next (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    INSERT INTO next SELECT * FROM offpeak_shop; DROP TABLE offpeak_shop; ALTER TABLE next RENAME TO offpeak_shop;`;
  const db = open([FIRST, { version: 2, name: '0002_rebuild', sql }]);
  expect(db.prepare('SELECT COUNT(*) AS n FROM offpeak_order').get()).toEqual({ n: 1 });
  expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  expect(path).toContain('offpeak.db');
});

test('a migration that fails at every restart does not fill the disk with backups', async () => {
  const { open, backups } = await setup();
  for (let restart = 0; restart < BACKUPS_PER_VERSION_MAX + 2; restart++) {
    expect(() => open([FIRST, BROKEN], NOW + restart * 1_000)).toThrow('0002_broken');
  }
  expect(backups()).toHaveLength(BACKUPS_PER_VERSION_MAX);
  expect(backups().at(-1)).toContain('160004');
});

test('looking at an older database asks for a start, and changes nothing', async () => {
  const { path, inspect } = await setup();
  const look = () => openForReading(path, { migrations: [FIRST, SECOND], busyTimeoutMs: 0, nowMs: NOW });
  expect(look).toThrow(
    expect.objectContaining({
      code: 'STORE_FAILED',
      message: expect.stringContaining('is at version 1') as string,
    }) as Error,
  );
  expect(inspect(path)).toMatchObject({ version: 1 });
});

test('a store at version 1 comes forward with what it counted', async () => {
  const { path, remove } = await temporary();
  cleanups.push(remove);
  const [initial] = loadMigrations();
  const first = openForWriting(path, { migrations: [initial!], busyTimeoutMs: 0, nowMs: NOW });
  first.db.exec(`
    INSERT INTO offpeak_ledger (platform, budget, scope_key, window_key, start_ms, end_ms, limit_, used, reserved)
    VALUES ('kuaishou', 'app-day', '', 'day-0', ${NOW}, ${NOW + DAY}, 10, 7, 2)`);
  await first.close();
  const store = await openStore(path);
  cleanups.push(() => store.close());
  expect(await store.ledger.usage(NOW)).toMatchObject([{ limit: 10, used: 7, reserved: 2, byJob: {} }]);
  const fence = await takeLease(store);
  const draw = (needed: number) =>
    store.ledger.reserve({ platform: 'kuaishou', blocks: [blockOn('app-day', { needed })], fence, nowMs: NOW });
  expect((await draw(2)).kind).toBe('spent');
  expect(await draw(1)).toMatchObject({ kind: 'reserved', blocks: [{ left: 0 }] });
});

test('a store of before the slot ledger keeps its runs, their partitions and ids, and what was decided', async () => {
  const { path, remove } = await temporary();
  cleanups.push(remove);
  const before = loadMigrations().slice(0, 3);
  const old = openForWriting(path, { migrations: before, busyTimeoutMs: 0, nowMs: NOW });
  old.db.exec(`
    INSERT INTO offpeak_job VALUES ('orders', 1000), ('new', 2000);
    INSERT INTO offpeak_run (id, job, slot_at_ms, kind, state, reason, started_at_ms, ended_at_ms) VALUES
      (1, 'orders', 5000, 'schedule', 'failed', 'refused', 5001, 5002),
      (2, 'orders', 9000, 'schedule', 'parked', NULL, 9001, NULL),
      (3, 'orders', 9500, 'manual', 'done', NULL, 9501, 9502),
      (7, 'orders', 8000, 'manual', 'done', NULL, 9501, 9502);
    INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state, parked_until_ms)
    VALUES (1, 'a', 0, '{}', 'failed', NULL), (2, 'a', 0, '{}', 'parked', ${NOW});
    DELETE FROM offpeak_run WHERE id = 7`);
  await old.close();
  const store = await openStore(path);
  cleanups.push(() => store.close());
  const runs = await store.runs.list({ limit: 9 });
  expect(runs).toMatchObject([
    { id: 3, kind: 'manual', state: 'done', slots: 1, startAtMs: null, because: null },
    { id: 2, kind: 'schedule', state: 'parked', startedAtMs: 9001, resumesAtMs: NOW, totals: { partitions: 1 } },
    { id: 1, kind: 'schedule', state: 'failed', reason: 'refused', endedAtMs: 5002, totals: { partitions: 1 } },
  ]);
  const fence = await takeLease(store);
  const decided = await store.runs.decidedUntil({ jobs: ['orders', 'new'], fence, nowMs: NOW });
  expect([...decided].sort()).toEqual([
    ['new', 2000],
    ['orders', 9000],
  ]);
  expect((await store.runs.open({ job: 'new', slotAtMs: NOW, kind: 'manual', fence }))?.id).toBe(8);
  await store.close();
  const db = new Sqlite(path);
  cleanups.push(() => Promise.resolve(void db.close()));
  db.pragma('foreign_keys = ON');
  db.exec('DELETE FROM offpeak_run WHERE id = 2');
  expect(db.prepare('SELECT run_id FROM offpeak_run_partition').pluck().all()).toEqual([1]);
});

test('a store without runs comes forward, too', async () => {
  const { path, remove } = await temporary();
  cleanups.push(remove);
  const old = openForWriting(path, { migrations: loadMigrations().slice(0, 3), busyTimeoutMs: 0, nowMs: NOW });
  await old.close();
  const store = await openStore(path);
  cleanups.push(() => store.close());
  const fence = await takeLease(store);
  expect((await store.runs.open({ job: 'new', slotAtMs: NOW, kind: 'manual', fence }))?.id).toBe(1);
});
