import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OffpeakError } from '../errors';
import { isLease } from '../job/lease';
import { withReadOnly } from './backup-file';
import { carryOver, type Doubt, holdInDoubt } from './carry-over';
import type { Connection } from './connection';
import { checkWhole, copyDatabase, instantInName } from './copy';
import { openForWriting } from './database';
import { explained, explaining } from './failure';
import { makeDirectory, syncDirectory, syncFile } from './file';
import { SqliteLease } from './lease';
import { loadMigrations } from './migrate';
import type { PresentStore, Restoring } from './restore-plan';
import { assertRoom } from './room';

export interface RestoreRequest extends Restoring {
  readonly present: PresentStore;
  /** What is held back where the present store cannot be asked what was spent. */
  readonly doubts: readonly Doubt[];
  readonly onStep: (step: 'check' | 'prepare' | 'keep' | 'replace') => void;
}

const BUSY_TIMEOUT_MS = 5_000;
const DRAFT = '.restoring-';

/**
 * Puts a backup in the place of the store. The backup becomes a draft beside the store, checked and brought up to date; what
 * must not be turned back is carried over; the present store is kept under another name; and the draft replaces the content
 * in one transaction of SQLite's own, so that a crash leaves the one or the other, and a process that has the file open
 * sees the new content and a higher fence. Returns the path of what was replaced, null where there was nothing.
 */
export async function restoreStore(request: RestoreRequest): Promise<string | null> {
  const { backup, path, nowMs, present } = request;
  const suffix = instantInName(nowMs);
  const draftPath = `${path}${DRAFT}${suffix}`;
  const aside = `${path}.replaced-${suffix}`;
  makeDirectory(dirname(path));
  removeDrafts(path);
  assertRoom(path, 2 * statSync(backup).size + (existsSync(path) ? statSync(path).size : 0));
  try {
    const draft = openDraft(request, draftPath);
    try {
      if (present.kind === 'readable') {
        await replaceContent(request, draft, aside);
        return aside;
      }
      explaining(path, () => holdInDoubt(draft.db, request.doubts, nowMs));
    } finally {
      await draft.close();
    }
    request.onStep('replace');
    return explaining(path, () => replaceFile(path, draftPath, aside));
  } finally {
    removeDatabase(draftPath);
  }
}

function openDraft({ backup, nowMs, onStep }: RestoreRequest, draftPath: string): Connection {
  onStep('check');
  explaining(backup, () => checkWhole(backup));
  onStep('prepare');
  explaining(backup, () => withReadOnly(backup, (db) => copyDatabase(db, draftPath)));
  return openForWriting(draftPath, options(nowMs, 'nothing'));
}

function options(nowMs: number, beforeMigration: 'back up' | 'nothing') {
  return { migrations: loadMigrations(), busyTimeoutMs: BUSY_TIMEOUT_MS, nowMs, beforeMigration };
}

/** Holding the lease of the present store, which also fences off a process that only stands still. */
async function replaceContent(
  { path, machine, nowMs, onStep }: RestoreRequest,
  draft: Connection,
  aside: string,
): Promise<void> {
  const present = openForWriting(path, options(nowMs, 'back up'));
  try {
    const lease = new SqliteLease(present, machine);
    const answer = await lease.acquire('restore', nowMs);
    if (!isLease(answer)) throw inUse(path, `process ${answer.pid} on ${answer.host} (offpeak ${answer.command})`);
    onStep('keep');
    explaining(path, () => copyDatabase(present.db, aside));
    explaining(path, () => carryFrom(path, draft));
    // To copy a large store may take longer than a lease lasts.
    if (!(await lease.renew(answer.fence, nowMs))) throw inUse(path, 'a process that waited for it');
    onStep('replace');
    await draft.db.backup(path).catch((thrown: unknown): never => {
      throw explained(thrown, path);
    });
  } finally {
    await present.close(); // brings all of it from the log into the file, and makes it durable
  }
}

function carryFrom(path: string, { db }: Connection): void {
  db.prepare('ATTACH ? AS replaced').run(path);
  try {
    carryOver(db);
  } finally {
    db.exec('DETACH replaced');
  }
}

/**
 * Where there is no database to write into. What was there is linked to its new name before the draft takes the old one,
 * so that no crash leaves the name to nobody: an empty store would start every job from its beginning.
 */
function replaceFile(path: string, draftPath: string, aside: string): string | null {
  syncFile(draftPath);
  const hadStore = existsSync(path);
  if (hadStore) linkSync(path, aside);
  // Left in its place, the log of another store would be taken for the new one's.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`);
  rmSync(`${path}-shm`, { force: true });
  syncDirectory(path);
  renameSync(draftPath, path);
  syncDirectory(path);
  return hadStore ? aside : null;
}

/** What a restore left that was killed: as large as a store. */
function removeDrafts(path: string): void {
  const prefix = `${basename(path)}${DRAFT}`;
  for (const name of readdirSync(dirname(path))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(path), name), { force: true });
  }
}

function removeDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}

function inUse(path: string, who: string): OffpeakError {
  return new OffpeakError('STORE_IN_USE', `${path} is in use by ${who}`, {
    hint: 'Stop it first; nothing was changed. `offpeak status` shows who holds the store.',
  });
}
