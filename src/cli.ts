#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { noteColor } from './cli/color';
import { blank, guardOutput } from './cli/outlet';
import { surviveClosedPipes } from './cli/pipes';
import { note, noteError, plainLines } from './cli/print';
import { messageOf, OffpeakError } from './errors';

const EXIT_USAGE = 2;

const program = new Command('offpeak')
  .description(
    'Runs API syncs off peak, keeps to every limit, parks when a quota is gone and resumes at the same page.',
  )
  .version(packageVersion())
  .showHelpAfterError('(add --help for help)')
  .addHelpText('after', '\nExamples:\n  offpeak demo\n  offpeak run kuaishou-orders\n  offpeak status')
  .configureHelp({ sortSubcommands: false });

/** In the order of the help. Each brings along what it needs itself: to look at a store takes no HTTP and no sandbox. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  demo: async () => (await import('./cli/demo.js')).addDemo,
  init: async () => (await import('./cli/init.js')).addInit,
  start: async () => (await import('./cli/start.js')).addStart,
  run: async () => (await import('./cli/run.js')).addRun,
  status: async () => (await import('./cli/status.js')).addStatus,
  jobs: async () => (await import('./cli/jobs.js')).addJobs,
  explain: async () => (await import('./cli/explain.js')).addExplain,
  next: async () => (await import('./cli/next.js')).addNext,
  plan: async () => (await import('./cli/plan.js')).addPlan,
  calibrate: async () => (await import('./cli/calibrate.js')).addCalibrate,
  runs: async () => (await import('./cli/runs.js')).addRuns,
  quota: async () => (await import('./cli/quota.js')).addQuota,
  unpark: async () => (await import('./cli/unpark.js')).addUnpark,
  forget: async () => (await import('./cli/forget.js')).addForget,
  pause: async () => (await import('./cli/pause.js')).addPause,
  resume: async () => (await import('./cli/resume.js')).addResume,
  pauses: async () => (await import('./cli/pauses.js')).addPauses,
  skip: async () => (await import('./cli/skip.js')).addSkip,
  backfill: async () => (await import('./cli/backfill.js')).addBackfill,
  backup: async () => (await import('./cli/backup.js')).addBackup,
  restore: async () => (await import('./cli/restore.js')).addRestore,
  doctor: async () => (await import('./cli/doctor.js')).addDoctor,
  platform: async () => (await import('./cli/platform.js')).addPlatform,
  state: async () => (await import('./cli/state.js')).addState,
  sandbox: async () => (await import('./cli/sandbox.js')).addSandbox,
  apig: async () => (await import('./cli/apig.js')).addApig,
};

surviveClosedPipes();
guardOutput();
void addCommands(process.argv[2])
  .then(() => program.parseAsync())
  .catch((thrown: unknown) => {
    process.exitCode = report(thrown);
  })
  // What a job left behind, a timer or a socket, must not keep a command that has ended.
  .then(() => process.stdout.write('', () => process.exit()));

/** The one that is asked for; all of them for help, and where there is no such command. */
async function addCommands(name = ''): Promise<void> {
  const isKnown = Object.hasOwn(COMMANDS, name);
  const asked = Object.entries(COMMANDS).filter(([known]) => known === name || !isKnown);
  for (const add of await Promise.all(asked.map(([, load]) => load()))) add(program);
  exitOverrideAll(program);
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** Commander would end the process with 1 for a wrong command line. */
function exitOverrideAll(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitOverrideAll(child);
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT_USAGE;
  if (thrown instanceof OffpeakError) {
    noteError('error', thrown);
    return thrown.exitCode;
  }
  note(noteColor.red(`error: ${plainLines(blank(textOf(thrown)))}`));
  return 1;
}

/** A failed system call says enough; of anything else, which is a bug, the stack says where. */
function textOf(thrown: unknown): string {
  if (thrown instanceof Error && !('syscall' in thrown)) return thrown.stack ?? thrown.message;
  return messageOf(thrown);
}
