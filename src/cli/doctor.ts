import { resolve } from 'node:path';
import type { Command } from 'commander';
import { STORE_DEFAULT } from '../config';
import { color } from './color';
import { type GlobalOptions, withGlobals } from './command';
import { byHarm, type Finding } from './doctor/finding';
import { checkDisk, checkPm2, checkRuntime } from './doctor/machine';
import { checkBroken, checkProject, checkSecrets } from './doctor/project';
import { checkStoreAt } from './doctor/store';
import { checkTypes } from './doctor/type-check';
import { Painted, plainLines, print, printJson, table } from './print';
import { loadProject, type Project, resolvePath } from './project';
import { storePath } from './project-store';

interface DoctorOptions extends GlobalOptions {
  readonly deep?: true;
}

const HELP = `
Changes nothing but the cache of compiled files, and works while the daemon runs, and beside a config or a store that is
broken. Exit code 1 when there is an error, 0 when there are warnings only.

Examples:
  offpeak doctor
  offpeak doctor --deep --json`;

/** `offpeak doctor`: what is wrong with this installation, its project and its store, and what to do about it. */
export function addDoctor(program: Command): void {
  withGlobals(program.command('doctor').description('check the machine, the project and the store, and say what to do'))
    .option('--deep', 'also read the whole store and its newest backup, and check what must hold in them')
    .addHelpText('after', HELP)
    .action(async (options: DoctorOptions) => {
      const findings = byHarm(await examine(options));
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      if (options.json) printJson({ errors, findings });
      else show(findings);
      if (errors > 0) process.exitCode = 1;
    });
}

async function examine(options: DoctorOptions): Promise<Finding[]> {
  const loaded = await load(options);
  const path = loaded.project
    ? storePath(loaded.project)
    : resolvePath(resolve(options.dir), options.store ?? STORE_DEFAULT); // a broken config cannot say
  return [
    ...checkRuntime(),
    ...(loaded.project ? await checkLoaded(loaded.project) : [checkBroken(loaded.thrown)]),
    ...checkDisk(path, loaded.project?.config),
    ...(await checkStoreAt({ path, deep: options.deep === true, project: loaded.project })),
  ];
}

type Loaded = { readonly project: Project } | { readonly project: null; readonly thrown: unknown };

async function load(options: DoctorOptions): Promise<Loaded> {
  try {
    return { project: await loadProject(options) };
  } catch (thrown) {
    return { project: null, thrown };
  }
}

async function checkLoaded(project: Project): Promise<Finding[]> {
  return [
    ...checkProject(project),
    await checkTypes(project),
    ...checkSecrets(project),
    ...checkPm2(project.config.shutdownTimeoutMs),
  ];
}

function show(findings: readonly Finding[]): void {
  const rows = findings.map(({ severity, check, what, todo }) => [
    painted(severity),
    check,
    new Painted(plainLines(todo === null ? what : `${what}\n-> ${todo}`)),
  ]);
  print(table(['', 'check', 'found'], rows));
}

function painted(severity: Finding['severity']): Painted {
  switch (severity) {
    case 'error':
      return new Painted(color.red(severity));
    case 'warning':
      return new Painted(color.yellow(severity));
    case 'ok':
      return new Painted(color.green(severity));
  }
}
