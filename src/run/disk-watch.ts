import { type Disk, type DiskSpace, describeShortage, isShort } from '../limit/disk';
import type { Clock } from '../time/clock';
import type { Gate } from './gate';
import type { PutDown } from './put-down';

/** How old an answer may be by which a call is sent. */
const LOOK_MS = 100;

const BOUNDLESS: DiskSpace = { freeBytes: Infinity, neededBytes: 0 };

/** Of a store that is on no disk. */
export const NO_DISK: Disk = { space: () => BOUNDLESS, restock: () => undefined };

/** Whether what is called for can be kept. While it cannot, nothing is sent, and runs rest as if paused: they do not fail. */
export class DiskWatch {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #underWay = new Set<PutDown>();
  #space = BOUNDLESS;
  #lookedAtMs = -Infinity;
  /** What `refresh` last told. */
  #wasShort = false;

  constructor(disk: Disk, clock: Clock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  /** Why nothing may be sent now; null when it may. */
  shortage(): string | null {
    if (this.#clock.monotonicMs() - this.#lookedAtMs >= LOOK_MS) this.#look();
    return isShort(this.#space) ? describeShortage(this.#space) : null;
  }

  /** Looks, and tells whether it became short, or has room again, since it was last asked. */
  refresh(): 'short' | 'enough' | 'same' {
    this.#look();
    const nowShort = isShort(this.#space);
    if (!nowShort) this.#disk.restock();
    if (nowShort === this.#wasShort) return 'same';
    this.#wasShort = nowShort;
    return nowShort ? 'short' : 'enough';
  }

  /** A run under way is put down as soon as there is too little room. Returns how to stop watching it. */
  watch(putDown: PutDown): () => void {
    this.#underWay.add(putDown);
    this.#putDownIfShort();
    return () => this.#underWay.delete(putDown);
  }

  /** The first instant from `fromMs` on at which calls may be sent; Infinity while nobody knows. */
  heldUntilMs(fromMs: number): number {
    return this.shortage() === null ? fromMs : Infinity;
  }

  #look(): void {
    this.#space = this.#disk.space();
    this.#lookedAtMs = this.#clock.monotonicMs();
    this.#putDownIfShort();
  }

  #putDownIfShort(): void {
    if (!isShort(this.#space)) return;
    // Due at once: the gate holds it as long as there is too little room.
    const end = { kind: 'park', untilMs: this.#clock.nowMs(), reason: describeShortage(this.#space) } as const;
    for (const putDown of this.#underWay) putDown.order(end);
  }
}

/** A gate that also waits for room on the disk; whatever a run is for. */
export function withDisk(gate: Gate, disk: Pick<DiskWatch, 'heldUntilMs'>): Gate {
  return {
    nextStartMs(job, run, atMs) {
      const heldMs = disk.heldUntilMs(atMs);
      return heldMs === Infinity ? Infinity : gate.nextStartMs(job, run, heldMs);
    },
  };
}
