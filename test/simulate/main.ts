import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { command, machine, rounded } from '../../bench/machine';
import { KILLER_DEFAULTS, type Report as MutantReport, campaign as plantMutants } from '../mutants/campaign';
import { MUTANTS } from '../mutants/table';
import { type Failure, type Report, reportOf } from './campaign';
import { type FaultName, isFaultName } from './faults';
import { Progress } from './progress';
import { spread } from './spread';

/**
 * Many simulated lives of Offpeak, each full of faults and each lived twice. Exit code 1 when a promise was broken, or when
 * two lives of one seed differed.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    days: { type: 'string', default: '30' },
    /** One seed only: what a failure prints to be played again. */
    seed: { type: 'string' },
    first: { type: 'string', default: '1' },
    /** Faults by name, and by place in the seed's list: `crash-after-send,kill@12`. */
    only: { type: 'string' },
    'faults-per-day': { type: 'string' },
    file: { type: 'boolean', default: false },
    /** Seeds at once, each in a process of its own. */
    jobs: { type: 'string', default: String(availableParallelism()) },
    /** Whether simulated lives still find the defects that they must find. Default with --json, unless one seed is played again. */
    mutants: { type: 'boolean' },
    json: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

async function main(): Promise<void> {
  const beganAtMs = performance.now();
  const directory = values.file ? await mkdtemp(join(tmpdir(), 'offpeak-simulate-')) : null;
  const seeds = values.seed
    ? [Number(values.seed)]
    : Array.from({ length: Number(values.seeds) }, (_, at) => at + Number(values.first));
  const progress = new Progress({ seeds: seeds.length, print: (line) => console.error(line) });
  const { reports, cpuUs } = await spread({
    seeds,
    jobs: parseJobs(values.jobs),
    spec: {
      days: Number(values.days),
      only: values.only?.split(',').map(parseChoice),
      faultsPerDay: values['faults-per-day'] ? Number(values['faults-per-day']) : undefined,
      directory,
    },
    onSeed: (report) => {
      if (!values.json || process.stderr.isTTY) progress.add(report);
    },
  });
  const wallS = (performance.now() - beganAtMs) / 1_000;
  if (directory) await rm(directory, { recursive: true, force: true });
  const report = reportOf(reports);
  const mutants = (values.mutants ?? (values.json && !values.seed)) ? await killMutants() : null;
  print(report, speedOf(report, { cpuS: cpuUs / 1e6, wallS }), mutants);
  const faults = report.failures.length + report.undetermined.length + (mutants?.survivors.length ?? 0);
  process.exitCode = faults > 0 ? 1 : 0;
}

function killMutants(): Promise<MutantReport> {
  const mutants = MUTANTS.filter(({ killedBy }) => killedBy === 'simulate');
  return plantMutants({ ...KILLER_DEFAULTS, mutants });
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new RangeError(`--jobs: expected a whole number from 1, got "${text}"`);
  return jobs;
}

function parseChoice(text: string): { name: FaultName; at: number | null } {
  const [name = '', at] = text.split('@');
  if (!isFaultName(name)) throw new RangeError(`--only: there is no fault "${name}"`);
  return { name, at: at === undefined ? null : Number(at) };
}

interface Speed {
  readonly jobs: number;
  /** Of all processes together, without their start. */
  readonly cpuS: number;
  readonly wallS: number;
  /** A second of processor time. */
  readonly daysPerSecond: number;
  readonly daysPerSecondWall: number;
}

function speedOf({ days }: Report, { cpuS, wallS }: Pick<Speed, 'cpuS' | 'wallS'>): Speed {
  return {
    jobs: Number(values.jobs),
    cpuS: rounded(cpuS, 1),
    wallS: rounded(wallS, 1),
    daysPerSecond: rounded(days / cpuS, 1),
    daysPerSecondWall: rounded(days / wallS, 1),
  };
}

function print(report: Report, speed: Speed, mutants: MutantReport | null): void {
  const { failures, undetermined, days, calls, crashes, faults } = report;
  const figures = {
    seeds: values.seed ? 1 : Number(values.seeds),
    days,
    calls,
    crashes,
    violations: failures.length,
    failures: failures.map((failure) => ({ seed: failure.seed, ...failure.violation, replay: replayOf(failure) })),
    deterministic: undetermined.length === 0,
    undetermined,
    ...speed,
    ...(mutants && { mutants: mutants.mutants, mutantsKilled: mutants.killed, survivors: mutants.survivors }),
    faults: Object.fromEntries(Object.entries(faults).sort()),
    machine: machine(),
    command: command('simulate'),
  };
  if (values.json) {
    console.log(JSON.stringify(figures, null, 2));
    return;
  }
  for (const failure of failures) console.log(describe(failure));
  if (undetermined.length > 0) console.log(`two lives differed: seeds ${undetermined.join(', ')}`);
  console.log(
    `${figures.seeds} seeds, ${days} days simulated, ${calls} calls, ${crashes} crashes, ${failures.length} violations`,
  );
  if (mutants) console.log(`${mutants.killed} of ${mutants.mutants} mutants killed`);
  for (const { name, why } of mutants?.survivors ?? []) console.log(`survived: ${name}: ${why}`);
  console.log(
    `${speed.daysPerSecond} days a second of processor time, ${speed.daysPerSecondWall} a second with ${speed.jobs} jobs: ` +
      `${speed.cpuS} s of processor time in ${speed.wallS} s`,
  );
  console.log(`${figures.machine}, ${figures.command}`);
}

function describe(failure: Failure): string {
  const { seed, violation, tail } = failure;
  const at = new Date(violation.atMs).toISOString();
  return [
    `seed ${seed} breaks ${violation.invariant} at ${at}: ${violation.what}`,
    ...tail,
    `again: ${replayOf(failure)}`,
  ].join('\n');
}

/** The command that plays the smallest scenario again. */
function replayOf({ smallest: { seed, days, faults } }: Failure): string {
  const only = faults.map(({ name, place }) => `${name}@${place}`).join();
  const density = values['faults-per-day'] ? ` --faults-per-day ${values['faults-per-day']}` : '';
  return `npm run -s simulate -- --seed ${seed} --days ${days}${density} --only ${only === '' ? 'kill@-1' : only}`;
}

void main();
