import { OffpeakError } from '../errors';
import type { Job } from '../job/parse';
import { stopControl } from '../run/stop';
import { openStore, type Store } from '../store/open';
import { nextTurn, systemClock } from '../time/system-clock';
import { storePath } from './command';
import { openEngine } from './engine';
import { pausedText } from './paused';
import { Progress } from './progress';
import type { Project } from './project';
import type { RunOptions } from './run-options';
import { stopOnSignals } from './signals';
import { logStrayErrors } from './stray';
import { isStuck, type Taken } from './stuck';
import { takeRun } from './take';
import { exitCodeOf } from './taken';
import { openTerminalLog } from './terminal-log';

export interface HereOptions {
  readonly project: Project;
  readonly job: Job;
  readonly options: RunOptions;
  /** What the lease shows to others. */
  readonly command: string;
  /** Told also how many different replies came that no rule knows. */
  readonly show: (taken: Taken, unknown: number) => void;
}

/** Takes a run of one job in this process, with live progress, and shows it. Resolves with the exit code. */
export async function takeHere(here: HereOptions): Promise<number> {
  const { project } = here;
  const stop = stopControl(systemClock, project.config.shutdownTimeoutMs);
  const signals = stopOnSignals(stop);
  const store = await openStore(storePath(project), { clock: systemClock, nextTurn });
  try {
    const exitCode = await takeOn(here, store, stop);
    return signals.exitCode() ?? exitCode;
  } finally {
    await store.close();
    signals.detach();
  }
}

async function takeOn(here: HereOptions, store: Store, stop: ReturnType<typeof stopControl>): Promise<number> {
  const { project, job, options, command, show } = here;
  const progress = new Progress({ project, usage: () => store.ledger.usage(systemClock.nowMs(), job.platform) });
  const log = openTerminalLog('warn', (line) => project.vault.scrub(line));
  logStrayErrors(log);
  const onEvent = progress.see.bind(progress);
  const clock = systemClock;
  const startedAtMs = clock.nowMs();
  if (!options.evenIfPaused) await assertNotPaused(here, store);
  const engine = await openEngine({
    project: { ...project, jobs: [job] },
    store,
    log,
    stop,
    command,
    clock,
    random: Math.random,
    onEvent,
    operatorPauses: options.evenIfPaused ? 'ignore' : 'obey',
  });
  try {
    progress.start();
    const run = await takeRun({ engine, store, stop, job, options });
    await progress.stop();
    const unknown = (await store.unknownReplies.list(job.platform)).filter(({ lastAtMs }) => lastAtMs >= startedAtMs);
    const stuck = (await store.runs.partitions(run.id)).filter(isStuck);
    show({ run, stuck, pauses: engine.pauses.lasting }, unknown.length);
    return exitCodeOf(run);
  } finally {
    await progress.stop();
    await engine.close();
  }
}

/** Whoever pauses a platform expects that nothing calls it, by hand neither. */
async function assertNotPaused({ project, job }: HereOptions, store: Store): Promise<void> {
  const paused = pausedText(project, await store.operatorPauses.list(systemClock.nowMs()), job);
  if (paused === null) return;
  throw new OffpeakError('JOB_PAUSED', `${job.name}: ${paused}`, {
    hint: `To run it all the same: offpeak run ${job.name} --even-if-paused`,
  });
}
