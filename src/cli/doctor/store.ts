import { existsSync, statSync } from 'node:fs';
import { messageOf } from '../../errors';
import { decodeCursor } from '../../job/cursor';
import { describeBackup } from '../../store/backup-file';
import { checkStore } from '../../store/check';
import { checkWhole, copiesOf } from '../../store/copy';
import { openStore, type Store } from '../../store/open';
import { formatDuration } from '../../time/duration';
import { systemClock } from '../../time/system-clock';
import { asOfText, BACKUP_SUFFIX, backupPrefix, contentsText, size } from '../backup';
import { eachCheckpoint } from '../checkpoints';
import { fileLines } from '../outside';
import { plain } from '../print';
import type { Project } from '../project';
import { error, type Finding, hintOf, ok, warning } from './finding';

const DAY_MS = 24 * 3_600_000;
const BACKUP_AGE_MS_MAX = 7 * DAY_MS;
const PARKED_MS_MAX = 3 * DAY_MS;
/** A last sign of the store that lies so far ahead was written by another clock. */
const AHEAD_MS_MAX = 120_000;
const RUNS_LOOKED_AT = 20;
const NAMES_SHOWN = 5;

export interface StoreChecks {
  readonly path: string;
  readonly deep: boolean;
  /** Null where it could not be loaded: what needs its jobs is left out. */
  readonly project: Project | null;
}

/** The store's files, what is in them, and its backups. */
export async function checkStoreAt({ path, deep, project }: StoreChecks): Promise<Finding[]> {
  const found = await checkStore(path, { deep });
  const damage = found.map(({ severity, what, todo }): Finding => ({ check: 'store', severity, what, todo }));
  if (!existsSync(path)) return [...damage, ok('store', `${path} is not there yet: the first run makes it`)];
  if (damage.some(({ severity }) => severity === 'error')) return [...damage, checkBackups(path, deep)];
  return [...damage, ...(await checkOpened({ path, deep, project })), checkBackups(path, deep)];
}

async function checkOpened({ path, deep, project }: StoreChecks): Promise<Finding[]> {
  try {
    const nowMs = systemClock.nowMs();
    const { bytes, contents } = describeBackup(path);
    const whole = ok(
      'store',
      `${path}: ${size(bytes)}, version ${contents.version}, ${asOfText(contents, nowMs)}: ${contentsText(contents)}`,
    );
    const files = project ? fileLines(project.directory, contents.sinkStates) : [];
    const store = await openStore(path, { clock: systemClock, readOnly: true });
    try {
      return [
        whole,
        checkClock(contents.asOfMs, nowMs),
        await checkLease(store, nowMs),
        await checkParked(store, nowMs),
        await checkStale(store),
        await checkRuns(store),
        ...(deep && project ? [await checkCursors(store, project)] : []),
        ...files.map((line) => warning('jsonl files', line, 'Bring the file back, or read docs/operating.md.')),
      ];
    } finally {
      await store.close();
    }
  } catch (thrown) {
    return [error('store', messageOf(thrown), hintOf(thrown, 'Look at the file and at the disk.'))];
  }
}

function checkClock(asOfMs: number | null, nowMs: number): Finding {
  const aheadMs = (asOfMs ?? nowMs) - nowMs;
  if (aheadMs <= AHEAD_MS_MAX) return ok('clock', 'not behind what the store has seen');
  return error(
    'clock',
    `this machine's clock is ${formatDuration(aheadMs)} behind what the store has seen`,
    'Set the clock, by NTP.',
  );
}

async function checkLease(store: Store, nowMs: number): Promise<Finding> {
  const holder = await store.lease.holder(nowMs);
  if (!holder) return warning('daemon', 'no process runs on the store', 'Start it: `offpeak start`.');
  const ago = formatDuration(Math.max(0, nowMs - holder.heartbeatAtMs));
  return ok(
    'daemon',
    `process ${holder.pid} on ${plain(holder.host)} (offpeak ${plain(holder.command)}), last sign of life ${ago} ago`,
  );
}

