import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PACKAGE } from '../package';
import { plainLines } from '../print';
import type { Project } from '../project';
import { error, type Finding, ok, warning } from './finding';

const CHECK_MS_MAX = 120_000;
const OUTPUT_BYTES_MAX = 1_000_000;
const ERRORS_SHOWN = 5;

/** Types of the config and of job files: loading a file does not check them. Needs a TypeScript beside the project. */
export async function checkTypes({ directory, jobs, broken }: Project): Promise<Finding> {
  const compiler = compilerOf(directory);
  if (compiler === null) {
    return warning(
      'types',
      'not checked: there is no TypeScript beside the project',
      'npm install --save-dev typescript',
    );
  }
  const files = [...jobs, ...broken].map(({ file }) => file).filter((file) => file.endsWith('.ts'));
  const config = existsSync(join(directory, 'offpeak.config.ts')) ? ['offpeak.config.ts'] : [];
  if (files.length + config.length === 0) return ok('types', 'no TypeScript files');
  const { failed, output } = await compile(compiler, directory, [...config, ...files]);
  if (!failed) return ok('types', `${files.length + config.length} files`);
  const lines = output.split('\n').filter((line) => line.includes('error TS'));
  if (lines.length === 0)
    return warning(
      'types',
      `the TypeScript compiler did not run: ${plainLines(output.slice(0, 200))}`,
      'npx tsc --version',
    );
  const more = lines.length > ERRORS_SHOWN ? `\nand ${lines.length - ERRORS_SHOWN} more` : '';
  return error('types', lines.slice(0, ERRORS_SHOWN).join('\n') + more, 'Mend the types; the files load all the same.');
}

function compilerOf(directory: string): string | null {
  try {
    return createRequire(join(directory, 'package.json')).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}

/** The compiler wants its settings in a file, which has no place in a project that is only looked at. */
async function compile(compiler: string, directory: string, files: readonly string[]): Promise<Compiled> {
  const folder = await mkdtemp(join(tmpdir(), 'offpeak-doctor-')); // of mode 0700
  try {
    const settings = join(folder, 'tsconfig.json');
    await writeFile(settings, JSON.stringify(settingsOf(directory, files)));
    return await run(directory, [compiler, '-p', settings, '--pretty', 'false']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The project's own where it has some, with the types of the Offpeak that runs. */
function settingsOf(directory: string, files: readonly string[]): object {
  const own = join(directory, 'tsconfig.json');
  const hasOwn = existsSync(own);
  const namesTypes = hasOwn && readFileSync(own, 'utf8').includes('"typeRoots"');
  return {
    ...(hasOwn ? { extends: own } : {}),
    compilerOptions: {
      ...(hasOwn ? {} : { strict: true, target: 'es2023', module: 'node16', moduleResolution: 'node16' }),
      ...(namesTypes ? {} : { typeRoots: typeRootsAbove(directory) }),
      noEmit: true,
      // These would write beside the project's own settings.
      ...{ incremental: false, composite: false, tsBuildInfoFile: null },
      skipLibCheck: true,
      paths: { offpeak: [join(PACKAGE, 'dist', 'index.d.ts')] },
    },
    files: files.map((file) => resolve(directory, file)),
    include: [],
  };
}

/** Where the compiler would look by itself, were the settings in the project. */
function typeRootsAbove(directory: string): string[] {
  const parent = dirname(directory);
  const own = join(directory, 'node_modules', '@types');
  return parent === directory ? [own] : [own, ...typeRootsAbove(parent)];
}

interface Compiled {
  readonly failed: boolean;
  readonly output: string;
}

function run(directory: string, args: readonly string[]): Promise<Compiled> {
  const options = { cwd: directory, timeout: CHECK_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((done) => {
    execFile(process.execPath, args, options, (fault, stdout, stderr) => {
      done({ failed: fault !== null, output: stdout + stderr });
    });
  });
}
