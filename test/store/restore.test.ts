import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import type { Hold } from '../../src/limit/hold';
import { takeBackup } from '../../src/store/backup-file';
import type { Doubt } from '../../src/store/carry-over';
import { Sqlite } from '../../src/store/driver';
import { APPLICATION_ID } from '../../src/store/identity';
import type { Machine } from '../../src/store/machine';
import { openStore, type Store } from '../../src/store/open';
import { restoreStore } from '../../src/store/restore';
import { planRestore } from '../../src/store/restore-plan';
import { processOn, temporary } from './setup';
import {
  asSpent,
  attemptOf,
  blockOn,
  claimed,
  codeOf,
  commitPages,
  cursorOf,
  DAY,
  HOUR,
  JOB,
  NOTHING,
  NOW,
  reserved,
  takeLease,
  usageOf,
} from './suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const OPERATOR: Machine = processOn('operator');

interface Bench {
  readonly path: string;
  readonly open: (path?: string) => Promise<Store>;
  readonly backup: () => string;
  /** The path of what was replaced. */
  readonly restore: (backup: string, options?: { nowMs?: number; doubts?: readonly Doubt[] }) => Promise<string | null>;
}

async function setup(): Promise<Bench> {
  const { path, remove } = await temporary();
  cleanups.push(remove);
  let machines = 0;
  let backups = 0;
  return {
    path,
    async open(file = path) {
      machines += 1;
      const store = await openStore(file, { machine: processOn(`host-${machines}`) });
      cleanups.push(() => store.close());
      return store;
    },
    backup() {
      backups += 1;
      return takeBackup({ path, target: join(dirname(path), `backup-${backups}.db`), onCopy: () => undefined }).path;
    },
    async restore(backup, { nowMs = NOW + HOUR, doubts = [] } = {}) {
      const place = { backup, path, machine: OPERATOR, nowMs };
      const { present } = planRestore(place);
      return restoreStore({ ...place, present, doubts, onStep: () => undefined });
    },
  };
}

/** Draws permits that are settled with one logged call. */
async function spend(
  store: Store,
  draw: { fence: number; runId: number; needed: number; sentAtMs?: number },
): Promise<void> {
  const { fence, runId, needed, sentAtMs = NOW } = draw;
  const used = asSpent(await reserved(store, fence, blockOn('app-day', { needed, limit: 100 })));
  const claim = { runId, job: JOB, partition: 'shop-1', fence };
  const version = (await store.checkpoints.read(JOB, 'shop-1'))?.version ?? 0;
  await store.runs.commitPage({
    claim,
    version,
    cursor: cursorOf(version + 1),
    recordCount: 0,
    write: { upsert: null, state: null },
    settlement: { used, unsent: [], attempts: [attemptOf({ sentAtMs })] },
    nowMs: NOW,
  });
}

/** A store with a run under way that has spent some, whose process ends. */
async function spending(
  open: () => Promise<Store>,
  needed: number,
  sentAtMs = NOW,
): Promise<{ store: Store; fence: number; runId: number }> {
  const store = await open();
  const { fence, run } = await claimed(store);
  await spend(store, { fence, runId: run.id, needed, sentAtMs });
  return { store, fence, runId: run.id };
}

