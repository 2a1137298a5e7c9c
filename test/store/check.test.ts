import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { checkStore } from '../../src/store/check';
import { openForWriting } from '../../src/store/database';
import { Sqlite } from '../../src/store/driver';
import { loadMigrations } from '../../src/store/migrate';
import { openStore } from '../../src/store/open';
import { temporary } from './setup';
import { asSpent, blockOn, claimed, commitPages, JOB, NOTHING, NOW, reserved } from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A store with work under way: a run, pages, draws. */
async function setup() {
  const place = await temporary();
  cleanups.push(place.remove);
  const { path } = place;
  const store = await openStore(path);
  cleanups.push(() => store.close());
  const { claim, fence } = await claimed(store);
  await commitPages(store, claim, { from: 0, count: 25 });
  const used = asSpent(await reserved(store, fence, blockOn('app-day', { needed: 3 })));
  const end = { kind: 'park', untilMs: NOW + 1_000, reason: 'spent' } as const;
  const endTurn = (): Promise<void> => store.runs.endTurn({ claim, end, settlement: { ...NOTHING, used }, nowMs: NOW });
  const codes = async (depth = { deep: true }) => (await checkStore(path, depth)).map(({ code }) => code);
  return { ...place, store, endTurn, codes };
}

/** As a hand with a SQLite shell would: no rule of ours stops it. */
function byHand(path: string, sql: string): void {
  const db = new Sqlite(path);
  db.pragma('foreign_keys = OFF');
  db.pragma('ignore_check_constraints = ON');
  db.exec(sql);
  db.close();
}

describe('nothing is found', () => {
  test.each([{ deep: false }, { deep: true }])('in a store with work under way (%j)', async (depth) => {
    const { path } = await setup();
    expect(await checkStore(path, depth)).toEqual([]);
  });

  test('in a store whose work was put down', async () => {
    const { codes, endTurn, store } = await setup();
    await endTurn();
    await store.close();
    expect(await codes()).toEqual([]);
  });

  test.each(['missing', 'empty'])('in a store that is not made yet (%s)', async (kind) => {
    const { path, directory, remove } = await temporary();
    cleanups.push(remove);
    if (kind === 'empty') writeFileSync(path, '', { mode: 0o600 });
    expect(await checkStore(path, { deep: true })).toEqual([]);
    expect(readdirSync(directory)).toHaveLength(kind === 'empty' ? 1 : 0);
  });
});

const CONTRADICTIONS: readonly (readonly [string, string])[] = [
  ['checkpoint-history', "UPDATE offpeak_checkpoint SET cursor = '{}'"],
  ['checkpoint-history', 'UPDATE offpeak_checkpoint SET version = version - 1'],
  ['checkpoint-history', 'DELETE FROM offpeak_checkpoint_version'],
  ['checkpoint-fence', 'UPDATE offpeak_lease SET fence = 1; UPDATE offpeak_checkpoint SET fence = 2'],
  ['checkpoint-running', "UPDATE offpeak_run_partition SET state = 'waiting'"],
  ['run-ended', "UPDATE offpeak_run SET state = 'done', ended_at_ms = 1"],
  ['run-parked', "UPDATE offpeak_run SET state = 'parked'"],
  ['ledger-window', 'UPDATE offpeak_ledger SET end_ms = start_ms'],
  [
    'ledger-jobs',
    `INSERT INTO offpeak_ledger_job SELECT platform, budget, scope_key, window_key, '${JOB}', 99 FROM offpeak_ledger`,
  ],
  [
    'plan-mixed',
    `INSERT INTO offpeak_plan (job, offset_ms, duration_ms, reason, planned_at_ms, digest)
     VALUES ('a', 0, 0, '{}', 1, 'x'), ('b', 0, 0, '{}', 1, 'y')`,
  ],
  ['reference-broken', "UPDATE offpeak_checkpoint_version SET partition = 'nobody'"],
  ['ledger-window', 'UPDATE offpeak_ledger SET used = -1'],
];

