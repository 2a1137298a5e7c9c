import type { Command } from 'commander';
import type { Job } from '../job/parse';
import { type Calibration, calibrate, type Fit, type Outcome, type Verdict } from '../schedule/calibration';
import type { Store } from '../store/open';
import { color } from './color';
import { type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { type Cell, note, Painted, print, printJson, table } from './print';
import { jobNamed } from './project';

interface CalibrateOptions extends GlobalOptions {
  readonly runs: number;
}

const RUNS_DEFAULT = 50;

/** `offpeak calibrate [JOB]`: what runs were expected to take, against what they took. */
export function addCalibrate(program: Command): void {
  withGlobals(
    program
      .command('calibrate [job]')
      .description('hold the calls and the time that runs were expected to take against what they took'),
  )
    .option('-n, --runs <count>', 'newest runs of each job that are looked at', parseCount, RUNS_DEFAULT)
    .addHelpText(
      'after',
      '\nA good plan needs expectations of which half are exceeded and one in five by more than the p80.\n\nExamples:\n  offpeak calibrate\n  offpeak calibrate kuaishou-orders -n 20 --json',
    )
    .action(async (name: string | undefined, options: CalibrateOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const jobs = name === undefined ? project.jobs : [jobNamed(project, name)];
        const lines = await Promise.all(jobs.map((job) => lineOf(store, job, options.runs)));
        if (options.json) printJson({ jobs: lines });
        else show(lines);
      });
    });
}

interface Line extends Calibration {
  readonly job: string;
}

async function lineOf(store: Store, { name: job }: Job, limit: number): Promise<Line> {
  return { job, ...calibrate(await outcomesOf(store, job, limit)) };
}

async function outcomesOf(store: Store, job: string, limit: number): Promise<Outcome[]> {
  const expectations = await store.expectations.list({ job, limit });
  const runs = await Promise.all(expectations.map(({ runId }) => store.runs.get(runId)));
  return expectations.flatMap((expected, at): Outcome[] => {
    const run = runs[at];
    if (run?.state !== 'done' || run.startedAtMs === null || run.endedAtMs === null) return [];
    const { attempts, parks } = run.totals;
    return [{ expected, calls: attempts, durationMs: parks > 0 ? null : run.endedAtMs - run.startedAtMs }];
  });
}

function show(lines: readonly Line[]): void {
  const known = lines.filter(({ calls }) => calls !== null);
  if (known.length === 0) {
    note('no run that is done had an expectation: they are kept from the first start of each scheduled run on');
    return;
  }
  const head = ['job', 'runs', 'calls', 'within p80', '', 'time', 'within p80', ''];
  print(
    table(
      head,
      known.map(({ job, calls, duration }) => [job, String(calls?.runs ?? 0), ...cells(calls), ...cells(duration)]),
    ),
  );
  note('calls and time: the median run as a multiple of what was expected; 1.00 and 80 % are perfect');
}

function cells(fit: Fit | null): Cell[] {
  if (!fit) return ['-', '-', ''];
  return [fit.ratio.toFixed(2), `${Math.round(fit.withinP80 * 100)} %`, verdictCell(fit.verdict)];
}

function verdictCell(verdict: Verdict): Painted {
  switch (verdict) {
    case 'good':
      return new Painted(color.green('good'));
    case 'too-low':
      return new Painted(color.yellow('expected too little'));
    case 'too-high':
      return new Painted(color.yellow('expected too much'));
    case 'few-runs':
      return new Painted(color.dim('too few runs to say'));
  }
}
