import { resolve } from 'node:path';
import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { quotaDoubtEndMs } from '../limit/quota-doubt';
import type { Doubt } from '../store/carry-over';
import { followLinks } from '../store/file';
import { thisMachine } from '../store/machine';
import { restoreStore } from '../store/restore';
import { type CheckpointChanges, type PresentStore, planRestore, type RestorePlan } from '../store/restore-plan';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { asOfText, contentsText, shown, size } from './backup';
import { type GlobalOptions, withGlobals } from './command';
import { storeInUse } from './engine';
import { fileLines, tokenFiles } from './outside';
import { count, note, plain, print, printJson } from './print';
import { loadConfig, type Project, UTC_DAY } from './project';
import { storePath } from './project-store';

interface RestoreOptions extends GlobalOptions {
  readonly force?: true;
  readonly unspent?: true;
  readonly dryRun?: true;
}

const HELP = `
Stop the daemon first. Cursors, records, runs and backfills become those of the backup; what happened since is fetched again.
Kept from the present store: what was spent, what platforms put on hold, what was learned, operators' pauses and skips. Where
the present store is gone or damaged, nobody knows what was spent: each platform is held until its quotas have turned over,
or until \`offpeak unpark PLATFORM\`. The present store stays beside it, as …replaced-<instant>.

Examples:
  offpeak restore data/backups/offpeak-20261121T020000000Z.db --dry-run
  offpeak restore data/backups/offpeak-20261121T020000000Z.db`;

/** `offpeak restore FILE`: puts a backup in the place of the store. */
export function addRestore(program: Command): void {
  const command = program.command('restore <file>').description('put a backup in the place of the store');
  withGlobals(command)
    .option('--dry-run', 'only say what would change')
    .option('--unspent', 'no call was made since the backup, as in a move to another machine: hold nothing back')
    .option('--force', 'also over a damaged store, of which nobody can tell who uses it')
    .addHelpText('after', HELP)
    .action(async (file: string, options: RestoreOptions) => {
      await restore(resolve(file), options);
    });
}

type ProjectPart = Pick<Project, 'directory' | 'config'>;

async function restore(backup: string, options: RestoreOptions): Promise<void> {
  const project = await loadConfig(options);
  const nowMs = systemClock.nowMs();
  const place = { backup, path: followLinks(storePath(project)), machine: thisMachine, nowMs };
  const plan = planRestore(place);
  const doubts = plan.present.kind === 'readable' || options.unspent ? [] : doubtsOf(project, nowMs);
  if (!options.json) show({ plan, doubts, nowMs, project, options });
  if (!options.dryRun) assertFree(plan.present, place.path, options);
  const replaced = options.dryRun
    ? null
    : await restoreStore({ ...place, present: plan.present, doubts, onStep: (step) => note(STEPS[step]) });
  if (options.json) {
    printJson(toJson(plan, { doubts, replaced, done: options.dryRun !== true }));
    return;
  }
  if (options.dryRun) {
    note('nothing was changed: --dry-run');
    return;
  }
  print(`restored ${place.path}`);
  if (replaced !== null) note(`what it replaced is ${replaced}`);
  note('the next `offpeak start` goes on at the cursors of the backup, and brings the records since once more');
}

const STEPS = {
  check: 'checking the backup …',
  prepare: 'preparing it …',
  keep: 'keeping the present store …',
  replace: 'putting it in place …',
} as const;

function assertFree(present: PresentStore, path: string, { force }: RestoreOptions): void {
  switch (present.kind) {
    case 'missing':
      return;
    case 'readable':
      if (present.holder) throw storeInUse(present.holder);
      return;
    case 'unreadable':
      if (force) return;
      throw new OffpeakError(
        'STORE_CORRUPT',
        `${path} cannot be read, so that nobody can tell who uses it: ${present.because.message}`,
        {
          hint: 'Make sure that no Offpeak runs on it, then repeat this with --force. It stays beside the restored one.',
        },
      );
  }
}

/** What is held back of each platform whose quotas outlast a minute. */
function doubtsOf({ config }: ProjectPart, nowMs: number): Doubt[] {
  return Object.entries(config.platforms).flatMap(([platform, quotas]) => {
    const untilMs = quotaDoubtEndMs(quotas, nowMs);
    return untilMs === null ? [] : [{ platform, untilMs }];
  });
}

interface Shown {
  readonly plan: RestorePlan;
  readonly doubts: readonly Doubt[];
  readonly nowMs: number;
  readonly project: ProjectPart;
  readonly options: RestoreOptions;
}

function show({ plan: { backup, present }, doubts, nowMs, project, options }: Shown): void {
  note(
    `backup   ${backup.path}\n         ${size(backup.bytes)}, ${asOfText(backup.contents, nowMs)}: ${contentsText(backup.contents)}`,
  );
  if (present.kind === 'readable') {
    const { store, checkpoints } = present;
    note(
      `present  ${store.path}\n         ${size(store.bytes)}, ${asOfText(store.contents, nowMs)}: ${contentsText(store.contents)}`,
    );
    note(`cursors  ${checkpointsText(checkpoints)}`);
  } else note(`present  ${present.kind === 'missing' ? 'there is no store' : plain(present.because.message)}`);
  for (const line of quotaLines({ present, doubts, project, options })) note(`quota    ${line}`);
  for (const line of fileLines(project.directory, backup.contents.sinkStates)) note(`files    ${line}`);
  for (const file of tokenFiles(project)) note(`tokens   ${plain(file)} stays as it is`);
}

function checkpointsText({ same, changed, lost, back }: CheckpointChanges): string {
  const parts = [`${count(changed)} stand elsewhere in the backup`, `${count(same)} are the same`];
  if (lost > 0) parts.push(`${count(lost)} are not in it and begin anew`);
  if (back > 0) parts.push(`${count(back)} are only in it`);
  return parts.join(', ');
}

function quotaLines({
  present,
  doubts,
  project,
  options,
}: Omit<Shown, 'plan' | 'nowMs'> & { present: PresentStore }): string[] {
  if (present.kind === 'readable') {
    return present.lineage === 'continues'
      ? ["the present store's count stays: what was spent since is not forgotten"]
      : ['the present store has a history of its own: what both have spent is added up'];
  }
  if (options.unspent) return ['as --unspent says, nothing was spent since the backup'];
  return doubts.map(({ platform, untilMs }) => {
    const until = formatInstant(untilMs, project.config.platforms[platform]?.day ?? UTC_DAY);
    return `nobody knows what was spent on ${platform} since: held until ${until}, or until \`offpeak unpark ${platform}\``;
  });
}

function toJson(
  { backup, present }: RestorePlan,
  rest: { doubts: readonly Doubt[]; replaced: string | null; done: boolean },
): unknown {
  return { backup: shown(backup), present: presentJson(present), ...rest };
}

function presentJson(present: PresentStore): unknown {
  switch (present.kind) {
    case 'missing':
      return present;
    case 'unreadable':
      return { kind: present.kind, code: present.because.code, message: present.because.message };
    case 'readable':
      return { ...present, store: shown(present.store) };
  }
}