describe('a restored store', () => {
  test('stands at the cursors of the backup, and forgets nothing that was spent since', async () => {
    const { open, backup, restore } = await setup();
    const { store, fence, runId } = await spending(open, 4);
    const taken = backup();
    await spend(store, { fence, runId, needed: 3 });
    await store.lease.release(fence, NOW);
    await restore(taken);
    expect(await usageOf(store, 'app-day')).toMatchObject({ used: 7, reserved: 0, byJob: { [JOB]: 7 } });
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 1, cursor: cursorOf(1) });
  });

  test('adds up what two histories spent, when the store was begun anew after the backup', async () => {
    const { path, open, backup, restore } = await setup();
    const old = await spending(open, 4);
    const taken = backup();
    await old.store.close();
    removeStore(path);
    const fresh = await spending(open, 5, NOW + HOUR);
    await fresh.store.lease.release(fresh.fence, NOW);
    await restore(taken);
    expect(await usageOf(fresh.store, 'app-day')).toMatchObject({ used: 9, byJob: { [JOB]: 9 } });
  });

  test('holds a platform back where nobody knows what was spent since', async () => {
    const { path, open, backup, restore } = await setup();
    const { store } = await spending(open, 4);
    const taken = backup();
    await store.close();
    removeStore(path);
    expect(await restore(taken, { doubts: [{ platform: 'kuaishou', untilMs: NOW + DAY }] })).toBeNull();
    const restored = await open();
    expect(await restored.holds.list(NOW + HOUR)).toMatchObject([
      { platform: 'kuaishou', scope: {}, untilMs: NOW + DAY, code: 'RESTORED' },
    ]);
    expect(await usageOf(restored, 'app-day')).toMatchObject({ used: 4 });
  });

  test('keeps what platforms and operators said since: holds, pauses that began, pauses that ended', async () => {
    const { open, backup, restore } = await setup();
    const store = await open();
    const fence = await takeLease(store);
    const pause = { kind: 'job', reason: 'audit', by: 'ann', sinceMs: NOW, untilMs: null } as const;
    await store.operatorPauses.put([{ ...pause, name: 'over' }]);
    const taken = backup();
    const hold: Hold = { platform: 'yida', scope: {}, untilMs: NOW + DAY, code: '1', reason: 'spent', sinceMs: NOW };
    await store.holds.put(hold, fence);
    await store.operatorPauses.end([{ kind: 'job', name: 'over' }], { by: 'ann', nowMs: NOW });
    await store.operatorPauses.put([{ ...pause, name: 'lasting' }]);
    await store.lease.release(fence, NOW);
    await restore(taken);
    expect(await store.holds.list(NOW)).toEqual([hold]);
    expect((await store.operatorPauses.list(NOW)).map(({ name }) => name)).toEqual(['lasting']);
  });

  test('gives an unfinished run an id that was never used, so that no key of a page comes twice', async () => {
    const { open, backup, restore } = await setup();
    const { store, fence, runId } = await spending(open, 1);
    const taken = backup();
    await store.runs.endTurn({
      claim: { runId, job: JOB, partition: 'shop-1', fence },
      end: { kind: 'complete' },
      settlement: NOTHING,
      nowMs: NOW,
    });
    await store.runs.settle({ runId, fence, nowMs: NOW });
    const later = await store.runs.open({ job: JOB, slotAtMs: NOW + HOUR, kind: 'manual', fence });
    await store.lease.release(fence, NOW);
    await restore(taken);
    const unfinished = await store.runs.unfinished(JOB);
    expect(unfinished?.id).toBeGreaterThan(later?.id ?? Infinity);
    expect(await store.runs.partitions(unfinished?.id ?? 0)).toMatchObject([{ state: 'running', pages: 1 }]);
    expect((await store.calls({ limit: 9 })).map((call) => call.runId)).toEqual([unfinished?.id]);
  });

  test('refuses the writes of a process that stood still, and starts its short windows as if full', async () => {
    const { open, backup, restore } = await setup();
    const { store, fence, runId } = await spending(open, 1);
    await restore(backup());
    expect(await codeOf(spend(store, { fence, runId, needed: 1 }))).toBe('FENCED');
    expect(await (await open()).lease.acquire('start', NOW + HOUR)).toMatchObject({ previous: 'unclean' });
  });

  test('has every checkpoint as it was, with its history', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 12 }), async (before, after) => {
        const { open, backup, restore } = await setup();
        const store = await open();
        const { fence, claim } = await claimed(store);
        const version = await commitPages(store, claim, { from: 0, count: before });
        const seen = {
          now: await store.checkpoints.read(JOB, 'shop-1'),
          past: await store.checkpoints.history(JOB, 'shop-1'),
        };
        const taken = backup();
        await commitPages(store, claim, { from: version, count: after });
        await store.lease.release(fence, NOW);
        await restore(taken);
        expect(await store.checkpoints.read(JOB, 'shop-1')).toEqual(seen.now);
        expect(await store.checkpoints.history(JOB, 'shop-1')).toEqual(seen.past);
      }),
      { numRuns: 6 },
    );
  });

  test('can be taken back: what it replaced is a store beside it', async () => {
    const { open, backup, restore } = await setup();
    const { store, fence, runId } = await spending(open, 1);
    const taken = backup();
    await spend(store, { fence, runId, needed: 1 });
    await store.lease.release(fence, NOW);
    const replaced = await restore(taken);
    expect(statSync(replaced ?? '').mode & 0o777).toBe(0o600);
    await restore(replaced ?? '', { nowMs: NOW + 2 * HOUR });
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(2) });
  });
});

