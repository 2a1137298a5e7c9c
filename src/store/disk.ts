import { statSync } from 'node:fs';
import type { Disk, DiskSpace } from '../limit/disk';
import { BALLAST_BYTES, Ballast } from './ballast';
import { explaining } from './failure';
import { followLinks } from './file';
import { type ReadFileSystem, readFileSystem } from './file-system';

export interface StoreDiskOptions {
  /** What must be free in any case. */
  readonly freeBytesMin: number;
  /** Default the system's. */
  readonly fileSystem?: ReadFileSystem;
}

/** The disk of a store, which need not be there yet. */
export class StoreDisk implements Disk {
  readonly #path: string;
  readonly #freeBytesMin: number;
  readonly #fileSystem: ReadFileSystem;
  readonly #ballast: Ballast;

  constructor(path: string, { freeBytesMin, fileSystem = readFileSystem }: StoreDiskOptions) {
    this.#path = followLinks(path);
    this.#freeBytesMin = freeBytesMin;
    this.#fileSystem = fileSystem;
    this.#ballast = new Ballast(this.#path);
  }

  /** The log may have to be written once more as a whole before it can be reset. */
  space(): DiskSpace {
    return explaining(this.#path, () => {
      const logBytes = statSync(`${this.#path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
      const { freeBytes } = this.#fileSystem(this.#path);
      return { freeBytes, neededBytes: Math.max(this.#freeBytesMin, 2 * logBytes) };
    });
  }

  restock(): void {
    if (this.#ballast.isThere) return;
    const { freeBytes, neededBytes } = this.space();
    if (freeBytes >= neededBytes + BALLAST_BYTES) this.#ballast.make();
  }
}
