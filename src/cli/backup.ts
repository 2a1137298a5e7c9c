import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { type Backup, takeBackup } from '../store/backup-file';
import type { StoreContents } from '../store/contents';
import { instantInName, keepNewest } from '../store/copy';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, parseCount, withGlobals } from './command';
import { tokenFiles } from './outside';
import { count, note, plain, print, printJson } from './print';
import { locateStore, UTC_DAY } from './project';

/** Backups kept in the store's own folder for them. */
const BACKUPS_KEPT = 7;

interface BackupOptions extends GlobalOptions {
  readonly keep?: number;
}

const HELP = `
Works while the daemon runs, and holds nobody up. The copy is checked and durable before it has its name. Without FILE it is
backups/offpeak-<instant>.db beside the store, and of these the newest ${BACKUPS_KEPT} stay.

Not in it: token files (an old one locks merchants out) and the files of jsonl sinks (copy these after the backup).

Examples:
  offpeak backup
  offpeak backup --keep 30
  offpeak backup /mnt/safe/offpeak-before-upgrade.db`;

/** `offpeak backup [FILE]`: a copy of the store, taken while others use it. */
export function addBackup(program: Command): void {
  const command = program
    .command('backup [file]')
    .description('copy the store into one file, also while the daemon runs');
  withGlobals(command)
    .option('--keep <count>', `how many to keep beside the store. Default ${BACKUPS_KEPT}`, parseCount)
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, options: BackupOptions) => {
      await backup(file, options);
    });
}

async function backup(file: string | undefined, options: BackupOptions): Promise<void> {
  if (file !== undefined && options.keep !== undefined) {
    throw new OffpeakError('USAGE', 'expected either FILE or --keep, got both', {
      hint: 'Only backups beside the store are counted: what you name is yours to take away.',
    });
  }
  const { path, project } = await locateStore(options);
  const startedMs = systemClock.monotonicMs();
  const prefix = backupPrefix(path);
  const target = file === undefined ? `${prefix}${instantInName(systemClock.nowMs())}${BACKUP_SUFFIX}` : resolve(file);
  const taken = takeBackup({ path, target, onCopy: (bytes) => note(`copying ${size(bytes)} …`) });
  const removed = file === undefined ? keepNewest(prefix, BACKUP_SUFFIX, options.keep ?? BACKUPS_KEPT) : [];
  const tookMs = Math.round(systemClock.monotonicMs() - startedMs);
  const tokens = project ? tokenFiles(project) : [];
  if (options.json) {
    printJson({ ...shown(taken), tookMs, removed, notInIt: tokens });
    return;
  }
  print(taken.path);
  note(`${size(taken.bytes)} in ${formatDuration(tookMs)}: ${contentsText(taken.contents)}`);
  for (const old of removed) note(`took away ${relative(process.cwd(), old)}`);
  for (const token of tokens)
    note(`not in it: the tokens in ${plain(token)}. Keep that file where it is: an older one locks merchants out`);
}

/** The names of backups that were given none. */
export function backupPrefix(path: string): string {
  return join(dirname(path), 'backups', 'offpeak-');
}
export const BACKUP_SUFFIX = '.db';

export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${count(Math.ceil(bytes / 1_000))} kB` : `${count(Math.round(bytes / 1_000_000))} MB`;
}

export function contentsText({ jobs, partitions, runs, calls, records }: StoreContents): string {
  return `${count(jobs)} jobs, ${count(partitions)} checkpoints, ${count(runs)} runs, ${count(calls)} calls, ${count(records)} records`;
}

/** For people: how old the state is that a file holds. */
export function asOfText({ asOfMs }: StoreContents, nowMs: number): string {
  if (asOfMs === null) return 'never used';
  return `as of ${formatInstant(asOfMs, UTC_DAY)}, ${formatDuration(Math.max(0, nowMs - asOfMs))} ago`;
}

/** What a sink keeps is its own. */
export function shown({ path, bytes, contents }: Backup): object {
  return { path, bytes, contents: { ...contents, sinkStates: undefined } };
}
