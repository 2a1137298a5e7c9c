import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { loadMigrations } from '../../src/store/migrate';
import { openStore } from '../../src/store/open';

/** As the hook tells them apart. */
const { statementsOf } = createRequire(__filename)('./statements.cjs') as { statementsOf: (sql: string) => string[] };
const HOOK = resolve(__dirname, 'hook.cjs');
const OPEN = resolve(__dirname, '../../dist/store/open.js');
const [initial, ...later] = loadMigrations();
const HEAD = later.length + 1;

let directory: string;
let path: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'offpeak-migration-'));
  path = join(directory, 'offpeak.db');
});

beforeEach(() => {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function numbered(sqls: readonly string[]): number[] {
  return Array.from({ length: sqls.reduce((sum, sql) => sum + statementsOf(sql).length, 0) }, (_, at) => at + 1);
}

/** A store of the first version, with a parked run. */
async function makeOld(): Promise<void> {
  const connection = openForWriting(path, { migrations: [initial!], busyTimeoutMs: 0, nowMs: 0 });
  connection.db.exec(`
    INSERT INTO offpeak_checkpoint (job, partition, cursor, bookmark, version, fence, status, parked_until_ms, updated_at_ms)
      VALUES ('orders', 'a', '{"page":"7"}', '{"page":""}', 3, 1, 'parked', 9000, 5000);
    INSERT INTO offpeak_checkpoint_version (job, partition, version, cursor, bookmark, change, at_ms)
      VALUES ('orders', 'a', 3, '{"page":"7"}', '{"page":""}', 'page', 5000);
    INSERT INTO offpeak_run (job, slot_at_ms, kind, state, started_at_ms) VALUES ('orders', 1000, 'manual', 'parked', 1000);
    INSERT INTO offpeak_run_partition (run_id, partition, position, scope, state, pages, parked_until_ms)
      VALUES (1, 'a', 0, '{}', 'parked', 3, 9000)`);
  await connection.close();
}

/** Opens the store in a process that dies at a point; proves that it came there. */
async function dieAt(point: string, nth: number): Promise<void> {
  const script = `require(${JSON.stringify(OPEN)}).openStore(${JSON.stringify(path)})`;
  const child = spawn(process.execPath, ['-r', HOOK, '-e', script], {
    env: { ...process.env, PLAN: JSON.stringify({ point, nth }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: `hit: ${point}\n` });
}

function content(): unknown {
  const db = new Sqlite(path, { readonly: true });
  try {
    return {
      checkpoints: db.prepare('SELECT * FROM offpeak_checkpoint').all(),
      versions: db.prepare('SELECT * FROM offpeak_checkpoint_version').all(),
      runs: db.prepare('SELECT id, job, slot_at_ms, kind, state, started_at_ms FROM offpeak_run').all(),
      partitions: db
        .prepare('SELECT run_id, partition, state, pages, parked_until_ms FROM offpeak_run_partition')
        .all(),
    };
  } finally {
    db.close();
  }
}

/** The next process brings it to the newest version. */
async function expectWhole(): Promise<void> {
  await (await openStore(path)).close();
  const db = new Sqlite(path, { readonly: true });
  expect(db.pragma('user_version', { simple: true })).toBe(HEAD);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.pragma('foreign_key_check')).toEqual([]);
  db.close();
}

function backups(): string[] {
  return readdirSync(directory).filter((name) => name.includes('.backup-'));
}

describe('a process that is killed while it brings a store to the newest version', () => {
  it.each(numbered([initial!.sql]))(
    'makes it with the next one: after statement %i of the first version',
    async (nth) => {
      await dieAt('after a statement', nth);
      await expectWhole();
    },
  );

  it.each(numbered(later.map(({ sql }) => sql)))('keeps what it held: after statement %i', async (nth) => {
    await makeOld();
    const before = content();
    await dieAt('after a statement', nth);
    await expectWhole();
    expect(content()).toEqual(before);
  });
});

describe('a process that is killed while it backs a store up', () => {
  it.each([
    'before the copy',
    'after the copy',
    'before a file gets its name',
    'after a file gets its name',
    'after the backup',
  ])('leaves no copy that is not whole, and the store as it was: %s', async (point) => {
    await makeOld();
    const before = content();
    await dieAt(point, 1);
    expect(content()).toEqual(before);
    await expectWhole();
    expect(content()).toEqual(before);
    for (const name of backups().filter((one) => !one.endsWith('.tmp'))) {
      copyFileSync(join(directory, name), path);
      for (const left of ['-wal', '-shm']) rmSync(`${path}${left}`, { force: true });
      expect(content()).toEqual(before);
    }
    expect(backups().length).toBeGreaterThan(0);
  });
});
