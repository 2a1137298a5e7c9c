import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BALLAST_BYTES } from '../../src/store/ballast';
import { checkStore } from '../../src/store/check';
import { StoreDisk } from '../../src/store/disk';
import { openStore } from '../../src/store/open';
import { temporary } from './setup';
import { claimed, codeOf, cursorOf, JOB, NOTHING, NOW } from './suite/setup';

const MIB = 1024 * 1024;
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('the disk of a store', () => {
  async function setup(freeBytes: number) {
    const { path, remove } = await temporary();
    cleanups.push(remove);
    const disk = new StoreDisk(path, { freeBytesMin: MIB, fileSystem: () => ({ type: 0, freeBytes }) });
    return { path, disk, ballast: `${path}.ballast` };
  }

  test('needs what the config says, or twice the log where that is more', async () => {
    const { path, disk } = await setup(5);
    expect(disk.space()).toEqual({ freeBytes: 5, neededBytes: MIB });
    writeFileSync(`${path}-wal`, Buffer.alloc(MIB));
    expect(disk.space()).toEqual({ freeBytes: 5, neededBytes: 2 * MIB });
  });

  test('keeps a ballast where there is room for it, private, and of real bytes', async () => {
    const { disk, ballast } = await setup(MIB + BALLAST_BYTES);
    disk.restock();
    expect(statSync(ballast).size).toBe(BALLAST_BYTES);
    expect(statSync(ballast).mode & 0o777).toBe(0o600);
    expect(statSync(ballast).blocks * 512).toBeGreaterThanOrEqual(BALLAST_BYTES);
  });

  test('keeps none where that would make it short', async () => {
    const { disk, ballast } = await setup(MIB + BALLAST_BYTES - 1);
    disk.restock();
    expect(existsSync(ballast)).toBe(false);
  });
});

/** A file system of its own in memory, which really fills; null where this user may not mount one. */
function smallDisk(directory: string): (() => void) | null {
  const mounted =
    spawnSync('sh', ['-c', '"$0" "$@"', 'mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', directory]).status === 0;
  return mounted ? () => void spawnSync('sh', ['-c', 'umount -l "$0"', directory]) : null;
}

/** Writes until nothing more fits, not even a page. */
function fill(path: string): void {
  for (const bytes of [MIB, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // full: now with less at a time
    }
  }
}

test('on a disk that is really full the ballast lets the pages in flight be kept; without one nothing is lost', async () => {
  const { directory, remove } = await temporary();
  cleanups.push(remove);
  const unmount = smallDisk(directory);
  if (!unmount) {
    console.warn('skipped: this user may not mount a file system');
    return;
  }
  cleanups.push(() => {
    unmount();
    return Promise.resolve();
  });
  const path = join(directory, 'offpeak.db');
  const disk = new StoreDisk(path, { freeBytesMin: MIB });
  const store = await openStore(path);
  cleanups.push(() => store.close());
  const { claim } = await claimed(store);
  disk.restock();
  expect(existsSync(`${path}.ballast`)).toBe(true);
  fill(join(directory, 'other-program'));

  const page = (version: number, bytes = 3 * MIB) => {
    const rows = [{ key: `order-${version}`, data: JSON.stringify('x'.repeat(bytes)) }];
    const write = { upsert: { table: 'orders', rows }, state: null };
    const cursor = cursorOf(version + 1);
    return store.runs.commitPage({ claim, version, cursor, recordCount: 1, write, settlement: NOTHING, nowMs: NOW });
  };
  expect(await page(0)).toBe(1);
  expect(existsSync(`${path}.ballast`)).toBe(false);
  expect(await page(1)).toBe(2);
  fill(join(directory, 'other-program'));
  expect(disk.space().freeBytes).toBeLessThan(disk.space().neededBytes);
  expect(await codeOf(page(2, 12 * MIB))).toBe('STORE_FULL');
  expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 2, cursor: cursorOf(2) });
  expect((await checkStore(path, { deep: true })).filter(({ severity }) => severity === 'error')).toEqual([]);

  await store.close(); // with the log, which cannot be moved into the file
  rmSync(join(directory, 'other-program'));
  const again = await openStore(path);
  cleanups.push(() => again.close());
  expect(await again.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 2, cursor: cursorOf(2) });
  expect(await again.records.count('orders')).toBe(2);
});
