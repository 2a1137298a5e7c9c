import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { Sqlite } from '../../src/store/driver';
import { openStore, type Store } from '../../src/store/open';
import { temporary } from './setup';
import { claimed, codeOf, commitPages, cursorOf, JOB, NOW, takeLease } from './suite/setup';

const PAGE_BYTES = 4096;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** What a killed process leaves: pages that a checkpoint has moved into the file, and later ones in the log only. */
async function killed({ moved, logged }: { moved: number; logged: number }) {
  const place = await temporary();
  cleanups.push(place.remove);
  const live = join(place.directory, 'live.db');
  const store = await openStore(live);
  const { claim } = await claimed(store);
  await commitPages(store, claim, { from: 0, count: moved });
  const tool = new Sqlite(live);
  tool.pragma('wal_checkpoint(TRUNCATE)');
  await commitPages(store, claim, { from: moved, count: logged });
  for (const end of ['', '-wal']) copyFileSync(`${live}${end}`, `${place.path}${end}`);
  tool.close();
  await store.close();
  for (const end of ['', '-wal', '-shm']) rmSync(`${live}${end}`, { force: true });
  return place;
}

async function opened(path: string, options = {}): Promise<Store> {
  const store = await openStore(path, options);
  cleanups.push(() => store.close());
  return store;
}

const containing = (text: string): string => expect.stringContaining(text) as string;
const versionOf = async (store: Store): Promise<number | undefined> =>
  (await store.checkpoints.read(JOB, 'shop-1'))?.version;

async function refusal(path: string): Promise<{ code: string; message: string; hint: string }> {
  const error = await openStore(path).then(
    () => ({ code: 'opened', message: '', hint: '' }),
    (thrown: unknown) => thrown as { code: string; message: string; hint: string },
  );
  expect(error.message).not.toContain('\n');
  expect(error.message).toContain(path);
  return error;
}

/** Where a page of this kind of b-tree begins. */
function pageOf(path: string, kind: 'table' | 'index'): number {
  const bytes = readFileSync(path);
  const wanted = kind === 'table' ? [0x0d, 0x05] : [0x0a, 0x02];
  for (let at = PAGE_BYTES; at < bytes.length; at += PAGE_BYTES) if (wanted.includes(bytes[at] ?? 0)) return at;
  throw new Error(`no ${kind} page`);
}

