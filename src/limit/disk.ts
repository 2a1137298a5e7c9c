/** What the disk of the store has left, and what it must have before a call is spent whose result is to be kept on it. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly neededBytes: number;
}

/** The disk that the store is on. */
export interface Disk {
  space(): DiskSpace;
  /** Puts the room aside again that commits were given when the disk was full, where there is enough of it. */
  restock(): void;
}

export function isShort({ freeBytes, neededBytes }: DiskSpace): boolean {
  return freeBytes < neededBytes;
}

export function describeShortage({ freeBytes, neededBytes }: DiskSpace): string {
  return `the disk of the store has ${mebibytes(freeBytes)} left, ${mebibytes(neededBytes)} are needed: no platform is called until it has`;
}

/** Rounded down: what is short must not look like enough. */
function mebibytes(bytes: number): string {
  return `${Math.floor((bytes / MIB) * 10) / 10} MiB`;
}

const MIB = 1024 * 1024;
