#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { addApig } from './cli/apig';
import { addBackfill } from './cli/backfill';
import { addBackup } from './cli/backup';
import { addCalibrate } from './cli/calibrate';
import { noteColor } from './cli/color';
import { addDemo } from './cli/demo';
import { addDoctor } from './cli/doctor';
import { addExplain } from './cli/explain';
import { addForget } from './cli/forget';
import { addInit } from './cli/init';
import { addJobs } from './cli/jobs';
import { addNext } from './cli/next';
import { blank, guardOutput } from './cli/outlet';
import { addPause } from './cli/pause';
import { addPauses } from './cli/pauses';
import { surviveClosedPipes } from './cli/pipes';
import { addPlan } from './cli/plan';
import { addPlatform } from './cli/platform';
import { note, noteError, plainLines } from './cli/print';
import { addQuota } from './cli/quota';
import { addRestore } from './cli/restore';
import { addResume } from './cli/resume';
import { addRun } from './cli/run';
import { addRuns } from './cli/runs';
import { addSandbox } from './cli/sandbox';
import { addSkip } from './cli/skip';
import { addStart } from './cli/start';
import { addState } from './cli/state';
import { addStatus } from './cli/status';
import { addUnpark } from './cli/unpark';
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

const COMMANDS = [
  addDemo,
  addInit,
  addStart,
  addRun,
  addStatus,
  addJobs,
  addExplain,
  addNext,
  addPlan,
  addCalibrate,
  addRuns,
  addQuota,
  addUnpark,
  addForget,
  addPause,
  addResume,
  addPauses,
  addSkip,
  addBackfill,
  addBackup,
  addRestore,
  addDoctor,
];
for (const add of [...COMMANDS, addPlatform, addState, addSandbox, addApig]) add(program);
exitOverrideAll(program);

surviveClosedPipes();
guardOutput();
void program
  .parseAsync()
  .catch((thrown: unknown) => {
    process.exitCode = report(thrown);
  })
  // What a job left behind, a timer or a socket, must not keep a command that has ended.
  .then(() => process.stdout.write('', () => process.exit()));

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
