import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { type Config, parseConfig } from '../config';
import { OffpeakError } from '../errors';
import { didYouMean } from '../job/faults';
import { type BrokenJob, type LoadOptions, loadConfigFile, loadJobFile, loadJobs } from '../job/load';
import type { Job } from '../job/parse';
import { shareWarnings } from '../limit/share-check';
import { sharedQuota } from '../platform/shared-quota';
import { checkSchedule } from '../schedule/check';
import { neverOpen } from '../schedule/hours';
import { hoursOfJobs } from '../schedule/job-hours';
import { SecretVault } from '../secrets';
import type { DayRule } from '../time/window';
import { neverPrint } from './outlet';

/** Where a project is, as the command line says it. */
export interface Place {
  readonly dir: string;
  /** Another config file than the one found in the directory. */
  readonly config?: string;
  /** Another store than the one that the config names; relative to the project. */
  readonly store?: string;
}

/** A project as it was read from the disk: what is broken in it is reported, not thrown. */
export interface Project {
  readonly directory: string;
  readonly config: Config;
  readonly jobs: readonly Job[];
  readonly broken: readonly BrokenJob[];
  readonly warnings: readonly string[];
  readonly vault: SecretVault;
}

/** Reads the config file and every job file. Throws CONFIG_INVALID; broken job files are in the result. */
export async function loadProject(place: Place): Promise<Project> {
  const { directory, config, warnings } = await loadConfig(place);
  const found = await loadJobs(config.jobs, loadOptions(directory, config));
  const vault = new SecretVault({
    env: (name) => process.env[name],
    file: (path) => readFileSync(resolvePath(directory, path), 'utf8'),
  });
  const shares = Object.entries(config.platforms).flatMap(([name, platform]) =>
    shareWarnings({ name, draw: sharedQuota(platform) }, found.jobs),
  );
  const kept = withOpeningHours(config, found);
  const all = [...warnings, ...found.warnings, ...shares, ...secretWarnings(config, vault)];
  return { directory, config, ...kept, warnings: all, vault };
}

/** Reads every secret, which makes it known to whatever prints. */
function secretWarnings({ platforms }: Config, vault: SecretVault): string[] {
  neverPrint(vault);
  const short = Object.values(platforms).flatMap(({ secrets }) => vault.tooShort(secrets));
  return [...new Set(short.map(String))].map(
    (name) => `${name}: its value is too short to be found in texts, so that logs may show it; use a longer one`,
  );
}

/** The config file alone. Throws CONFIG_INVALID. */
export async function loadConfig({
  dir,
  config: configFile,
  store,
}: Place): Promise<Pick<Project, 'directory' | 'config' | 'warnings'>> {
  const directory = resolve(dir);
  const { value, file, warnings } = await loadConfigFile(directory, configFile);
  const config = parseConfig(value, file);
  return { directory, config: store === undefined ? config : { ...config, store }, warnings };
}

/** Where the store is; the config too, unless the command line named the store: it must be found beside a broken config. */
export async function locateStore(
  place: Place,
): Promise<{ path: string; project: Pick<Project, 'directory' | 'config'> | null }> {
  if (place.store !== undefined) return { path: resolvePath(resolve(place.dir), place.store), project: null };
  const project = await loadConfig(place);
  return { path: resolvePath(project.directory, project.config.store), project };
}

/** Another version of a project's job, or a new one. Throws JOB_INVALID. */
export async function loadOtherJob({ directory, config }: Project, path: string): Promise<Job> {
  return (await loadJobFile(path, loadOptions(directory, config))).job;
}

function loadOptions(projectDirectory: string, { platforms }: Config): LoadOptions {
  return { projectDirectory, platforms: Object.keys(platforms), checkSchedule };
}

