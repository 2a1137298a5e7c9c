import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OffpeakError } from '../errors';

/** What the file system of a path says of itself. */
export interface FileSystem {
  /** `f_type` of statfs(2). */
  readonly type: number;
  /** What this user may still write, bytes. */
  readonly freeBytes: number;
}

export type ReadFileSystem = (path: string) => FileSystem;

/** Of the path, or of the nearest directory above it that exists. */
export const readFileSystem: ReadFileSystem = (path) => {
  const { type, bavail, bsize } = statfsSync(nearest(resolve(path)));
  return { type: type >>> 0, freeBytes: bavail * bsize }; // some systems sign it
};

function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

/** Linux's numbers (statfs(2), linux/magic.h) of what cannot lock files, or share memory, as SQLite's log needs it. */
const NOT_LOCAL: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x65735546, 'FUSE (sshfs, s3fs, virtiofs, …)'],
  [0x5346414f, 'AFS'],
  [0x564c, 'NCP'],
  [0x73757245, 'Coda'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x01161970, 'GFS2'],
  [0x7461636f, 'OCFS2'],
  [0x786f4256, 'a VirtualBox shared folder'],
]);

/** Throws STORE_REMOTE where a store would be damaged sooner or later. */
export function assertLocal(path: string, { type }: FileSystem): void {
  const name = NOT_LOCAL.get(type);
  if (name === undefined) return;
  throw new OffpeakError('STORE_REMOTE', `${path}: expected a local disk, got ${name}`, {
    hint: "Give the store a path on a local disk, or, if you know that this one locks files well, set remoteDisk: 'allow' in the config.",
  });
}
