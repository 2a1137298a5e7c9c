import type { World } from '../world';

export interface Fault {
  /** How often, beside the others. */
  readonly weight: number;
  /** Begins it; what lasts ends by itself. `random` is uniform in [0, 1) and the fault's own. */
  strike(world: World, random: () => number): void | Promise<void>;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

export function between(random: () => number, fromMs: number, toMs: number): number {
  return fromMs + Math.floor(random() * (toMs - fromMs));
}

export function oneOf<Of>(all: readonly Of[], random: () => number): Of {
  const found = all[Math.floor(random() * all.length)];
  if (found === undefined) throw new RangeError('nothing to choose from');
  return found;
}
