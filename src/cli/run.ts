import type { Command } from 'commander';
import pc from 'picocolors';
import type { Job } from '../job/parse';
import { parseCount, withGlobals } from './command';
import { dryRun } from './dry';
import { unknownLine } from './platform-unknown';
import { note, printJson } from './print';
import { jobNamed, loadProject, type Project } from './project';
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
    .option('--wait', 'stay until the run is complete, through every park')
    .option(
      '--dry',
      'try the job on the bundled sandbox with a store of its own: no call to the platform, nothing kept',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, also when parked; 1 a partition failed; 2 usage or configuration; 4 the store is in use.\n\n' +
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
    showRun(project, taken, options);
    if (unknown > 0) note(pc.yellow(unknownLine(unknown)));
  };
  return takeHere({ project, job, options, command: `run ${job.name}`, show });
}

function showRun(project: Project, { run, stuck }: Taken, options: RunOptions): void {
  if (options.json) return printJson({ run, stuck });
  showTaken(project, { run, stuck });
  if (run.state === 'parked' && run.resumesAtMs !== null) {
    const when = formatResume(project, run, run.resumesAtMs);
    note(pc.yellow(`parked, resumes ${when}: \`offpeak start\` does it, or \`offpeak run ${run.job}\` after that`));
  }
  if (run.state === 'queued')
    note(`unfinished: \`offpeak run ${run.job}\` or \`offpeak start\` goes on from the last page`);
  if (run.totals.partitionsFailed > 0)
    note(pc.red(`${run.totals.partitionsFailed} failed: \`offpeak runs ${run.id}\` says why`));
}

function requireSecrets({ config, vault }: Project, { platform }: Job): void {
  const [missing] = vault.missing(config.platforms[platform]?.secrets ?? []);
  if (missing) vault.reveal(missing); // throws with what to do
}
