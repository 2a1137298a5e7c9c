import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, until } from '../cli/process';
import { CHECKOUT, type TestProject } from '../cli/project';

/** What pm2 tells of an app, in the parts that are looked at. */
export interface Pm2App {
  readonly pid: number;
  readonly pm2_env: {
    readonly status: string;
    readonly restart_time: number;
    readonly exit_code?: number;
    readonly axm_actions: readonly { readonly action_name: string }[];
    readonly axm_monitor: Readonly<Record<string, { readonly value: unknown; readonly unit?: string }>>;
  };
}

/** A pm2 of its own, with one app: the daemon of a test project, as the shipped file starts it. */
export interface Pm2Home {
  /** Runs a command of pm2 to its end. */
  readonly pm2: (...args: readonly string[]) => Promise<Ended>;
  readonly start: () => Promise<Ended>;
  readonly app: () => Promise<Pm2App>;
  /** The answer to an action. */
  readonly trigger: (action: string, parameter?: string) => Promise<unknown>;
  /** What the daemon logged. */
  readonly log: () => string;
  readonly logs: (text: string) => Promise<void>;
  /** The process of pm2 itself. */
  readonly godPid: () => number;
}

const homes: (() => Promise<void>)[] = [];

/** To be called after all tests, and before their projects go. */
export async function killAll(): Promise<void> {
  await Promise.all(homes.splice(0).map((kill) => kill()));
}

/** `settings` go over those of the shipped ecosystem.config.js. */
export function openPm2Home(
  project: TestProject,
  command: string,
  settings: Readonly<Record<string, unknown>> = {},
): Pm2Home {
  const directory = mkdtempSync(join(tmpdir(), 'offpeak-pm2-'));
  const file = join(directory, 'ecosystem.config.js');
  const log = join(directory, 'error.log');
  const own = { script: join(CHECKOUT, 'dist', 'main.js'), cwd: project.directory, error_file: log };
  writeFileSync(file, `module.exports = ${JSON.stringify({ apps: [{ ...shippedApp(), ...own, ...settings }] })};`);
  const env = { PM2_HOME: directory, PM2_DISABLE_VERSION_CHECK: 'true' };
  const pm2 = (...args: readonly string[]): Promise<Ended> => project.begin(args, { script: command, env }).ended;
  homes.push(async () => {
    await pm2('kill');
    rmSync(directory, { recursive: true, force: true });
  });
  const read = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  return {
    pm2,
    start: () => pm2('start', file),
    async app() {
      const { stdout } = await pm2('jlist');
      const [app] = JSON.parse(stdout.slice(stdout.indexOf('[{'))) as Pm2App[];
      if (!app) throw new Error(`pm2 has no app: ${stdout}`);
      return app;
    },
    async trigger(action, parameter) {
      const { stdout, stderr } = await pm2(
        'trigger',
        'offpeak',
        action,
        ...(parameter === undefined ? [] : [parameter]),
      );
      const found = /^\[offpeak:\d+:\w+\]=(.*)$/m.exec(stdout);
      if (!found) throw new Error(`no answer to ${action}: ${stdout}${stderr}`);
      return JSON.parse(found[1] ?? '') as unknown;
    },
    log: read,
    logs: (text) => until(() => read().includes(text), `the log says ${text}`),
    godPid: () => Number(readFileSync(join(directory, 'pm2.pid'), 'utf8')),
  };
}

function shippedApp(): Readonly<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- pm2 reads the file this way
  const { apps } = require(join(CHECKOUT, 'ecosystem.config.js')) as { apps: readonly Record<string, unknown>[] };
  return apps[0] ?? {};
}
