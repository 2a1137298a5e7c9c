import { type Command, InvalidArgumentError } from 'commander';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import { RUN_STATES, type Run, type RunPartition, type RunState } from '../job/run';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color } from './color';
import { type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { type Cell, count, cut, note, Painted, plain, print, printJson, table } from './print';
import { dayOf, jobNamed, type Project } from './project';

const RUNS_SHOWN = 20;
/** Of one run; its totals count all. */
const PARTITIONS_SHOWN = 1_000;
const WHY_CHARS_SHOWN = 60;

interface RunsOptions extends GlobalOptions {
  readonly limit?: number;
  readonly state?: readonly RunState[];
}

/** `offpeak runs [JOB]` and `offpeak runs ID`: what ran, newest first; or one run with its partitions. */
export function addRuns(program: Command): void {
  withGlobals(
    program.command('runs [job-or-id]').description('list runs, newest first, or show one run with its partitions'),
  )
    .option(
      '-n, --limit <count>',
      `how many runs (default ${RUNS_SHOWN}), or partitions of one (default ${PARTITIONS_SHOWN})`,
      parseCount,
    )
    .option('--state <states>', `only these, with commas between: ${RUN_STATES.join(', ')}`, parseStates)
    .addHelpText(
      'after',
      '\nExamples:\n  offpeak runs kuaishou-orders -n 5\n  offpeak runs --state skipped,failed\n  offpeak runs 42 --json',
    )
    .action(async (which: string | undefined, options: RunsOptions) => {
      await inspecting(options, async ({ project, store }) => {
        if (which !== undefined && /^\d+$/.test(which)) {
          const run = await store.runs.get(Number(which));
          if (!run) throw new OffpeakError('USAGE', `there is no run ${which}`, { hint: '`offpeak runs` lists them.' });
          showRun(project, options, {
            run,
            partitions: await store.runs.partitions(run.id, options.limit ?? PARTITIONS_SHOWN),
          });
          return;
        }
        const { state: states, limit = RUNS_SHOWN } = options;
        const job = which === undefined ? {} : { job: which };
        const runs = await store.runs.list({ ...job, ...(states && { states }), limit });
        // A job that is gone from the project may have runs; a name that never was one is a mistake.
        if (runs.length === 0 && which !== undefined) jobNamed(project, which);
        if (options.json) printJson({ runs });
        else print(runs.length === 0 ? (states ? 'no runs in these states' : 'no runs yet') : runTable(project, runs));
      });
    });
}

function parseStates(text: string): RunState[] {
  return text.split(',').map((word) => {
    const state = RUN_STATES.find((known) => known === word.trim());
    if (state) return state;
    throw new InvalidArgumentError(`Expected a state, got "${word}"${didYouMean(word, RUN_STATES)}.`);
  });
}

export function runTable(project: Project, runs: readonly Run[]): string {
  const head = ['run', 'job', 'slot', 'kind', 'state', 'partitions', 'pages', 'records', 'calls', 'parks', 'took'];
  const rows = runs.map((run) => ({ cells: runCells(project, run), why: whyOf(project, run) }));
  if (rows.every(({ why }) => why === '')) {
    return table(
      head,
      rows.map(({ cells }) => cells),
    );
  }
  return table(
    [...head, 'why'],
    rows.map(({ cells, why }) => [...cells, cut(why, WHY_CHARS_SHOWN)]),
  );
}

/** What its state alone does not say. */
function whyOf(project: Project, { job, state, because, reason, startAtMs }: Run): string {
  if (state === 'queued' && startAtMs !== null && startAtMs > systemClock.nowMs())
    return `starts at ${formatInstant(startAtMs, dayOf(project, job))}`;
  const text = reason ?? '';
  // A pause's reason begins with the word, and so does that of a slot that somebody skipped.
  return because === null || because === 'paused' || because === 'operator' ? text : `${because}: ${text}`;
}

function runCells(project: Project, run: Run): Cell[] {
  const { totals } = run;
  const state = run.slots > 1 ? colour(run.state, ` ×${count(run.slots)}`) : colour(run.state);
  if (run.state === 'skipped') return [...namesOf(project, run), state, '', '', '', '', '', ''];
  const endMs = run.endedAtMs ?? systemClock.nowMs();
  return [
    ...namesOf(project, run),
    state,
    `${totals.partitionsDone}/${totals.partitions}`,
    count(totals.pages),
    count(totals.records),
    count(totals.attempts),
    count(totals.parks),
    run.startedAtMs === null ? '-' : formatDuration(endMs - run.startedAtMs),
  ];
}

function namesOf(project: Project, { id, job, slotAtMs, kind }: Run): Cell[] {
  return [String(id), job, formatInstant(slotAtMs, dayOf(project, job)), kind];
}

function showRun(
  project: Project,
  options: RunsOptions,
  { run, partitions }: { run: Run; partitions: RunPartition[] },
): void {
  if (options.json) return printJson({ run, partitions });
  print(runTable(project, [run]));
  if (run.reason !== null) print(`${colour(run.state).text}  ${plain(run.reason)}`);
  if (partitions.length === 0) {
    if (run.totals.partitions > 0) note('its partitions are no longer kept, only what they add up to');
    return;
  }
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
  const more = run.totals.partitions - partitions.length;
  if (more > 0) note(`${count(more)} more: --limit ${run.totals.partitions} shows all`);
}

/** A state in its colour, with what follows it. */
export function colour(state: RunState | 'waiting' | 'idle', more = ''): Painted {
  const text = `${state}${more}`;
  switch (state) {
    case 'done':
      return new Painted(color.green(text));
    case 'failed':
      return new Painted(color.red(text));
    case 'parked':
    case 'canceled':
      return new Painted(color.yellow(text));
    case 'running':
      return new Painted(color.cyan(text));
    case 'skipped':
      return new Painted(color.dim(text));
    case 'queued':
    case 'waiting':
    case 'idle':
      return new Painted(text);
  }
}
