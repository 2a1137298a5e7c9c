import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { OffpeakError } from '../errors';

/** Left free on the disk for everybody else, bytes. */
export const ROOM_LEFT_BYTES = 64 * 1024 * 1024;

/** Bytes that this user may still write on the disk of a file that exists or shall exist. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize;
}

/** Throws STORE_FULL unless so many bytes fit, and some are left: a copy must not take the room of the daemon beside it. */
export function assertRoom(path: string, bytes: number): void {
  const free = freeBytes(path);
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
