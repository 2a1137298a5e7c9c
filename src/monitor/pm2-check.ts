/** What pm2 was told about this process: it hands its own settings down as environment variables. */
export interface Pm2Settings {
  readonly execMode: string;
  /** As written: a number, or `max`. */
  readonly instances: string;
  /** Null: pm2's default is in force. */
  readonly killTimeoutMs: number | null;
  readonly cronRestart: string | null;
  readonly logDateFormat: string | null;
  readonly logType: string | null;
  readonly isWaitReady: boolean;
}

/** One setting that does not fit, and what to do about it. */
export interface Pm2Warning {
  readonly setting: string;
  readonly message: string;
}

/** https://github.com/Unitech/pm2/blob/v7.0.4/constants.js KILL_TIMEOUT */
const KILL_TIMEOUT_DEFAULT_MS = 1_600;
const KILL_TIMEOUT_LEAST_MS = 10_000;
/** The rest is for what comes after the last call: commits, the lease, the write-ahead log. */
const SHUTDOWN_SHARE = 0.8;

/** The settings of pm2, or null in a process that it did not start. */
export function readPm2Settings(env: Readonly<Record<string, string | undefined>>): Pm2Settings | null {
  if (given(env['pm_id']) === null) return null;
  const killTimeoutMs = Number(given(env['kill_timeout']) ?? Number.NaN);
  return {
    execMode: given(env['exec_mode']) ?? 'fork_mode',
    instances: given(env['instances']) ?? '1',
    killTimeoutMs: Number.isFinite(killTimeoutMs) && killTimeoutMs > 0 ? killTimeoutMs : null,
    cronRestart: given(env['cron_restart']),
    logDateFormat: given(env['log_date_format']),
    logType: given(env['log_type']),
    isWaitReady: given(env['wait_ready']) === 'true',
  };
}

/** pm2 writes what is off in several ways. */
function given(value: string | undefined): string | null {
  return value === undefined || ['', 'false', 'undefined', 'null'].includes(value) ? null : value;
}

/**
 * How long a stop may wait for the calls under way: as configured, but under pm2 at most 80 % of the time after which it
 * kills.
 */
export function shutdownTimeoutUnder(settings: Pm2Settings | null, configuredMs: number): number {
  if (settings === null) return configuredMs;
  const killTimeoutMs = settings.killTimeoutMs ?? KILL_TIMEOUT_DEFAULT_MS;
  return Math.min(configuredMs, Math.floor(killTimeoutMs * SHUTDOWN_SHARE));
}

/** What in pm2's settings will hurt, in the order of the harm. */
export function pm2Warnings(settings: Pm2Settings, { shutdownTimeoutMs }: { shutdownTimeoutMs: number }): Pm2Warning[] {
  const { execMode, instances, cronRestart, logDateFormat, logType, isWaitReady } = settings;
  const found: (Pm2Warning | null)[] = [
    killTimeoutWarning(settings, shutdownTimeoutMs),
    cronRestart === null
      ? null
      : warning(
          'cron_restart',
          `is "${cronRestart}": pm2 restarts in the middle of runs. Remove it, and put the time into the job's schedule`,
        ),
    execMode === 'fork_mode'
      ? null
      : warning(
          'exec_mode',
          `is ${execMode}: a reload runs two processes, of which one only waits. Set exec_mode: 'fork'`,
        ),
    instances === '1'
      ? null
      : warning('instances', `is ${instances}: one process works, all others only wait. Set instances: 1`),
    logDateFormat === null
      ? null
      : warning(
          'log_date_format',
          'makes pm2 drop halves of long log lines. Remove it, and `time: true`: every line has its time',
        ),
    logType === 'json'
      ? warning('log_type', 'is json: pm2 wraps every piece of the log once more. Remove it: the log is JSON already')
      : null,
    isWaitReady
      ? null
      : warning(
          'wait_ready',
          'is not set: pm2 calls the process online before it can work. Set wait_ready: true and listen_timeout: 15000',
        ),
  ];
  return found.filter((one) => one !== null);
}

function killTimeoutWarning({ killTimeoutMs }: Pm2Settings, shutdownTimeoutMs: number): Pm2Warning | null {
  const wantedMs = Math.max(KILL_TIMEOUT_LEAST_MS, Math.ceil(shutdownTimeoutMs / SHUTDOWN_SHARE));
  const what = `Set kill_timeout: ${wantedMs}, for a shutdownTimeoutMs of ${shutdownTimeoutMs}`;
  if (killTimeoutMs === null) {
    return warning(
      'kill_timeout',
      `is not set: pm2 kills after ${KILL_TIMEOUT_DEFAULT_MS} ms, in the middle of calls. ${what}`,
    );
  }
  if (killTimeoutMs >= wantedMs) return null;
  return warning('kill_timeout', `is ${killTimeoutMs} ms: calls under way may be cut. ${what}`);
}

function warning(setting: string, text: string): Pm2Warning {
  return { setting, message: `pm2's ${setting} ${text}.` };
}
