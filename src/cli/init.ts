import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { codeOf, OffpeakError } from '../errors';
import { PACKAGE } from './package';
import { note, print } from './print';

/** `offpeak init`: a project to start from. Overwrites nothing. */
export function addInit(program: Command): void {
  program
    .command('init [folder]')
    .description('make a project: a config file, the example jobs and a pm2 file; overwrites nothing')
    .addHelpText('after', '\nExample:\n  offpeak init my-syncs')
    .action(async (folder: string | undefined) => {
      const directory = resolve(folder ?? '.');
      await mkdir(join(directory, 'jobs'), { recursive: true });
      const jobs = (await readdir(join(PACKAGE, 'jobs'))).filter((name) => name.endsWith('.ts'));
      const names = ['offpeak.config.ts', ...jobs.map((name) => join('jobs', name))];
      for (const name of names) await giveExample(directory, name);
      await givePm2File(directory);
      for (const name of [...names, 'ecosystem.config.js']) print(join(relative(process.cwd(), directory), name));
      note('\nNext: put your account into offpeak.config.ts and your merchants into jobs/, then');
      note('  offpeak jobs                           what is defined, and what is broken');
      note('  offpeak run kuaishou-orders --dry      try a job on the sandbox, without an account');
    });
}

async function giveExample(directory: string, name: string): Promise<void> {
  const target = join(directory, name);
  await copyFile(join(PACKAGE, name), target, constants.COPYFILE_EXCL).catch((cause: unknown) => {
    throw notGiven(target, cause);
  });
}

/** The pm2 file of the package, started from where the package is installed. */
async function givePm2File(directory: string): Promise<void> {
  const target = join(directory, 'ecosystem.config.js');
  const text = await readFile(join(PACKAGE, 'ecosystem.config.js'), 'utf8');
  const script = relative(directory, join(PACKAGE, 'dist', 'main.js'));
  await writeFile(target, text.replace("'dist/main.js'", `'${script}'`), { flag: 'wx' }).catch((cause: unknown) => {
    throw notGiven(target, cause);
  });
}

function notGiven(target: string, cause: unknown): OffpeakError {
  if (codeOf(cause) !== 'EEXIST') return new OffpeakError('USAGE', `${target} cannot be written`, { cause });
  return new OffpeakError('USAGE', `${target} is there already`, {
    hint: 'Name another folder: offpeak init my-syncs',
    cause,
  });
}
