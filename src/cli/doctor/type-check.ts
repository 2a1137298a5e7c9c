import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
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
  const settings = await writeSettings(directory, [...config, ...files]);
  const { failed, output } = await run(compiler, ['-p', settings, '--pretty', 'false']);
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

/** The project's own settings where it has some, with the types of the Offpeak that runs. */
async function writeSettings(directory: string, files: readonly string[]): Promise<string> {
  const folder = join(directory, 'data', 'cache');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const own = join(directory, 'tsconfig.json');
  const settings = {
    ...(existsSync(own) ? { extends: own } : {}),
    compilerOptions: {
      ...(existsSync(own) ? {} : { strict: true, target: 'es2023', module: 'node16', moduleResolution: 'node16' }),
      noEmit: true,
      skipLibCheck: true,
      paths: { offpeak: [join(PACKAGE, 'dist', 'index.d.ts')] },
    },
    files: files.map((file) => resolve(directory, file)),
    include: [],
  };
  const path = join(folder, 'doctor.tsconfig.json');
  await writeFile(path, JSON.stringify(settings, null, 2));
  return path;
}

function run(script: string, args: readonly string[]): Promise<{ failed: boolean; output: string }> {
  const limits = { timeout: CHECK_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((done) => {
    execFile(process.execPath, [script, ...args], limits, (fault, stdout, stderr) => {
      done({ failed: fault !== null, output: stdout + stderr });
    });
  });
}
