/** An operator says before a slot comes that it shall not run. */
export interface SkipAhead {
  readonly job: string;
  readonly slotAtMs: number;
  readonly reason: string;
  /** Who asked for it. */
  readonly by: string;
  readonly askedAtMs: number;
}

/** Why a slot is left out, in one line. */
export function skipReason({ by, reason }: SkipAhead): string {
  return `skipped by ${by}: ${reason}`;
}

/** How long a skip stays after its slot: longer than any slot is made up for. */
export const SKIP_KEPT_MS = 40 * 86_400_000;

/** Slots that one command may skip. */
export const SKIPPED_SLOTS_MAX = 1_000;

/** Port. None of it needs the lease; the scheduler asks whenever slots come. */
export interface SkipAheadStore {
  /** One that exists for the same slot stays as it is. Returns the new ones. */
  put(skips: readonly SkipAhead[]): Promise<SkipAhead[]>;
  /** Takes back what is skipped of a job after an instant: one slot, or all when left out. Returns them. */
  remove(which: { job: string; slotAtMs?: number; afterMs: number }): Promise<SkipAhead[]>;
  /** Those of slots after an instant, in their order. */
  list(afterMs: number): Promise<SkipAhead[]>;
}

/** The skip of a slot among others; null when it may run. */
export function skipOf(skips: readonly SkipAhead[], job: string, slotAtMs: number): SkipAhead | null {
  return skips.find((skip) => skip.job === job && skip.slotAtMs === slotAtMs) ?? null;
}