/** A job whose hours, its platform's and those of all jobs leave nothing open together would wait for ever. */
function withOpeningHours(
  config: Config,
  { jobs, broken }: Pick<Project, 'jobs' | 'broken'>,
): Pick<Project, 'jobs' | 'broken'> {
  const hoursOf = hoursOfJobs(config);
  const closed = jobs.filter((job) => job.schedule !== null && neverOpen(hoursOf(job)));
  const faults = closed.map(({ file, platform }) => {
    const message = `${file} schedule: expected hours that open at some time, got none that the config file leaves open`;
    const hint = `Compare them with hours and platformHours.${platform} there.`;
    return { file, error: new OffpeakError('JOB_INVALID', message, { hint }) };
  });
  return { jobs: jobs.filter((job) => !closed.includes(job)), broken: [...broken, ...faults] };
}

export function resolvePath(directory: string, path: string): string {
  return isAbsolute(path) ? path : join(directory, path);
}

/** The job of this name; throws what is wrong with its file, or JOB_UNKNOWN with the nearest name. */
export function jobNamed({ jobs, broken }: Project, name: string): Job {
  const job = jobs.find((candidate) => candidate.name === name);
  if (job) return job;
  const brokenFile = brokenNamed({ broken }, name);
  if (brokenFile) throw brokenFile.error;
  const names = jobs.map((candidate) => candidate.name);
  const hint =
    broken.length === 0
      ? '`offpeak jobs` lists the jobs.'
      : `\`offpeak jobs\` lists the jobs, and says what is wrong with ${broken.map(({ file }) => file).join(', ')}.`;
  throw new OffpeakError('JOB_UNKNOWN', `there is no job "${name}"${didYouMean(name, names)}`, { hint });
}

/** The broken file that is named for a job. */
export function brokenNamed({ broken }: Pick<Project, 'broken'>, name: string): BrokenJob | undefined {
  return broken.find(
    ({ file }) =>
      file
        .split('/')
        .at(-1)
        ?.replace(/\.\w+$/, '') === name,
  );
}

/** Throws USAGE, with the nearest name, for a platform that the config file does not have. */
export function assertPlatform({ config }: Project, name: string): void {
  if (Object.hasOwn(config.platforms, name)) return;
  throw new OffpeakError(
    'USAGE',
    `the config file has no platform "${name}"${didYouMean(name, Object.keys(config.platforms))}`,
  );
}

export const UTC_DAY: DayRule = { kind: 'civil', at: '00:00', timezone: 'UTC' };

/** The day rule of the platform that a job uses; UTC days when the job or its platform is gone. */
export function dayOf({ jobs, config }: Project, jobName: string): DayRule {
  const platform = jobs.find(({ name }) => name === jobName)?.platform ?? '';
  return config.platforms[platform]?.day ?? UTC_DAY;
}

/** What stops the jobs of a platform before any call: secrets that lead to nothing, by platform name. */
export function secretFaults({ config, vault }: Project): Map<string, OffpeakError> {
  const faults = new Map<string, OffpeakError>();
  for (const [name, platform] of Object.entries(config.platforms)) {
    const missing = vault.missing(platform.secrets);
    if (missing.length === 0) continue;
    const names = missing.map((ref) => `${ref.source}:${ref.locator}`).join(', ');
    const hint = 'Set them, or try `offpeak demo`.';
    faults.set(name, new OffpeakError('SECRET_MISSING', `platform ${name}: no value for ${names}`, { hint }));
  }
  return faults;
}

/**
 * The jobs that can make calls: a job whose platform lacks a secret is set aside with the error that says which.
 * One missing secret must not stop the jobs of other platforms.
 */
export function withUsableJobs(project: Project): Project {
  const faults = secretFaults(project);
  const broken = project.jobs.flatMap(({ file, platform }) => {
    const fault = faults.get(platform);
    if (!fault) return [];
    return [{ file, error: new OffpeakError(fault.code, `${file}: ${fault.message}`, { hint: fault.hint ?? '' }) }];
  });
  const jobs = project.jobs.filter(({ platform }) => !faults.has(platform));
  return { ...project, jobs, broken: [...project.broken, ...broken] };
}
