import { messageOf, OffpeakError } from '../errors';
import type { Log } from '../log';
import type { RunEvent } from '../run/event';
import { stopControl } from '../run/stop';
import { openTicker } from '../schedule/ticker';
import { openStore } from '../store/open';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { storePath } from './command';
import { openEngineWhenFree } from './engine';
import { openPlanning } from './planning';
import { dayOf, loadProject, type Place, type Project, withUsableJobs } from './project';
import { stopOnSignals } from './signals';
import { logStrayErrors } from './stray';
import { openTerminalLog } from './terminal-log';

/** pm2 does not restart after this one (`stop_exit_codes` in ecosystem.config.js): a restart cannot cure a config file. */
const EXIT_CONFIG = 78;

/**
 * The daemon: waits for the store's lease, then starts every run when it is due, until a signal ends it. Resolves with the
 * exit code: 0 after pm2's or a user's stop, 78 for a config that cannot work, 1 when the store or the lease is lost.
 */
export async function serve(place: Place): Promise<number> {
  let log = openTerminalLog('info', (line) => line);
  try {
    const project = withUsableJobs(await loadProject(place));
    log = openTerminalLog(project.config.logLevel, (line) => project.vault.scrub(line));
    logStrayErrors(log);
    reportFaults(project, log);
    return await serveProject(project, log);
  } catch (thrown) {
    const error = thrown instanceof OffpeakError ? thrown : null;
    log.error({ err: thrown }, `cannot go on: ${messageOf(thrown)}`);
    return error && error.exitCode === 2 ? EXIT_CONFIG : 1;
  }
}

function reportFaults({ jobs, broken, warnings }: Project, log: Log): void {
  for (const warning of warnings) log.warn({}, warning);
  for (const { file, error } of broken) log.error({ file, code: error.code, hint: error.hint }, error.message);
  if (jobs.length > 0) return;
  throw new OffpeakError('CONFIG_INVALID', 'no job can run', { hint: '`offpeak jobs` says what is wrong with each.' });
}

async function serveProject(project: Project, log: Log): Promise<number> {
  const stop = stopControl(systemClock, project.config.shutdownTimeoutMs);
  const signals = stopOnSignals(stop, (name) => log.info({ signal: name }, 'stopping'));
  const store = await openStore(storePath(project), { clock: systemClock });
  try {
    tellParent();
    const planning = openPlanning({ project, store, clock: systemClock, log });
    const options = {
      project,
      store,
      log,
      stop,
      command: 'start',
      clock: systemClock,
      random: Math.random,
      startOf: planning.startOf,
      onEvent: (event: RunEvent) => logEvent(log, project, event),
    };
    const engine = await openEngineWhenFree(options);
    if (!engine) return 0;
    log.info({ jobs: project.jobs.length, store: store.path, fence: engine.lease.fence }, 'started');
    await planning.load();
    const kept = planning.keep(engine.lease.fence, stop.stopping).catch((thrown: unknown) => {
      log.error({ err: thrown }, `no more plans: ${messageOf(thrown)}`);
      stop.request('the store is lost');
    });
    const ticker = openTicker(() => engine.scheduler.wake());
    try {
      await engine.scheduler.serve();
    } finally {
      await ticker.close();
      await kept;
      await engine.close();
    }
    log.info({ reason: stop.reason }, 'stopped');
    // Nobody asked: the lease was lost, and pm2 should start another one, which stands by.
    return signals.exitCode() === null ? 1 : 0;
  } finally {
    await store.close();
    signals.detach();
  }
}

/** pm2's `wait_ready`: the config is good and the store is open; standing by for the lease is ready, too. */
function tellParent(): void {
  process.send?.('ready');
}

function logEvent(log: Log, project: Project, event: RunEvent): void {
  switch (event.kind) {
    case 'attempt':
      return log.debug({ job: event.job, partition: event.partition, ...event.attempt }, 'attempt');
    case 'page':
      return log.debug({ job: event.job, partition: event.partition, records: event.records }, 'page committed');
    case 'waiting':
      return log.debug(
        { job: event.job, partition: event.partition, waitMs: Math.round(event.waitMs), because: event.because },
        'call waits',
      );
    case 'parked': {
      const resumesAt = formatInstant(event.untilMs, dayOf(project, event.job));
      return log.info({ job: event.job, partition: event.partition, reason: event.reason, resumesAt }, 'parked');
    }
    case 'failed':
      return log.error({ job: event.job, partition: event.partition, reason: event.reason }, 'partition failed');
    case 'rewound':
      return log.warn(
        { job: event.job, partition: event.partition, reason: event.reason },
        'went back to the bookmark',
      );
    case 'run-started':
      return log.info({ job: event.run.job, run: event.run.id, resumed: event.resumed }, 'run started');
    case 'run-ended':
      return log.info(
        { job: event.run.job, run: event.run.id, state: event.run.state, ...event.run.totals },
        'run put down',
      );
    case 'run-failed':
      return; // the scheduler has logged it with its cause
    case 'resumed':
    case 'completed':
    case 'interrupted':
      return log.info({ job: event.job, partition: event.partition }, event.kind);
  }
}
