import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertLibrary, openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { APPLICATION_ID } from '../../src/store/identity';
import { loadMigrations } from '../../src/store/migrate';
import { openStore, type Store, storeOn } from '../../src/store/open';
import { temporary } from './setup';
import { claimed, codeOf, commitPages, cursorOf, JOB, NO_WRITE, NOTHING, NOW, takeLease } from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function setup() {
  const place = await temporary();
  cleanups.push(place.remove);
  const open = async (...args: Parameters<typeof openStore>): Promise<Store> => {
    const store = await openStore(...args);
    cleanups.push(() => store.close());
    return store;
  };
  return { ...place, open };
}

/** A file that held a store with a checkpoint, closed. */
async function setupClosed() {
  const bench = await setup();
  const store = await openStore(bench.path);
  const { claim } = await claimed(store);
  await commitPages(store, claim, { from: 0, count: 3 });
  await store.close();
  return bench;
}

/** False where the file system or the user cannot. */
const setImmutable = (flag: '+i' | '-i', path: string): boolean =>
  spawnSync('sh', ['-c', '"$0" "$1" "$2"', 'chattr', flag, path]).status === 0;
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
const pragmaOf = (path: string, pragma: string): unknown => {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.pragma(pragma, { simple: true });
  } finally {
    db.close();
  }
};

describe('opening', () => {
  test('makes the database with its identity, in WAL', async () => {
    const { path, open } = await setup();
    expect((await open(path)).path).toBe(path);
    expect(pragmaOf(path, 'application_id')).toBe(APPLICATION_ID);
    expect(Buffer.from('OFPK').readInt32BE()).toBe(APPLICATION_ID);
    expect(pragmaOf(path, 'user_version')).toBe(loadMigrations().length);
    expect(pragmaOf(path, 'journal_mode')).toBe('wal');
  });

  test('sets what a commit must survive, and what a schema must not do', async () => {
    const { path } = await setup();
    const { db, close } = openConnection(path);
    const pragmas = ['synchronous', 'foreign_keys', 'trusted_schema', 'busy_timeout'];
    expect(pragmas.map((pragma) => db.pragma(pragma, { simple: true }))).toEqual([2, 1, 0, 0]);
    await close();
  });

  test('finds everything again', async () => {
    const { path, open } = await setupClosed();
    expect(await (await open(path)).checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(3), version: 3 });
  });

  test('leaves no log behind after a clean close', async () => {
    const { directory } = await setupClosed();
    expect(readdirSync(directory)).toEqual(['offpeak.db']);
  });

  test('closes twice without harm', async () => {
    const { path } = await setup();
    const store = await openStore(path);
    await store.close();
    await expect(store.close()).resolves.toBeUndefined();
  });

  test('takes an empty file for a new database', async () => {
    const { path, open } = await setup();
    writeFileSync(path, '');
    expect(await (await open(path)).checkpoints.list()).toEqual([]);
  });
});

describe('under any umask', () => {
  test.each([0o000, 0o277])('directory and files are for their owner only (%o)', async (umask) => {
    const { directory, open } = await setup();
    const path = join(directory, 'deep', 'data', 'offpeak.db');
    const before = process.umask(umask);
    try {
      await takeLease(await open(path));
    } finally {
      process.umask(before);
    }
    expect(modeOf(dirname(path))).toBe('700');
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
  });

  test('a file that others could read is closed to them', async () => {
    const { path, open } = await setupClosed();
    spawnSync('chmod', ['644', path]);
    await takeLease(await open(path), NOW + 60_000);
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(['600', '600', '600']);
  });
});

