import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { createPrivate } from './file';

/** Enough for the pages of all calls in flight: what was paid for is kept when the disk is full. */
export const BALLAST_BYTES = 16 * 1024 * 1024;

/** A file beside the store that holds room, and is deleted when nothing else gives way. */
export class Ballast {
  readonly path: string;

  constructor(storePath: string) {
    this.path = `${storePath}.ballast`;
  }

  get isThere(): boolean {
    return existsSync(this.path);
  }

  /** Nothing where it is there. A disk that fills meanwhile leaves none. */
  make(): void {
    if (this.isThere) return;
    try {
      fill(this.path);
    } catch {
      this.drop();
    }
  }

  /** False where there was none, or it cannot be deleted. */
  drop(): boolean {
    if (!this.isThere) return false;
    try {
      rmSync(this.path);
      return true;
    } catch {
      return false; // a disk that lets nothing be deleted is full all the same
    }
  }
}

/** Noise, which no file system compresses away. */
function fill(path: string): void {
  createPrivate(path);
  const noise = randomBytes(1024 * 1024);
  const file = openSync(path, 'r+');
  try {
    for (let at = 0; at < BALLAST_BYTES; at += noise.length) writeSync(file, noise, 0, noise.length, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
