import type { Command } from 'commander';
import pc from 'picocolors';
import { OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { stopControl } from '../run/stop';
import { openStore, type Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { parseCount, storePath, withGlobals } from './command';
import { dryRun } from './dry';
import { type Engine, openEngine } from './engine';
import { note, print, printJson } from './print';
import { Progress } from './progress';
import { dayOf, jobNamed, loadProject, type Project } from './project';
import { type RunOptions, selectionOf } from './run-options';
import { runTable } from './runs';
import { stopOnSignals } from './signals';
import { openTerminalLog } from './terminal-log';

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
  const stop = stopControl(systemClock, project.config.shutdownTimeoutMs);
  const signals = stopOnSignals(stop);
  const store = await openStore(storePath(project), { clock: systemClock });
  const progress = new Progress({ project, usage: () => store.ledger.usage(systemClock.nowMs(), job.platform) });
  try {
    const log = openTerminalLog('warn', (line) => project.vault.scrub(line));
    const only = { ...project, jobs: [job] };
    const onEvent = progress.see.bind(progress);
    const engine = await openEngine({
      project: only,
      store,
      log,
      stop,
      command: `run ${job.name}`,
      clock: systemClock,
      random: Math.random,
      onEvent,
    });
    try {
      progress.start();
      const run = await take({ engine, store, job, options });
      await progress.stop();
      show(project, run, options);
      return signals.exitCode() ?? (run.state === 'failed' || run.totals.partitionsFailed > 0 ? 1 : 0);
    } finally {
      await progress.stop();
      await engine.close();
    }
  } finally {
    await store.close();
    signals.detach();
  }
}

async function take(parts: { engine: Engine; store: Store; job: Job; options: RunOptions }): Promise<Run> {
  const { engine, store, job, options } = parts;
  const run = await openRun(parts);
  if (run.state === 'parked' && (run.resumesAtMs ?? 0) > systemClock.nowMs() && !options.wait) return run;
  const taken = await engine.runOnce(job, run, selectionOf(options));
  if (!options.wait) return taken;
  await engine.scheduler.finish();
  return (await store.runs.get(run.id)) ?? taken;
}

async function openRun({ engine, store, job }: { engine: Engine; store: Store; job: Job }): Promise<Run> {
  const unfinished = await store.runs.unfinished(job.name);
  if (unfinished) return unfinished;
  const opened = await store.runs.open({
    job: job.name,
    slotAtMs: systemClock.nowMs(),
    kind: 'manual',
    fence: engine.lease.fence,
  });
  if (opened) return opened;
  throw new OffpeakError('RUN_FAILED', `a run of ${job.name} was asked for in this very millisecond`, {
    hint: 'Ask again.',
  });
}

function show(project: Project, run: Run, options: RunOptions): void {
  if (options.json) return printJson({ run });
  print(runTable(project, [run]));
  if (run.state === 'parked' && run.resumesAtMs !== null) {
    const at = formatInstant(run.resumesAtMs, dayOf(project, run.job));
    note(pc.yellow(`parked, resumes at ${at}: \`offpeak start\` does it, or \`offpeak run ${run.job}\` after that`));
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
