import { statSync } from 'node:fs';
import { messageOf } from '../../errors';
import type { Secret } from '../../secrets';
import { tokenFiles } from '../outside';
import { plain } from '../print';
import { type Project, resolvePath, secretFaults } from '../project';
import { error, type Finding, hintOf, ok, warning } from './finding';

const OTHERS = 0o077;

/** Of what could not be loaded at all. */
export function checkBroken(thrown: unknown): Finding {
  return error('config', messageOf(thrown), hintOf(thrown, 'Mend the config file; `offpeak jobs` checks it, too.'));
}

/** Config and job files as they were loaded. */
export function checkProject({ config, jobs, broken, warnings }: Project): Finding[] {
  const platforms = Object.keys(config.platforms);
  return [
    ok('config', `${platforms.length} platforms: ${platforms.join(', ')}`),
    ...(broken.length === 0 ? [ok('jobs', `${jobs.length} jobs`)] : []),
    ...broken.map(({ error: fault }) => error('jobs', fault.message, fault.hint ?? 'Mend the job file.')),
    ...warnings.map((text) => warning('config', text, 'Change the file.')),
  ];
}

/** Secrets by name, never by value, and who else may read their files. */
export function checkSecrets(project: Project): Finding[] {
  const faults = [...secretFaults(project).values()];
  const secrets = Object.values(project.config.platforms).flatMap((platform) => platform.secrets);
  const missing = faults.map((fault) => error('secrets', fault.message, 'Set them where the daemon starts.'));
  const files = [...secretFiles(project, secrets), ...tokenFiles(project)].flatMap(openToOthers);
  if (missing.length + files.length > 0) return [...missing, ...files];
  return [ok('secrets', `${new Set(secrets.map(String)).size} are there`)];
}

function secretFiles({ directory }: Project, secrets: readonly Secret[]): string[] {
  const paths = secrets.filter(({ source }) => source === 'file').map(({ locator }) => resolvePath(directory, locator));
  return [...new Set(paths)];
}

function openToOthers(path: string): Finding[] {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.platform === 'win32' || (mode & OTHERS) === 0) return [];
  const shown = (mode & 0o777).toString(8);
  return [error('secrets', `${plain(path)} can be read by others: its mode is ${shown}`, `chmod 600 ${plain(path)}`)];
}
