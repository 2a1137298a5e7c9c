import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { createJiti } from 'jiti';
import { type ErrorCode, messageOf, OffpeakError } from '../errors';
import { clearTextSecrets } from './clear-text';
import { importError } from './import-error';
import { type Job, type JobChecks, parseJob } from './parse';

export interface LoadOptions extends Omit<JobChecks, 'file'> {
  /** Messages name files relative to it, and compiled files are cached in its `data/cache`. */
  readonly projectDirectory: string;
}

export interface LoadedJobs {
  /** In the order of their files. */
  readonly jobs: readonly Job[];
  readonly broken: readonly BrokenJob[];
  /** For the operator: secrets in clear text, an empty directory. */
  readonly warnings: readonly string[];
}

export interface BrokenJob {
  readonly file: string;
  readonly error: OffpeakError;
}

export interface LoadedFile {
  /** Relative to the project directory. */
  readonly file: string;
  /** The default export. */
  readonly value: unknown;
  /** All exports by name. */
  readonly exports: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** Where the config file is looked for when none is named, in this order. */
const CONFIG_FILES = ['offpeak.config.ts', 'offpeak.config.js', 'offpeak.config.mjs', 'offpeak.config.cjs'];

const JOB_FILES_MAX = 1_000;
const CACHE_DIRECTORY = join('data', 'cache');

/**
 * Loads every job file of a directory: `*.ts`, `*.js`, `*.mjs` and `*.cjs`, no declarations, no tests. A broken file is
 * reported and does not stop the others. Throws CONFIG_INVALID when there is no such directory.
 */
export async function loadJobs(directory: string, options: LoadOptions): Promise<LoadedJobs> {
  const jobs = new Map<string, Job>();
  const broken: BrokenJob[] = [];
  const warnings: string[] = [];
  const paths = await jobFiles(resolve(options.projectDirectory, directory), options.projectDirectory);
  if (paths.length === 0) warnings.push(`${directory}: no job file (*.ts, *.js, *.mjs, *.cjs)`);
  for (const path of paths) {
    const file = relative(options.projectDirectory, path);
    try {
      const loaded = await loadJobFile(path, options);
      warnings.push(...loaded.warnings);
      const { job } = loaded;
      refuseDuplicate(job, jobs.get(job.name));
      jobs.set(job.name, job);
    } catch (thrown) {
      const isOurs = thrown instanceof OffpeakError;
      broken.push({ file, error: isOurs ? thrown : new OffpeakError('JOB_INVALID', `${file}: ${messageOf(thrown)}`) });
    }
  }
  return { jobs: [...jobs.values()], broken, warnings };
}

/** Loads one job file, of the project or from elsewhere. Throws JOB_INVALID. */
export async function loadJobFile(
  path: string,
  options: LoadOptions,
): Promise<{ readonly job: Job; readonly warnings: readonly string[] }> {
  const file = relative(options.projectDirectory, path);
  const loaded = await loadFile(path, { projectDirectory: options.projectDirectory, code: 'JOB_INVALID' });
  return { job: parseJob(loaded.value, { ...options, file }), warnings: loaded.warnings };
}

/**
 * Loads the config file of a project: the one that is named, or the first of CONFIG_FILES. Throws CONFIG_INVALID when
 * there is none or it cannot be read; `parseConfig` checks what is in it.
 */
export async function loadConfigFile(projectDirectory: string, file?: string): Promise<LoadedFile> {
  const names = file === undefined ? CONFIG_FILES : [file];
  const path = names.map((name) => resolve(projectDirectory, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) {
    const expected = file === undefined ? `${CONFIG_FILES[0]} (or .js, .mjs, .cjs)` : file;
    throw new OffpeakError('CONFIG_INVALID', `expected ${expected} in ${resolve(projectDirectory)}, got no such file`, {
      hint: 'Change into the project directory or name the file with --config; `offpeak init` makes a new project.',
    });
  }
  return loadFile(path, { projectDirectory, code: 'CONFIG_INVALID' });
}

/** Loads a file with a platform of one's own. Throws CONFIG_INVALID when it cannot be read. */
export async function loadPlatformFile(projectDirectory: string, file: string): Promise<LoadedFile> {
  return loadFile(resolve(projectDirectory, file), { projectDirectory, code: 'CONFIG_INVALID' });
}

async function jobFiles(directory: string, projectDirectory: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (cause) {
    const shown = relative(projectDirectory, directory) || directory;
    throw new OffpeakError(
      'CONFIG_INVALID',
      `jobs directory ${shown}: expected a directory that can be read, got ${messageOf(cause)}`,
      {
        hint: 'Make it, or name another one with `jobs` in offpeak.config.ts.',
        cause,
      },
    );
  }
  const files = names.filter((name) => isJobFile(name)).sort();
  if (files.length > JOB_FILES_MAX) {
    throw new OffpeakError(
      'CONFIG_INVALID',
      `jobs directory ${directory}: expected at most ${JOB_FILES_MAX} job files, got ${files.length}`,
    );
  }
  return files.map((name) => join(directory, name));
}

function isJobFile(name: string): boolean {
  return /^[^.].*\.(?:ts|js|mjs|cjs)$/.test(name) && !/\.(?:d|test|spec)\.\w+$/.test(name);
}

interface FileOptions {
  readonly projectDirectory: string;
  readonly code: ErrorCode;
}

async function loadFile(path: string, { projectDirectory, code }: FileOptions): Promise<LoadedFile> {
  const file = relative(projectDirectory, path);
  const source = await readSource(path, { file, code });
  const warnings = clearTextSecrets(source).map(
    ({ line, name }) =>
      `${file}:${line} ${name}: a secret in clear text? Write secret('env:NAME') and keep the value out of the file`,
  );
  try {
    return { file, ...(await importFile(path, projectDirectory)), warnings };
  } catch (thrown) {
    throw importError(thrown, { path, file, source, code });
  }
}

async function readSource(path: string, { file, code }: { file: string; code: ErrorCode }): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new OffpeakError(code, `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
}

async function importFile(path: string, projectDirectory: string): Promise<Pick<LoadedFile, 'value' | 'exports'>> {
  const jiti = createJiti(path, {
    fsCache: await cacheDirectory(projectDirectory),
    interopDefault: false,
    // Whatever the project has installed or not, its files get the running Offpeak: one copy of every class.
    virtualModules: { offpeak: publicApi() },
  });
  const module: unknown = await jiti.import(path);
  if (typeof module !== 'object' || module === null) return { value: module, exports: {} };
  const exports = module as Record<string, unknown>;
  if ('default' in module) return { value: module.default, exports };
  // CommonJS: module.exports is the definition. Nothing exported at all is no definition.
  return { value: '__esModule' in module || Object.keys(module).length === 0 ? undefined : module, exports };
}

/** Loaded when the first file asks for it: the public API lies above this file, and is read here, not depended on. */
function publicApi(): unknown {
  return createRequire(__filename)('../index');
}

/** False, for no cache, where the directory cannot be made. */
async function cacheDirectory(projectDirectory: string): Promise<string | false> {
  const directory = join(projectDirectory, CACHE_DIRECTORY);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch {
    return false;
  }
}

function refuseDuplicate(job: Job, first: Job | undefined): void {
  if (!first) return;
  throw new OffpeakError(
    'JOB_INVALID',
    `${job.file} name: expected a name of its own, got "${job.name}", which ${first.file} has`,
    {
      hint: 'The name is the identity of all state: give the newer job another one.',
    },
  );
}
