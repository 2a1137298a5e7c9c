import { DiskWatch, NO_DISK } from '../run/disk-watch';
import { openPauses, type Pauses, type PausesParts } from '../run/pauses';
import type { EngineOptions } from './engine-options';

/** What operators paused, as it stands and from now on. */
export async function openLoggedPauses(options: EngineOptions): Promise<Pauses> {
  const pauses = await openPauses({ store: pausesOf(options), clock: options.clock });
  if (pauses.lasting.length > 0) logPauses(options, pauses);
  return pauses;
}

/** Room on the disk of the store. */
export function openDisk(options: EngineOptions): DiskWatch {
  const watch = new DiskWatch(options.disk ?? NO_DISK, options.clock);
  tellDisk(options, watch);
  return watch;
}

/** Once when it becomes short, and once when it has room again. True when anything changed. */
export function tellDisk({ log }: EngineOptions, watch: DiskWatch): boolean {
  const change = watch.refresh();
  if (change === 'short') log.error({}, watch.shortage() ?? 'the disk was short for a moment');
  if (change === 'enough') log.info({}, 'the disk of the store has room again');
  return change !== 'same';
}

const NO_PAUSES: PausesParts['store'] = { list: () => Promise.resolve([]), history: () => Promise.resolve([]) };

function pausesOf({ store, operatorPauses = 'obey' }: EngineOptions): PausesParts['store'] {
  return operatorPauses === 'obey' ? store.operatorPauses : NO_PAUSES;
}

export function logPauses({ log }: EngineOptions, { lasting }: Pauses): void {
  const paused = lasting.map(({ kind, name, by, reason }) => `${kind} ${name}, by ${by}: ${reason}`);
  log.info({ paused }, paused.length > 0 ? 'paused by operators' : 'nothing is paused any more');
}
