import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import { isOver, type OperatorPause, type Paused } from '../job/operator-pause';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { changing, type GlobalOptions, withGlobals } from './command';
import { byOption, operatorName } from './operator';
import { assertKnown, pausedOf } from './pause';
import { pausedName } from './paused';
import { note, printJson } from './print';
import type { Project } from './project';

interface ResumeOptions extends GlobalOptions {
  readonly platform?: string;
  readonly all?: true;
  readonly by?: string;
}

const HELP = `
What the pause put down goes on at the same page; what a quota parked waits for its reset all the same
(\`offpeak unpark\`). Slots that were skipped meanwhile are not made up for. Works while the daemon runs.

Examples:
  offpeak resume kuaishou-orders
  offpeak resume --platform kuaishou
  offpeak resume --all`;

/** `offpeak resume JOB...`, `--platform NAME` or `--all`: ends operators' pauses. */
export function addResume(program: Command): void {
  const command = program
    .command('resume [jobs...]')
    .description('end the pause of jobs or of a platform')
    .option('--platform <name>', 'the pause of this platform')
    .option('--all', 'every pause')
    .addOption(byOption())
    .addHelpText('after', HELP);
  withGlobals(command).action(async (jobs: string[], options: ResumeOptions) => {
    await resume(jobs, options);
  });
}

async function resume(jobs: readonly string[], options: ResumeOptions): Promise<void> {
  const named = pausedOf(jobs, options);
  if (named.length > 0 === (options.all === true)) {
    const got = options.all ? 'both' : 'neither';
    throw new OffpeakError('USAGE', `expected either jobs or --platform, or --all, got ${got}`, {
      hint: '`offpeak pauses` lists what is paused.',
    });
  }
  await changing(options, async ({ project, store }) => {
    const nowMs = systemClock.nowMs();
    const lasting = await store.operatorPauses.list(nowMs);
    // What was paused may be gone from the project since.
    for (const each of named) if (!lasting.some((pause) => isSame(pause, each))) assertKnown(project, each);
    const resumed = await store.operatorPauses.end(options.all ? lasting : named, {
      by: project.vault.scrub(options.by ?? operatorName()),
      nowMs,
    });
    const daemon = await store.lease.holder(nowMs);
    if (options.json) {
      printJson({ resumed, daemon });
      return;
    }
    await report(project, store, { named, resumed });
    if (resumed.length === 0) return;
    note(
      daemon
        ? `process ${daemon.pid} takes this up within some seconds; scheduled runs go on inside their windows`
        : 'no process runs: they go on with the next `offpeak start` or `offpeak run`',
    );
  });
}

interface Resumed {
  readonly named: readonly Paused[];
  readonly resumed: readonly OperatorPause[];
}

async function report(project: Project, store: Store, { named, resumed }: Resumed): Promise<void> {
  for (const each of resumed) note(`resumed: ${pausedName(each)}`);
  const others = named.filter((each) => !resumed.some((pause) => isSame(pause, each)));
  for (const each of others) note(`${pausedName(each)} is not paused`);
  if (named.length + resumed.length === 0) note('nothing is paused');
  const jobs = project.jobs.filter(({ name }) => named.some((each) => each.kind === 'job' && each.name === name));
  for (const pause of await store.operatorPauses.list(systemClock.nowMs())) {
    const held = jobs.filter((job) => isOver(pause, job)).map(({ name }) => name);
    if (held.length > 0) note(`still paused, with ${pausedName(pause)}: ${held.join(', ')}`);
  }
}

function isSame(a: Paused, b: Paused): boolean {
  return a.kind === b.kind && a.name === b.name;
}