describe('a file that cannot be the store', () => {
  async function refusal(path: string, options = {}): Promise<{ code: unknown; message: string; hint: unknown }> {
    const opened = await openStore(path, options).then(
      () => ({ code: 'opened', message: '', hint: '' }),
      (thrown: unknown) => thrown as { code: unknown; message: string; hint: unknown },
    );
    expect(opened.message).not.toContain('\n');
    expect(opened.message).toContain(path);
    expect(opened.hint).toEqual(expect.any(String));
    return opened;
  }

  test.each([{}, { readOnly: true }])('is garbage: corrupt (%j)', async (options) => {
    const { path } = await setup();
    writeFileSync(path, 'this is no database at all, but long enough to look like one. '.repeat(100));
    expect(await refusal(path, options)).toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test.each([{}, { readOnly: true }])('was cut in half: corrupt (%j)', async (options) => {
    const { path } = await setupClosed();
    truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096);
    expect(await refusal(path, options)).toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('lost a page and a half: corrupt', async () => {
    const { path } = await setupClosed();
    truncateSync(path, statSync(path).size - 6_000);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test('has a page overwritten: corrupt', async () => {
    const { path } = await setupClosed();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 3 * 4096, 4 * 4096);
    writeFileSync(path, bytes);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT' });
  });

  test.each([{}, { readOnly: true }])('belongs to another program: refused and not touched (%j)', async (options) => {
    const { path } = await setup();
    const foreign = new Sqlite(path);
    foreign.exec('CREATE TABLE bookmarks (url TEXT); PRAGMA application_id = 7');
    foreign.close();
    const before = readFileSync(path);
    expect(await refusal(path, options)).toMatchObject({
      code: 'STORE_FAILED',
      message: `${path} is the database of another program`,
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each([{}, { readOnly: true }])(
    'was written by a newer Offpeak: refused and not touched (%j)',
    async (options) => {
      const { path, directory } = await setupClosed();
      const newer = new Sqlite(path);
      newer.pragma('user_version = 99');
      newer.close();
      const before = readFileSync(path);
      const { code, message } = await refusal(path, options);
      expect(code).toBe('STORE_NEWER');
      expect(message).toContain('it is at version 99, this one knows');
      expect(readFileSync(path).equals(before)).toBe(true);
      expect(readdirSync(directory).filter((name) => name.includes('backup'))).toEqual([]);
    },
  );

  test.each(['file', 'file/deep'])('would lie under a file (%s): read-only', async (under) => {
    const { directory } = await setup();
    writeFileSync(join(directory, 'file'), '');
    expect(await refusal(join(directory, under, 'offpeak.db'))).toMatchObject({ code: 'STORE_READ_ONLY' });
  });

  test('is a directory: read-only', async () => {
    const { path } = await setup();
    mkdirSync(path);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_READ_ONLY' });
  });

  test('must not be written by this user: read-only', async () => {
    const { path } = await setupClosed();
    // Root writes past every mode, but not past the immutable flag.
    const isSet = setImmutable('+i', path);
    if (!isSet && process.getuid?.() === 0) {
      console.warn('skipped: this file system has no immutable flag');
      return;
    }
    if (!isSet) spawnSync('chmod', ['400', path]);
    try {
      expect(await refusal(path)).toMatchObject({ code: 'STORE_READ_ONLY' });
    } finally {
      setImmutable('-i', path);
    }
  });

  test('is locked by another program: says so instead of waiting for ever', async () => {
    const { path, open } = await setup();
    const store = await open(path, { busyTimeoutMs: 0 });
    const shell = new Sqlite(path);
    shell.exec('BEGIN IMMEDIATE');
    const refused = store.lease.acquire('offpeak start', NOW);
    await expect(refused).rejects.toMatchObject({
      code: 'STORE_BUSY',
      message: expect.stringContaining('is locked by another program') as string,
    });
    shell.close();
    await takeLease(store);
  });
});

function openConnection(path: string) {
  const connection = openForWriting(path, { migrations: loadMigrations(), busyTimeoutMs: 0, nowMs: NOW });
  return { connection, db: connection.db, close: () => connection.close() };
}

test('a full disk keeps what was saved before, and nothing of the page that no longer fitted', async () => {
  const { path } = await setup();
  const { connection, db, close } = openConnection(path);
  const store = storeOn(connection);
  const { claim } = await claimed(store);
  await commitPages(store, claim, { from: 0, count: 1 });
  db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`); // SQLite's own SQLITE_FULL
  const rows = [{ key: 'a', data: JSON.stringify('x'.repeat(100_000)) }];
  const page = { claim, version: 1, cursor: cursorOf(2), recordCount: 1, settlement: NOTHING, nowMs: NOW };
  const full = store.runs.commitPage({ ...page, write: { upsert: { table: 'orders', rows }, state: null } });
  expect(await codeOf(full)).toBe('STORE_FULL');
  expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 1 });
  db.pragma('max_page_count = 1000000');
  expect(await store.runs.commitPage({ ...page, write: NO_WRITE })).toBe(2);
  await close();
});

describe('opened to look only', () => {
  test('a missing file reads as an empty store, and is not made', async () => {
    const { path, directory, open } = await setup();
    const store = await open(join(directory, 'none', 'offpeak.db'), { readOnly: true });
    const nothing = [
      store.checkpoints.list(),
      store.runs.list({ limit: 9 }),
      store.ledger.usage(NOW),
      store.calls({ limit: 9 }),
    ];
    expect(await Promise.all(nothing)).toEqual([[], [], [], []]);
    expect(await store.lease.holder(NOW)).toBeNull();
    expect(readdirSync(directory)).toEqual([]);
    expect(await codeOf(store.lease.acquire('offpeak status', NOW))).toBe('STORE_READ_ONLY');
    expect(path).toContain(directory);
  });

  test('an empty file reads as an empty store, and stays empty', async () => {
    const { path, open } = await setup();
    writeFileSync(path, '');
    expect(await (await open(path, { readOnly: true })).checkpoints.list()).toEqual([]);
    expect(statSync(path).size).toBe(0);
  });

  test('a store shows what a running process commits, and refuses to write', async () => {
    const { path, open } = await setup();
    const daemon = await open(path);
    const { claim } = await claimed(daemon);
    const store = await open(path, { readOnly: true });
    await commitPages(daemon, claim, { from: 0, count: 1 });
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 1, status: 'running' });
    const edit = { job: JOB, partition: 'shop-2', version: 0, cursor: null, change: 'reset', nowMs: NOW } as const;
    expect(await codeOf(store.checkpoints.edit(edit))).toBe('STORE_READ_ONLY');
  });

  test('a store that a crash left with its log shows what was committed', async () => {
    const { path, directory, open } = await setup();
    const daemon = await open(path);
    const { claim } = await claimed(daemon);
    await commitPages(daemon, claim, { from: 0, count: 2 });
    const copy = join(directory, 'copy.db');
    copyFileSync(path, copy);
    copyFileSync(`${path}-wal`, `${copy}-wal`);
    const store = await open(copy, { readOnly: true });
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 2 });
  });
});

test.each(['3.51.3', '3.51.10', '3.52.1', '3.53.2', '4.0.0'])('SQLite %s is good enough', (version) => {
  expect(() => assertLibrary(version)).not.toThrow();
});

test.each(['3.46.0', '3.51.2', '3.52.0', '2.99.99'])('SQLite %s is refused', (version) => {
  expect(() => assertLibrary(version)).toThrow('can lose data');
});
