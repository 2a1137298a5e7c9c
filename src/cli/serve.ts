import { messageOf, OffpeakError } from '../errors';
import type { Log, OpenLog } from '../log';
import { openPm2, type Pm2Options } from '../monitor/pm2';
import { readPm2Settings, shutdownTimeoutUnder } from '../monitor/pm2-check';
import type { DaemonState } from '../monitor/pm2-metrics';
import type { RunEvent } from '../run/event';
import { type StopControl, stopControl } from '../run/stop';
import { openTicker } from '../schedule/ticker';
import { systemClock } from '../time/system-clock';
import { logEvent, logStart } from './daemon-log';
import { daemonOperations } from './daemon-operations';
import { type Daemon, readDaemonState } from './daemon-state';
import { throughFullDisks } from './disk-wait';
import { type Engine, openEngineWhenFree } from './engine';
import { type FirstStart, keepExpectation } from './expectation';
import { openParentChannel } from './parent-channel';
import { openPlanning } from './planning';
import { loadProject, type Place, type Project, withUsableJobs } from './project';
import { openProjectStore, storeDisk } from './project-store';
import { Seldom } from './seldom';
import { stopOnSignals } from './signals';
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
    reportFaults(project, log);
    const parts = { disk: storeDisk(project), clock: systemClock, log };
    return await throughFullDisks(parts, () => serveProject(project, log));
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

async function serveProject(project: Project, log: OpenLog): Promise<number> {
  const settings = readPm2Settings(process.env);
  logStart(log, settings, project.config.shutdownTimeoutMs);
  const stop = stopControl(systemClock, shutdownTimeoutUnder(settings, project.config.shutdownTimeoutMs));
  const signals = stopOnSignals(stop, (name) => log.info({ signal: name }, 'stopping'));
  const store = await openProjectStore(project);
  let engine: Engine | null = null;
  const planning = openPlanning({ project, store, clock: systemClock, log });
  const daemon: Daemon = { project, store, clock: systemClock, stop, planning, engine: () => engine };
  const channel = openParentChannel();
  const pm2 = channel && openPm2({ channel, ...shown(daemon, log) });
  let isReady = false;
  /** pm2's `wait_ready`: to stand by is to be ready, too. */
  const ready = (): void => {
    if (!isReady) channel?.send('ready');
    isReady = true;
  };
  try {
    engine = await openEngineOf({ daemon, stop, log, ready });
    if (!engine) return 0;
    await serveOn(engine, { daemon, stop, log, ready });
    log.info({ reason: stop.reason }, 'stopped');
    // Nobody asked: the lease was lost, and pm2 should start another one, which stands by.
    return signals.exitCode() === null ? 1 : 0;
  } finally {
    await pm2?.close();
    await store.close();
    signals.detach();
  }
}

/** What pm2 sees of the daemon, and may ask of it. */
function shown(daemon: Daemon, log: OpenLog): Omit<Pm2Options, 'channel'> {
  const { clock, project } = daemon;
  const beganAtMs = clock.nowMs();
  const state = new Seldom<DaemonState | null>(
    () => readDaemonState(daemon, beganAtMs),
    null,
    () => clock.monotonicMs(),
  );
  return {
    clock,
    operations: daemonOperations(daemon, log),
    state: () => state.answer(),
    scrub: (text) => project.vault.scrub(text),
  };
}

interface Waiting {
  readonly daemon: Daemon;
  readonly stop: StopControl;
  readonly log: Log;
  readonly ready: () => void;
}

/** Waits for the store's lease. Null when the stop came first. */
async function openEngineOf({ daemon, stop, log, ready }: Waiting): Promise<Engine | null> {
  const { project, store, clock, planning } = daemon;
  const { startOf } = planning;
  const onEvent = (event: RunEvent): void => logEvent(log, project, event);
  const onStart = (start: FirstStart): Promise<void> => keepExpectation(store, start);
  const own = { startOf, onStart, onEvent, disk: storeDisk(project) };
  const options = { project, store, log, stop, command: 'start', clock, random: Math.random, ...own };
  const engine = await openEngineWhenFree(options, ({ pid, host, command }) => {
    log.info({ pid, host, command }, 'standing by: another process holds the store');
    ready();
  });
  if (engine) log.info({ jobs: project.jobs.length, store: store.path, fence: engine.lease.fence }, 'started');
  return engine;
}

/** Ready is who has opened the slots that came meanwhile: their runs follow. */
async function serveOn(engine: Engine, { daemon, stop, log, ready }: Waiting): Promise<void> {
  const { planning } = daemon;
  await planning.load();
  const kept = planning.keep(engine.lease.fence, stop.stopping).catch((thrown: unknown) => {
    log.error({ err: thrown }, `no more plans: ${messageOf(thrown)}`);
    stop.request('the store is lost');
  });
  const ticker = openTicker(() => engine.scheduler.wake());
  try {
    await engine.scheduler.serve(ready);
  } finally {
    await ticker.close();
    await kept;
    await engine.close();
  }
}
