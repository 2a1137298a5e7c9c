import { readdirSync } from 'node:fs';
import { checkStore } from '../../src/store/check';
import { openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { loadMigrations, type Migration } from '../../src/store/migrate';
import { openStore } from '../../src/store/open';
import { temporary } from './setup';
import { DAY, JOB, NOW } from './suite/setup';

const MIGRATIONS = loadMigrations();
const VERSIONS = MIGRATIONS.map(({ version }) => version);
const OLDER = VERSIONS.slice(0, -1);

/** What a store of each version held at least: work under way, a parked partition, draws, holds, calls. */
const ROWS = `
  INSERT INTO offpeak_lease VALUES ('scheduler', 3, 'host', 'boot', 1, '5', 'start', ${NOW}, ${NOW + 20_000}, 1);
  INSERT INTO offpeak_checkpoint VALUES
    ('${JOB}', 'shop-1', '{"page":2}', '{"page":0}', 2, 3, 'parked', ${NOW + 1_000}, 'spent', NULL, ${NOW}),
    ('${JOB}', 'shop-2', '{"page":1}', '{"page":1}', 1, 3, 'idle', NULL, NULL, NULL, ${NOW});
  INSERT INTO offpeak_checkpoint_version VALUES
    ('${JOB}', 'shop-1', 1, '{"page":1}', '{"page":0}', 'page', NULL, ${NOW}),
    ('${JOB}', 'shop-1', 2, '{"page":2}', '{"page":0}', 'page', NULL, ${NOW}),
    ('${JOB}', 'shop-2', 1, '{"page":1}', '{"page":1}', 'complete', NULL, ${NOW});
  INSERT INTO offpeak_run (id, job, slot_at_ms, kind, state, started_at_ms) VALUES
    (5, '${JOB}', ${NOW}, 'schedule', 'parked', ${NOW});
  INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state, pages, records, attempts, parked_until_ms, reason)
  VALUES
    (5, 'shop-1', 0, '{"user":"1"}', 'parked', 2, 100, 3, ${NOW + 1_000}, 'spent'),
    (5, 'shop-2', 1, '{"user":"2"}', 'done', 1, 50, 1, NULL, NULL);
  INSERT INTO offpeak_ledger (platform, budget, scope_key, window_key, start_ms, end_ms, limit_, used, reserved)
  VALUES ('shop', 'app-day', '', 'day-0', ${NOW}, ${NOW + DAY}, 100, 41, 2);
  INSERT INTO offpeak_hold VALUES ('shop', 'user=1', '{"user":"1"}', ${NOW + 1_000}, '42', 'spent', ${NOW});
  INSERT INTO offpeak_call (run_id, job, partition, platform, api, scope_key, attempt, sent_at_ms, duration_ms, status, reply_bytes, outcome)
  VALUES (5, '${JOB}', 'shop-1', 'shop', 'list', 'user=1', 1, ${NOW}, 5, 200, 10, 'ok');
  CREATE TABLE orders (key TEXT NOT NULL PRIMARY KEY, data TEXT NOT NULL, job TEXT NOT NULL, partition TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL) STRICT;
  INSERT INTO orders VALUES ('o-1', '{}', '${JOB}', 'shop-1', ${NOW}, ${NOW});`;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A store as an earlier Offpeak left it. */
async function setup(version: number) {
  const place = await temporary();
  cleanups.push(place.remove);
  const migrate = (migrations: readonly Migration[]) =>
    openForWriting(place.path, { migrations, busyTimeoutMs: 0, nowMs: NOW });
  const old = migrate(MIGRATIONS.slice(0, version));
  old.db.exec(ROWS);
  if (version < 4) old.db.exec(`INSERT INTO offpeak_job VALUES ('${JOB}', ${NOW})`);
  else old.db.exec(`INSERT INTO offpeak_job VALUES ('${JOB}', ${NOW}, ${NOW})`);
  await old.close();
  const backups = () => readdirSync(place.directory).filter((name) => name.includes('.backup-'));
  return { ...place, migrate, backups };
}

/** Everything that was in it is there, and the next run goes on from it. */
async function expectKept(path: string): Promise<void> {
  const store = await openStore(path);
  cleanups.push(() => store.close());
  expect(await store.checkpoints.list()).toMatchObject([
    { partition: 'shop-1', cursor: '{"page":2}', bookmark: '{"page":0}', version: 2, status: 'parked' },
    { partition: 'shop-2', cursor: '{"page":1}', version: 1, status: 'idle' },
  ]);
  expect(await store.runs.unfinished(JOB)).toMatchObject({ id: 5, state: 'parked', resumesAtMs: NOW + 1_000 });
  expect(await store.runs.partitions(5)).toMatchObject([{ pages: 2, attempts: 3 }, { state: 'done' }]);
  expect(await store.ledger.usage(NOW)).toMatchObject([{ used: 41, reserved: 2 }]);
  expect(await store.holds.list(NOW)).toMatchObject([{ code: '42' }]);
  expect(await store.calls({ limit: 9 })).toHaveLength(1);
  expect(await store.records.keys('orders')).toEqual(['o-1']);
  expect(await store.runs.decidedSoFar(JOB)).toBe(NOW);
  expect(await checkStore(path, { deep: true })).toEqual([]);
}

test.each(VERSIONS)('a store of version %i comes to the newest one with all that it held', async (version) => {
  const { path, backups } = await setup(version);
  await expectKept(path);
  expect(backups()).toHaveLength(version === MIGRATIONS.length ? 0 : 1);
});

test.each(OLDER)(
  'a process that dies behind each of its steps from version %i leaves a store to go on from',
  async (version) => {
    const { path, migrate } = await setup(version);
    for (const next of VERSIONS.slice(version)) await migrate(MIGRATIONS.slice(0, next)).close();
    await expectKept(path);
  },
);

test('a process that dies within a step leaves the version before it, whichever statement it was at', async () => {
  const { path, migrate } = await setup(3);
  const [slots] = MIGRATIONS.slice(3, 4);
  const statements = (slots?.sql ?? '').split(/;\s*$/m).filter((sql) => /\S/.test(sql));
  expect(statements.length).toBeGreaterThan(8);
  for (let done = 1; done <= statements.length; done += 1) {
    const sql = `${statements.slice(0, done).join(';\n')};\nSELECT * FROM offpeak_cut_off_here;`;
    expect(() => migrate([...MIGRATIONS.slice(0, 3), { version: 4, name: '0004_slots', sql }])).toThrow('cut_off_here');
  }
  await expectKept(path);
});

test('a disk that fills in a step leaves the version before it, and the next start goes on', async () => {
  const { path } = await setup(3);
  const db = new Sqlite(path);
  const step = () => db.transaction(() => db.exec(MIGRATIONS[3]?.sql ?? '')).immediate();
  db.pragma('foreign_keys = OFF');
  db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`);
  expect(step).toThrow('full');
  expect(db.pragma('user_version', { simple: true })).toBe(3);
  db.close();
  await expectKept(path);
});

test.each(OLDER)('version %i cannot open what the newest one wrote, and changes nothing', async (version) => {
  const { path, migrate } = await setup(version);
  await (await openStore(path)).close();
  expect(() => migrate(MIGRATIONS.slice(0, version))).toThrow(`this one knows ${version}`);
  await expectKept(path);
});