function flip(path: string, at: number, count: number): void {
  const bytes = readFileSync(path);
  for (let byte = at; byte < at + count; byte += 1) bytes[byte] = (bytes[byte] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

describe('damage to the file is found at opening, and not written over', () => {
  const places: readonly (readonly [string, (path: string) => number, number])[] = [
    ['its magic', () => 0, 4],
    ['its page size', () => 16, 2],
    ['the list of its tables', () => 100, 8],
    ['a page of a table', (path) => pageOf(path, 'table'), 16],
    ['a page of an index', (path) => pageOf(path, 'index'), 16],
  ];
  test.each(places)('%s', async (_, at, count) => {
    const { path } = await killed({ moved: 3, logged: 0 });
    flip(path, at(path), count);
    const before = readFileSync(path);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT', hint: containing('backup') });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('the log of a killed process', () => {
  test('is taken up whole', async () => {
    const { path } = await killed({ moved: 2, logged: 3 });
    expect(await versionOf(await opened(path))).toBe(5);
  });

  test('without its index is taken up whole', async () => {
    const { path } = await killed({ moved: 2, logged: 3 });
    writeFileSync(`${path}-shm`, Buffer.alloc(32_768, 0xa5));
    expect(await versionOf(await opened(path))).toBe(5);
    expect(existsSync(`${path}-shm`)).toBe(true);
  });

  test.each([
    ['cut', (log: string) => truncateSync(log, Math.floor(statSync(log).size / 2))],
    ['overwritten in the middle', (log: string) => flip(log, Math.floor(statSync(log).size / 2), 64)],
  ])('when it is %s, counts up to there, and the store goes on', async (_, damage) => {
    const { path } = await killed({ moved: 2, logged: 6 });
    damage(`${path}-wal`);
    const store = await opened(path);
    const version = (await versionOf(store)) ?? 0;
    expect(version).toBeGreaterThanOrEqual(2);
    expect(version).toBeLessThan(8);
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(version) });
    expect(await takeLease(store, NOW + 60_000)).toBe(2);
  });

  test.each([
    ['garbage', (log: string) => writeFileSync(log, Buffer.alloc(20_000, 0xa5))],
    ['deleted', (log: string) => rmSync(log)],
  ])('when it is %s, is lost: the store stands where the file alone does', async (_, damage) => {
    const { path } = await killed({ moved: 2, logged: 3 });
    damage(`${path}-wal`);
    expect(await versionOf(await opened(path))).toBe(2);
  });

  test.each([
    ['missing', (path: string) => rmSync(path)],
    ['empty', (path: string) => truncateSync(path, 0)],
  ])('beside a file that is %s is not thrown away', async (_, damage) => {
    const { path } = await killed({ moved: 2, logged: 3 });
    const log = readFileSync(`${path}-wal`);
    damage(path);
    expect(await refusal(path)).toMatchObject({ code: 'STORE_CORRUPT', hint: containing('log') });
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
  });
});

describe('while it is open, the store', () => {
  async function setup() {
    const place = await temporary();
    cleanups.push(place.remove);
    const store = await opened(place.path);
    return { ...place, store, ...(await claimed(store)) };
  }

  test.each([
    ['deleted', (path: string) => rmSync(path)],
    ['moved', (path: string) => renameSync(path, `${path}.old`)],
    [
      'replaced',
      (path: string) => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
  ])('is %s: nothing more is written or reserved', async (_, change) => {
    const { path, store, claim, fence } = await setup();
    change(path);
    expect(await codeOf(commitPages(store, claim, { from: 0, count: 1 }))).toBe('STORE_MOVED');
    const reserve = store.ledger.reserve({ platform: 'kuaishou', blocks: [], fence, nowMs: NOW });
    expect(await codeOf(reserve)).toBe('STORE_MOVED');
  });

  test('is one store by all of its names', async () => {
    const { path, directory, store, claim } = await setup();
    const elsewhere = join(directory, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(path, join(elsewhere, 'link.db'));
    const linked = await opened(join(elsewhere, 'link.db'));
    expect(linked.path).toBe(path);
    await commitPages(store, claim, { from: 0, count: 1 });
    expect(await versionOf(linked)).toBe(1);
    expect(readdirSync(elsewhere)).toEqual(['link.db']);
  });

  test('is held by another program for longer than is waited: says so, and loses nothing', async () => {
    const { path, claim, store } = await setup();
    const short = await opened(path, { busyTimeoutMs: 50 });
    const tool = new Sqlite(path);
    tool.exec('BEGIN EXCLUSIVE');
    const refused = await commitPages(short, claim, { from: 0, count: 1 }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'STORE_BUSY', message: containing('locked') });
    tool.exec('COMMIT');
    tool.close();
    expect(await commitPages(store, claim, { from: 0, count: 1 })).toBe(1);
  });

  test('is held by another program for a moment: waits', async () => {
    const { path, claim, store } = await setup();
    const script = `
      const db = new (require('better-sqlite3'))(process.argv[1]);
      db.exec('BEGIN EXCLUSIVE');
      console.log('held');
      setTimeout(() => db.exec('COMMIT'), 200);`;
    const tool = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(tool, 'exit');
    await once(tool.stdout, 'data');
    expect(await commitPages(store, claim, { from: 0, count: 1 })).toBe(1);
    await ended;
  });
});

/** A store is on a network disk by its number in statfs(2). */
describe('a network disk', () => {
  const nfs = () => ({ type: 0x6969, freeBytes: 1e12 });

  test('is refused before anything is made on it', async () => {
    const { directory, remove } = await temporary();
    cleanups.push(remove);
    const path = join(directory, 'data', 'offpeak.db');
    const refused = await openStore(path, { fileSystem: nfs }).catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({
      code: 'STORE_REMOTE',
      message: `${path}: expected a local disk, got NFS`,
      hint: containing("remoteDisk: 'allow'"),
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546])('of type %p is one', async (type) => {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    expect(await codeOf(openStore(path, { fileSystem: () => ({ type, freeBytes: 1e12 }) }))).toBe('STORE_REMOTE');
  });

  test('is taken where the config says so, and looked at in any case', async () => {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    await (await opened(path, { fileSystem: nfs, remoteDisk: 'allow' })).close();
    expect(await versionOf(await opened(path, { fileSystem: nfs, readOnly: true }))).toBeUndefined();
  });
});

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const OPEN_MODULE = resolve(__dirname, '../../dist/store/open.js');

/** Opens the store in a process of its own: as a user whom modes bind, or with few descriptors. Prints the error. */
function openApart(path: string, { before = '', shell = '', uid }: { before?: string; shell?: string; uid?: number }) {
  const script = `
    const { openStore } = require(${JSON.stringify(OPEN_MODULE)});
    ${before}
    openStore(${JSON.stringify(path)}).then(
      (store) => store.close().then(() => process.stdout.write('{"code":"opened"}')),
      ({ code, message, hint }) => process.stdout.write(JSON.stringify({ code, message, hint })));`;
  const command = `${shell} exec "$0" -e "$1"`;
  const options = { encoding: 'utf8', ...(uid !== undefined && isRoot && { uid, gid: uid }) } as const;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, script], options);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { code: string; message?: string; hint?: string };
}

describe('a user who may not write', () => {
  async function setup() {
    const place = await killed({ moved: 2, logged: 0 });
    if (isRoot) for (const file of [place.directory, place.path]) chownSync(file, NOBODY, NOBODY);
    rmSync(`${place.path}-wal`, { force: true });
    return place;
  }

  test.each([
    ['the directory', ({ directory }: { directory: string }) => directory, 0o500],
    ['the file', ({ path }: { path: string }) => path, 0o400],
  ])('to %s is told so', async (_, target, mode) => {
    const place = await setup();
    chmodSync(target(place), mode);
    const answer = openApart(place.path, { uid: NOBODY });
    chmodSync(place.directory, 0o700);
    expect(answer).toMatchObject({ code: 'STORE_READ_ONLY', hint: containing('may write') });
    expect(await versionOf(await opened(place.path))).toBe(2);
  });

  test('may, when the modes say so', async () => {
    expect(openApart((await setup()).path, { uid: NOBODY })).toEqual({ code: 'opened' });
  });
});

test('a process without a file descriptor left is told so', async () => {
  const { path } = await killed({ moved: 2, logged: 1 });
  const before = `try { for (;;) require('fs').openSync('/dev/null'); } catch {}`;
  const answer = openApart(path, { shell: 'ulimit -n 64;', before });
  expect(answer).toMatchObject({ code: 'STORE_FAILED', hint: containing('ulimit -n') });
  expect(answer.message).toContain('too many files are open');
  expect(await versionOf(await opened(path))).toBe(3);
});
