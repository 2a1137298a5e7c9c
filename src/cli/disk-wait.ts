import { codeOf, messageOf } from '../errors';
import { type Disk, isShort } from '../limit/disk';
import type { Log } from '../log';
import { stopControl } from '../run/stop';
import type { Clock } from '../time/clock';
import { stopOnSignals } from './signals';

const LOOK_MS = 10_000;

export interface FullDiskParts {
  readonly disk: Pick<Disk, 'space'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Serves, and again after each time that the disk was full in the middle of it: to end would have pm2 start it again and
 * again. Resolves with the exit code.
 */
export async function throughFullDisks(parts: FullDiskParts, serve: () => Promise<number>): Promise<number> {
  for (;;) {
    try {
      return await serve();
    } catch (thrown) {
      if (codeOf(thrown) !== 'STORE_FULL') throw thrown;
      if ((await roomAgain(parts, thrown)) === 'stopped') return 0;
    }
  }
}

async function roomAgain({ disk, clock, log }: FullDiskParts, thrown: unknown): Promise<'room' | 'stopped'> {
  const stop = stopControl(clock, 0);
  const signals = stopOnSignals(stop, (name) => log.info({ signal: name }, 'stopping'));
  log.error({ err: thrown }, `waits for room on the disk, and calls nothing: ${messageOf(thrown)}`);
  try {
    do await clock.sleep(LOOK_MS, stop.stopping);
    while (!stop.stopping.aborted && isShort(disk.space()));
  } finally {
    signals.detach();
  }
  if (stop.stopping.aborted) return 'stopped';
  log.info({}, 'the disk of the store has room again');
  return 'room';
}
