import { OffpeakError } from '../errors';
import { type Disk, type DiskSpace, describeShortage, isShort } from '../limit/disk';
import { StoreDisk } from '../store/disk';
import { type OpenOptions, openStore, type Store } from '../store/open';
import { nextTurn, systemClock } from '../time/system-clock';
import { type Project, resolvePath } from './project';

export function storePath({ directory, config }: Pick<Project, 'directory' | 'config'>): string {
  return resolvePath(directory, config.store);
}

/** The store that a project's config names. */
export function openProjectStore(project: Project, options: Pick<OpenOptions, 'readOnly'> = {}): Promise<Store> {
  const { remoteDisk } = project.config;
  return openStore(storePath(project), { clock: systemClock, nextTurn, remoteDisk, ...options });
}

/** The disk that it lies on. */
export function storeDisk(project: Project): Disk {
  return new StoreDisk(storePath(project), { freeBytesMin: project.config.diskFreeBytesMin });
}

/** What the disk of the store has, where that is too little to call a platform; null where it is enough. */
export function shortSpace(project: Project): DiskSpace | null {
  const space = storeDisk(project).space();
  return isShort(space) ? space : null;
}

/** Throws STORE_FULL before any call is spent on what could not be kept. */
export function assertRoom(project: Project): void {
  const space = shortSpace(project);
  if (space === null) return;
  throw new OffpeakError('STORE_FULL', describeShortage(space), {
    hint: 'Free some space, lower diskFreeBytesMin in the config, or let the daemon wait for it: it goes on by itself.',
  });
}
