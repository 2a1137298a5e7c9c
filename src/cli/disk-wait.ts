import { codeOf, messageOf } from '../errors';
import { isShort } from '../limit/disk';
import type { Log } from '../log';
import { stopControl } from '../run/stop';
import { systemClock } from '../time/system-clock';
import type { Project } from './project';
import { storeDisk } from './project-store';
import { stopOnSignals } from './signals';

const LOOK_MS = 10_000;

/**
 * Serves, and again after each time that the disk was full in the middle of it: to end would have pm2 start it again and
 * again. Resolves with the exit code.
 */
export async function throughFullDisks(project: Project, log: Log, serve: () => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await serve();
    } catch (thrown) {
      if (codeOf(thrown) !== 'STORE_FULL') throw thrown;
      log.error({ err: thrown }, `waits for room on the disk, and calls nothing: ${messageOf(thrown)}`);
    }
    if ((await roomAgain(project)) === 'stopped') return 0;
    log.info({}, 'the disk of the store has room again');
  }
}

async function roomAgain(project: Project): Promise<'room' | 'stopped'> {
  const disk = storeDisk(project);
  const stop = stopControl(systemClock, 0);
  const signals = stopOnSignals(stop);
  try {
    while (!stop.stopping.aborted) {
      await systemClock.sleep(LOOK_MS, stop.stopping);
      if (!isShort(disk.space())) return 'room';
    }
    return 'stopped';
  } finally {
    signals.detach();
  }
}