describe('a contradiction', () => {
  test.each(CONTRADICTIONS)('%s is found by the deep look only (%s)', async (code, sql) => {
    const { path, codes } = await setup();
    byHand(path, sql);
    expect(await codes()).toContain(code);
    expect(await codes({ deep: false })).toEqual([]);
  });

  test('names a few of its rows, and counts the others', async () => {
    const { path } = await setup();
    byHand(
      path,
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9)
       INSERT INTO offpeak_run (job, slot_at_ms, kind, state) SELECT 'j' || n, n, 'manual', 'parked' FROM n`,
    );
    const [found] = await checkStore(path, { deep: true });
    expect(found).toMatchObject({ code: 'run-parked', severity: 'error' });
    expect(found?.what).toMatch(/: j1 run \d+, j2 run \d+, j3 run \d+ and 6 more$/);
  });
});

describe('files', () => {
  test('that others may read or replace', async () => {
    const { path, directory } = await setup();
    chmodSync(path, 0o644);
    chmodSync(directory, 0o777);
    const todos = (await checkStore(path, { deep: false })).map(({ todo }) => todo);
    expect(todos).toEqual([`chmod 600 ${path}`, `chmod 700 ${directory}`]);
  });

  test('of another user beside the store', async () => {
    const { path, codes } = await setup();
    if (process.geteuid?.() !== 0) return console.warn('skipped: only root can give a file away');
    chownSync(path, 1, 1);
    expect(await codes()).toEqual(['store-owner', 'store-owner']);
  });

  test('a log whose store is gone, which a start would not survive', async () => {
    const { path, codes } = await setup();
    rmSync(path);
    expect(await codes()).toEqual(['store-gone']);
  });

  test('a backup that was cut off', async () => {
    const { path, codes } = await setup();
    writeFileSync(`${path}.backup-v7-20260301T000000000Z.tmp`, '');
    writeFileSync(`${path}.backup-v7-20260301T000000000Z`, '');
    expect(await codes()).toEqual(['backup-cut-off']);
  });

  test('a directory in the place of the store', async () => {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    mkdirSync(path, { mode: 0o700 });
    expect((await checkStore(path, { deep: false })).map(({ code }) => code)).toContain('store-no-file');
  });
});

describe('what cannot be the store', () => {
  test.each([{ deep: false }, { deep: true }])('damage is found, and nothing is thrown (%j)', async (depth) => {
    const { path, store, codes } = await setup();
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 3 * 4096, 4 * 4096);
    writeFileSync(path, bytes);
    expect(await codes(depth)).toContain('store-corrupt');
  });

  test.each([
    ['store-corrupt', 'no database, but long enough to look like one. '.repeat(100)],
    ['store-corrupt', 'short'],
  ])('%s: text', async (code, text) => {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    writeFileSync(path, text, { mode: 0o600 });
    expect((await checkStore(path, { deep: true })).map((found) => found.code)).toEqual([code]);
  });

  test('a newer store, an older one, and one of another program', async () => {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    const only = async () => (await checkStore(path, { deep: true })).map(({ code, severity }) => [code, severity]);
    const older = loadMigrations().slice(0, -1);
    await openForWriting(path, { migrations: older, busyTimeoutMs: 0, nowMs: NOW }).close();
    expect(await only()).toEqual([['store-older', 'warning']]);
    byHand(path, 'PRAGMA user_version = 99');
    expect(await only()).toEqual([['store-newer', 'error']]);
    byHand(path, 'PRAGMA application_id = 7');
    expect(await only()).toEqual([['store-failed', 'error']]);
  });
});

test('looking changes nothing, and a process that works meanwhile is not disturbed', async () => {
  const { path, store, endTurn, codes } = await setup();
  const looking = codes();
  await endTurn();
  expect(await looking).toEqual([]);
  expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ status: 'parked', version: 25 });
  expect(existsSync(path)).toBe(true);
});