async function checkRuns(store: Store): Promise<Finding> {
  const ended = await store.runs.list({ limit: RUNS_LOOKED_AT, states: ['done', 'failed'] });
  const failed = ended.filter(({ state }) => state === 'failed');
  const [newest] = failed;
  if (!newest) return ok('runs', `none of the last ${RUNS_LOOKED_AT} failed`);
  return warning(
    'runs',
    `${failed.length} of the last ${RUNS_LOOKED_AT} failed, the newest is run ${newest.id} of ${newest.job}`,
    `\`offpeak runs ${newest.id}\` says why.`,
  );
}

async function checkParked(store: Store, nowMs: number): Promise<Finding> {
  const days = PARKED_MS_MAX / DAY_MS;
  const parked = new Noted();
  for await (const { job, partition, updatedAtMs } of eachCheckpoint(store, { which: 'parked' }))
    if (nowMs - updatedAtMs > PARKED_MS_MAX) parked.add(plain(`${job}/${partition}`));
  if (parked.count === 0) return ok('parked', `nothing for more than ${days} days`);
  const names = parked.first.join(', ');
  return warning(
    'parked',
    `${parked.count} partitions for more than ${days} days: ${names}`,
    '`offpeak explain JOB` says why.',
  );
}

/** They do no harm, and may be work that somebody believes is done: a merchant that fell out of a list. */
async function checkStale(store: Store): Promise<Finding> {
  const stale = new Noted();
  for await (const { job, partition } of eachCheckpoint(store, { which: 'stale' }))
    stale.add(plain(`${job}/${partition}`));
  if (stale.count === 0) return ok('stale', 'each checkpoint is of a partition that its job lists');
  const names = stale.first.join(', ');
  const what = `${stale.count} checkpoints of partitions that their jobs no longer list: ${names}`;
  return ok('stale', `${what}; \`offpeak state ls --stale\` shows them`);
}

/** Every cursor against the schema of its job, as its next run will read it. */
async function checkCursors(store: Store, { jobs }: Project): Promise<Finding> {
  const faults = new Noted();
  let checked = 0;
  for await (const { job: name, partition, cursor } of eachCheckpoint(store, { which: 'all' })) {
    checked += 1;
    const job = jobs.find((candidate) => candidate.name === name);
    if (!job || cursor === null) continue;
    try {
      decodeCursor(job.cursor, cursor, { job: name, partition });
    } catch (thrown) {
      faults.add(messageOf(thrown));
    }
  }
  if (faults.count === 0) return ok('cursors', `${checked} fit the schemas of their jobs`);
  const more = faults.count > NAMES_SHOWN ? `\nand ${faults.count - NAMES_SHOWN} more` : '';
  return error('cursors', faults.first.join('\n') + more, 'Take what is stored in the schema, or `offpeak state set`.');
}

/** How many there are, and the first of them. */
class Noted {
  readonly first: string[] = [];
  count = 0;

  add(text: string): void {
    this.count += 1;
    if (this.first.length < NAMES_SHOWN) this.first.push(text);
  }
}

/** Those that `offpeak backup` makes beside the store. */
function checkBackups(path: string, deep: boolean): Finding {
  const newest = newestBackup(path);
  if (newest === undefined) return warning('backups', 'there is none beside the store', '`offpeak backup`, every day.');
  try {
    if (deep) checkWhole(newest);
    const { contents, bytes } = describeBackup(newest);
    const ageMs = systemClock.nowMs() - statSync(newest).mtimeMs;
    const what = `the newest is ${formatDuration(Math.max(0, ageMs))} old: ${newest}, ${size(bytes)}, ${contentsText(contents)}`;
    return ageMs > BACKUP_AGE_MS_MAX ? warning('backups', what, '`offpeak backup`, every day.') : ok('backups', what);
  } catch (thrown) {
    return error('backups', messageOf(thrown), 'Take another one: `offpeak backup`; and look after the disk.');
  }
}

function newestBackup(path: string): string | undefined {
  try {
    return copiesOf(backupPrefix(path), BACKUP_SUFFIX).at(-1);
  } catch {
    return undefined; // no folder yet
  }
}
