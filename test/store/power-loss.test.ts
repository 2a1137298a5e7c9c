import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkStore } from '../../src/store/check';
import { Sqlite } from '../../src/store/driver';
import { openStore } from '../../src/store/open';
import { temporary } from './setup';
import { asSpent, blockOn, claimed, cursorOf, JOB, NO_WRITE, NOTHING, NOW, reserved } from './suite/setup';

/** https://sqlite.org/fileformat.html#walformat */
const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4096;
const COMMITS = 6;

/** What one page leaves, all of it in one transaction. */
interface State {
  readonly version: number;
  readonly cursor: string | null;
  readonly records: number;
  readonly used: number;
}

let remove: () => Promise<void>;
afterEach(() => remove());

/**
 * The file and its log as the system wrote them, and the states that commits left with the length of the log behind each. A
 * power cut leaves a prefix of the log: SQLite syncs it at every commit, so all frames of commits that returned are on the disk.
 */
async function record() {
  const place = await temporary();
  ({ remove } = place);
  const live = join(place.directory, 'live.db');
  const store = await openStore(live);
  const { claim, fence } = await claimed(store);
  const tool = new Sqlite(live);
  tool.pragma('wal_checkpoint(TRUNCATE)');
  copyFileSync(live, place.path);
  const commits: { readonly logBytes: number; readonly state: State }[] = [
    { logBytes: 0, state: { version: 0, cursor: null, records: 0, used: 0 } },
  ];
  for (let page = 1; page <= COMMITS; page += 1) {
    const drawn = await reserved(store, fence, blockOn('app-day', { limit: 100 }));
    const rows = [{ key: `order-${page}`, data: JSON.stringify('x'.repeat(page * 700)) }];
    const write = page % 4 === 0 ? NO_WRITE : { upsert: { table: 'orders', rows }, state: null };
    const settlement = { ...NOTHING, used: asSpent(drawn) };
    const commit = { claim, version: page - 1, cursor: cursorOf(page), recordCount: 1, write, settlement, nowMs: NOW };
    await store.runs.commitPage(commit);
    const state = { version: page, cursor: cursorOf(page), records: page - Math.floor(page / 4), used: page };
    commits.push({ logBytes: statSync(`${live}-wal`).size, state });
  }
  const log = readFileSync(`${live}-wal`);
  tool.close();
  await store.close();
  return { path: place.path, log, commits };
}

/** Opens the file with so much of the log, on a copy. */
async function after(path: string, log: Buffer): Promise<State> {
  const copy = `${path}.cut`;
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  copyFileSync(path, copy);
  writeFileSync(`${copy}-wal`, log);
  const store = await openStore(copy);
  try {
    const { version = -1, cursor = null } = (await store.checkpoints.read(JOB, 'shop-1')) ?? {};
    const records = await store.records.count('orders');
    const used = (await store.ledger.usage(NOW)).reduce((sum, row) => sum + row.used, 0);
    return { version, cursor, records, used };
  } finally {
    await store.close();
  }
}

test('a log that is cut anywhere leaves exactly the commits that it holds whole', async () => {
  const { path, log, commits } = await record();
  const frames = (log.length - LOG_HEADER_BYTES) / FRAME_BYTES;
  expect(Number.isInteger(frames)).toBe(true);
  const cuts = [0, 1, LOG_HEADER_BYTES - 1, LOG_HEADER_BYTES];
  for (let frame = 0; frame < frames; frame += 1) {
    const at = LOG_HEADER_BYTES + frame * FRAME_BYTES;
    cuts.push(at + 12, at + FRAME_BYTES / 2, at + FRAME_BYTES - 1, at + FRAME_BYTES);
  }
  const wanted = (cut: number) => commits.filter(({ logBytes }) => logBytes <= cut).at(-1)?.state;
  for (const cut of cuts)
    expect({ cut, ...(await after(path, log.subarray(0, cut))) }).toEqual({ cut, ...wanted(cut) });
  expect(await checkStore(`${path}.cut`, { deep: true })).toEqual([]);
}, 60_000);

test.each([512, 4096])(
  'sectors of %i bytes that were lost behind the last sync cost no commit before it',
  async (sector) => {
    const { path, log, commits } = await record();
    for (const [at, { logBytes, state }] of commits.entries()) {
      const next = commits[at + 1]?.logBytes;
      if (next === undefined) break;
      // The system had begun to write the next transaction, in any order: all of it but one sector is there.
      const torn = Buffer.from(log.subarray(0, next));
      const hole = Math.max(logBytes, LOG_HEADER_BYTES) + sector;
      torn.fill(0xa5, hole, Math.min(hole + sector, next));
      expect(await after(path, torn)).toEqual(state);
    }
  },
  60_000,
);

test('a checkpoint that was cut off loses nothing: the log still has every page', async () => {
  const { path, log, commits } = await record();
  const last = commits.at(-1)?.state;
  const whole = `${path}.whole`;
  copyFileSync(path, whole);
  writeFileSync(`${whole}-wal`, log);
  const store = await openStore(whole);
  await store.close(); // which moves the log into the file
  const moved = readFileSync(whole);
  const before = readFileSync(path);
  for (let bytes = 0; bytes <= moved.length; bytes += Math.ceil(moved.length / 16 / 512) * 512) {
    const half = Buffer.concat([moved.subarray(0, bytes), before.subarray(bytes)]);
    writeFileSync(path, half);
    expect(await after(path, log)).toEqual(last);
  }
});