describe('a restore', () => {
  test('is refused while a process holds the store, and changes nothing', async () => {
    const { path, open, backup, restore } = await setup();
    const { store } = await spending(open, 1);
    const taken = backup();
    expect(await codeOf(restore(taken, { nowMs: NOW }))).toBe('STORE_IN_USE');
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(1) });
    expect(leftBeside(path)).toEqual([]);
  });

  test.each([
    ['cut short', 'STORE_CORRUPT', (file: string) => truncateSync(file, 8_192)],
    ['of another program', 'STORE_FAILED', (file: string) => changed(file, 'PRAGMA application_id = 7')],
    ['of a newer Offpeak', 'STORE_NEWER', (file: string) => changed(file, 'PRAGMA user_version = 999')],
    ['no database', 'STORE_CORRUPT', (file: string) => writeFileSync(file, 'x'.repeat(10_000))],
    ['empty', 'STORE_FAILED', (file: string) => truncateSync(file, 0)],
    ['damaged in the middle', 'STORE_CORRUPT', damage],
  ])('of a file that is %s is refused with %s', async (_, code, spoil) => {
    const { path, open, backup, restore } = await setup();
    const { store, fence } = await spending(open, 1);
    await store.lease.release(fence, NOW);
    const taken = backup();
    spoil(taken);
    expect(await codeOf(restore(taken))).toBe(code);
    expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(1) });
    expect(leftBeside(path)).toEqual([]);
  });

  test('over a damaged store keeps that beside it', async () => {
    const { path, open, backup, restore } = await setup();
    await (await spending(open, 1)).store.close();
    const taken = backup();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(1, 8_192, bytes.length - 8_192));
    const replaced = await restore(taken);
    expect(readFileSync(replaced ?? '').equals(bytes)).toBe(true);
    expect(await (await open()).checkpoints.read(JOB, 'shop-1')).toMatchObject({ cursor: cursorOf(1) });
  });

  test('takes away what one that was killed has left', async () => {
    const { path, open, backup, restore } = await setup();
    const { store, fence } = await spending(open, 1);
    await store.lease.release(fence, NOW);
    for (const rest of ['', '-wal', '.tmp']) writeFileSync(`${path}.restoring-20260101T000000000Z${rest}`, 'draft');
    await restore(backup());
    expect(leftBeside(path).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  test('brings an older backup up to date', async () => {
    const { path, restore, open } = await setup();
    const old = join(dirname(path), 'old.db');
    const db = new Sqlite(old);
    db.exec(readFileSync(join(__dirname, '../../src/store/migrations/0001_initial.sql'), 'utf8'));
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    db.close();
    await restore(old);
    const store = await open();
    expect(await store.operatorPauses.list(NOW)).toEqual([]); // a table of a later version
  });
});

function removeStore(path: string): void {
  for (const rest of ['', '-wal', '-shm']) rmSync(`${path}${rest}`, { force: true });
}

function changed(file: string, sql: string): void {
  const db = new Sqlite(file);
  db.exec(sql);
  db.close();
}

/** The pages of its tables, not the header. */
function damage(file: string): void {
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(1, 4_096, bytes.length - 4_096));
}

/** What a restore makes beside the store. */
function leftBeside(path: string): string[] {
  return readdirSync(dirname(path)).filter(
    (name) => /restoring|replaced/.test(name) && name.startsWith(basename(path)),
  );
}
