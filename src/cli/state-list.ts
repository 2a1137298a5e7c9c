import type { Command } from 'commander';
import picomatch from 'picomatch';
import type { Checkpoint, CheckpointPart } from '../job/checkpoint';
import type { Store } from '../store/open';
import { formatInstant } from '../time/window';
import { checkpointJson, cutCursor } from './checkpoint-text';
import { eachCheckpoint } from './checkpoints';
import { type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { type Cell, cut, note, print, printJson, table } from './print';
import { dayOf, type Project } from './project';
import { colour } from './runs';

const SHOWN = 1_000;
const REASON_CHARS_SHOWN = 60;

interface ListOptions extends GlobalOptions {
  readonly limit: number;
  readonly stale?: true;
}

/** `offpeak state ls [GLOB]`. */
export function addStateList(state: Command): void {
  withGlobals(state.command('ls [glob]').description('list checkpoints whose JOB/PARTITION matches'))
    .option('-n, --limit <n>', 'how many at most', parseCount, SHOWN)
    .option('--stale', 'only those whose partition the newest scheduled run of its job did not list')
    .addHelpText('after', "\nExamples:\n  offpeak state ls 'kuaishou-orders/*'\n  offpeak state ls --stale --json")
    .action(async (glob: string | undefined, options: ListOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const found = await matching(store, glob, options);
        const shown = found.slice(0, options.limit);
        const isCut = found.length > shown.length;
        if (options.json) {
          printJson({ checkpoints: shown.map(checkpointJson), more: isCut });
          return;
        }
        if (shown.length === 0) {
          print('no checkpoints');
          return;
        }
        const rows = shown.map((checkpoint) => cells(project, checkpoint));
        print(table(['checkpoint', 'status', 'version', 'until', 'cursor', 'reason'], rows));
        if (isCut) note(`there are more: -n ${options.limit * 10} shows more`);
      });
    });
}

/** One more than is shown: then it is known that there are more. */
async function matching(store: Store, glob: string | undefined, { limit, stale }: ListOptions): Promise<Checkpoint[]> {
  const matches = glob === undefined ? () => true : picomatch(glob, { dot: true });
  const which: CheckpointPart['which'] = stale ? 'stale' : 'all';
  const found: Checkpoint[] = [];
  for await (const checkpoint of eachCheckpoint(store, { which, ...beginningOf(glob ?? '') })) {
    if (matches(`${checkpoint.job}/${checkpoint.partition}`)) found.push(checkpoint);
    if (found.length > limit) break;
  }
  return found;
}

/** What each name that the glob matches begins with, as far as it is certain; nothing where it is not. */
function beginningOf(glob: string): { job?: string; prefix?: string } {
  const [, job, prefix] = /^([\w-]+)\/([\p{L}\p{N}_=:~-]*)/u.exec(glob) ?? [];
  return job === undefined || prefix === undefined ? {} : { job, prefix };
}

function cells(
  project: Project,
  { job, partition, status, version, parkedUntilMs, cursor, reason }: Checkpoint,
): Cell[] {
  const until = parkedUntilMs === null ? '' : formatInstant(parkedUntilMs, dayOf(project, job));
  const why = cut(reason ?? '', REASON_CHARS_SHOWN);
  return [`${job}/${partition}`, colour(status), String(version), until, cutCursor(cursor), why];
}
