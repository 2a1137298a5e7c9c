import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const VERSION = '7.0.4';
/** Outside of the project: pm2 is a tool that users bring, under another licence, and no dependency. */
const PLACE = join(homedir(), '.cache', 'offpeak', `pm2-${VERSION}`);
const INSTALL_MS_MAX = 120_000;

/** The command of a pinned pm2, installed the first time. Null where it cannot be had; in CI that is an error. */
export function installPm2(): string | null {
  const command = join(PLACE, 'node_modules', 'pm2', 'bin', 'pm2');
  if (existsSync(command)) return command;
  try {
    install();
    return command;
  } catch (thrown) {
    if (process.env['CI']) throw thrown;
    console.warn(`pm2 ${VERSION} cannot be installed: its tests are skipped. ${String(thrown)}`);
    return null;
  }
}

/** Whole or not at all. */
function install(): void {
  mkdirSync(dirname(PLACE), { recursive: true });
  const half = mkdtempSync(`${PLACE}-`);
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'];
  execFileSync('npm', ['install', '--prefix', half, ...quiet, `pm2@${VERSION}`], {
    timeout: INSTALL_MS_MAX,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(PLACE, { recursive: true, force: true });
  renameSync(half, PLACE);
}
