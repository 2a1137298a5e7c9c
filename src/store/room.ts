import { OffpeakError } from '../errors';
import { readFileSystem } from './file-system';

/** Left free on the disk for everybody else, bytes. */
export const ROOM_LEFT_BYTES = 64 * 1024 * 1024;

/** Throws STORE_FULL unless so many bytes fit, and some are left: a copy must not take the room of the daemon beside it. */
export function assertRoom(path: string, bytes: number): void {
  const free = readFileSystem(path).freeBytes;
  if (free >= bytes + ROOM_LEFT_BYTES) return;
  throw new OffpeakError(
    'STORE_FULL',
    `${path}: expected ${megabytes(bytes + ROOM_LEFT_BYTES)} free, got ${megabytes(free)}`,
    {
      hint: 'Free some space, or name a file on another disk. Nothing was changed.',
    },
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000).toLocaleString('en-US')} MB`;
}
