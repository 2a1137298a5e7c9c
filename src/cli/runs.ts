import type { Command } from 'commander';
import pc from 'picocolors';
import { OffpeakError } from '../errors';
import type { Run, RunPartition, RunState } from '../job/run';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { type Cell, count, Painted, plain, print, printJson, table } from './print';
import { dayOf, jobNamed, type Project } from './project';

const RUNS_SHOWN = 20;

interface RunsOptions extends GlobalOptions {
  readonly limit: number;
}

/** `offpeak runs [JOB]` and `offpeak runs ID`: what ran, newest first; or one run with its partitions. */
export function addRuns(program: Command): void {
  withGlobals(
    program.command('runs [job-or-id]').description('list runs, newest first, or show one run with its partitions'),
  )
    .option('-n, --limit <count>', 'how many', parseCount, RUNS_SHOWN)
    .addHelpText('after', '\nExamples:\n  offpeak runs kuaishou-orders -n 5\n  offpeak runs 42 --json')
    .action(async (which: string | undefined, options: RunsOptions) => {
      await inspecting(options, async ({ project, store }) => {
        if (which !== undefined && /^\d+$/.test(which)) {
          const run = await store.runs.get(Number(which));
          if (!run) throw new OffpeakError('USAGE', `there is no run ${which}`, { hint: '`offpeak runs` lists them.' });
          showRun(project, options, { run, partitions: await store.runs.partitions(run.id) });
          return;
        }
        const runs = await store.runs.list({ ...(which === undefined ? {} : { job: which }), limit: options.limit });
        // A job that is gone from the project may have runs; a name that never was one is a mistake.
        if (runs.length === 0 && which !== undefined) jobNamed(project, which);
        if (options.json) printJson({ runs });
        else print(runs.length === 0 ? 'no runs yet' : runTable(project, runs));
      });
    });
}

export function runTable(project: Project, runs: readonly Run[]): string {
  const head = ['run', 'job', 'slot', 'kind', 'state', 'partitions', 'pages', 'records', 'calls', 'parks', 'took'];
  return table(
    head,
    runs.map((run) => runCells(project, run)),
  );
}

function runCells(project: Project, run: Run): Cell[] {
  const { totals } = run;
  const endMs = run.endedAtMs ?? systemClock.nowMs();
  return [
    String(run.id),
    run.job,
    formatInstant(run.slotAtMs, dayOf(project, run.job)),
    run.kind,
    colour(run.state),
    `${totals.partitionsDone}/${totals.partitions}`,
    count(totals.pages),
    count(totals.records),
    count(totals.attempts),
    count(totals.parks),
    run.startedAtMs === null ? '-' : formatDuration(endMs - run.startedAtMs),
  ];
}

function showRun(
  project: Project,
  options: RunsOptions,
  { run, partitions }: { run: Run; partitions: RunPartition[] },
): void {
  if (options.json) return printJson({ run, partitions });
  print(runTable(project, [run]));
  if (run.reason !== null) print(`${pc.red('failed')}  ${plain(run.reason)}`);
  if (partitions.length === 0) return;
  const head = ['partition', 'state', 'pages', 'records', 'calls', 'until', 'reason'];
  const rows = partitions.map((share) => [
    share.partition.key,
    colour(share.state),
    count(share.pages),
    count(share.records),
    count(share.attempts),
    share.parkedUntilMs === null ? '' : formatInstant(share.parkedUntilMs, dayOf(project, run.job)),
    share.reason ?? '',
  ]);
  print(`\n${table(head, rows)}`);
}

/** A state in its colour. */
export function colour(state: RunState | 'waiting' | 'idle'): Painted {
  switch (state) {
    case 'done':
      return new Painted(pc.green(state));
    case 'failed':
      return new Painted(pc.red(state));
    case 'parked':
      return new Painted(pc.yellow(state));
    case 'running':
      return new Painted(pc.cyan(state));
    case 'queued':
    case 'waiting':
    case 'idle':
      return new Painted(state);
  }
}
