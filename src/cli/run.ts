import type { Command } from 'commander';
import type { Job } from '../job/parse';
import { describeShortage } from '../limit/disk';
import { noteColor } from './color';
import { parseCount, withGlobals } from './command';
import { dryRun } from './dry';
import { pausedText } from './paused';
import { unknownLine } from './platform-unknown';
import { note, printJson } from './print';
import { jobNamed, loadProject, type Project } from './project';
import { shortSpace } from './project-store';
import type { RunOptions } from './run-options';
import { formatResume, type Taken } from './stuck';
import { takeHere } from './take-here';
import { showTaken } from './taken';

/** `offpeak run JOB`: one run now, or the rest of the one that is unfinished. */
export function addRun(program: Command): void {
  withGlobals(
    program.command('run <job>').description('run a job now; goes on with its unfinished run when it has one'),
  )
    .option('--partition <glob>', 'only partitions whose key matches')
    .option('--max-calls <count>', 'stop after so many calls; the next run goes on from there', parseCount)
    .option('--even-if-paused', 'also when an operator has paused the job or its platform')
    .option('--wait', 'stay until the run is complete, through every park')
    .option(
      '--dry',
      'try the job on the bundled sandbox with a store of its own: no call to the platform, nothing kept',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, also when parked; 1 a partition failed; 2 usage or configuration; 4 the store is in use.\n' +
        'A job that an operator has paused is refused, with 1, and so is every one while the disk of the store has too\n' +
        'little room; with --wait it waits for it. A disk that fills in the middle ends it with 1.\n\n' +
        "Examples:\n  offpeak run kuaishou-orders --partition '3649*' --max-calls 20\n  offpeak run kuaishou-orders --dry",
    )
    .action(async (name: string, options: RunOptions) => {
      const project = await loadProject(options);
      const job = jobNamed(project, name);
      process.exitCode = options.dry ? await dryRun(project, job, options) : await runNow(project, job, options);
    });
}

async function runNow(project: Project, job: Job, options: RunOptions): Promise<number> {
  requireSecrets(project, job);
  const show = (taken: Taken, unknown: number): void => {
    showRun(project, job, { taken, options });
    if (unknown > 0) note(noteColor.yellow(unknownLine(unknown)));
  };
  return takeHere({ project, job, options, command: `run ${job.name}`, show });
}

function showRun(project: Project, job: Job, { taken, options }: { taken: Taken; options: RunOptions }): void {
  const { run, stuck, pauses } = taken;
  if (options.json) return printJson({ run, stuck });
  showTaken(project, taken);
  const paused = pausedText(project, pauses, job);
  const short = run.endedAtMs === null ? shortSpace(project) : null;
  if (short !== null) note(noteColor.yellow(describeShortage(short)));
  else if (paused !== null && run.endedAtMs === null) note(noteColor.yellow(paused));
  else if (run.state === 'parked' && run.resumesAtMs !== null) {
    const resumes = formatResume(project, taken, run.resumesAtMs);
    note(noteColor.yellow(`parked, ${resumes}: \`offpeak start\` does it, or \`offpeak run ${run.job}\` after that`));
  } else if (run.state === 'queued')
    note(`unfinished: \`offpeak run ${run.job}\` or \`offpeak start\` goes on from the last page`);
  if (run.totals.partitionsFailed > 0)
    note(noteColor.red(`${run.totals.partitionsFailed} failed: \`offpeak runs ${run.id}\` says why`));
}

function requireSecrets({ config, vault }: Project, { platform }: Job): void {
  const [missing] = vault.missing(config.platforms[platform]?.secrets ?? []);
  if (missing) vault.reveal(missing); // throws with what to do
}
