import { changeMs, offsetMs } from './zone-offset';

/**
 * A wall-clock time without its zone, as the epoch milliseconds that it would have in UTC: arithmetic on calendars
 * without an object per step.
 */
export type LocalMs = number;

const DAY_MS = 86_400_000;
/** A jump of this size is a move over the date line (Apia 2011), not a change to summer time. */
export const GAP_MS_MAX = 3 * 3_600_000;

/** What the clocks of a zone show at an instant. */
export function localOf(timezone: string, atMs: number): LocalMs {
  return atMs + offsetMs(timezone, atMs);
}

/** Where a wall-clock time lies: at an instant, in a gap of the clocks that ends at one, or in a day that never was. */
export type Placed =
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'gap'; readonly endAtMs: number }
  | { readonly kind: 'never'; readonly endAtMs: number };

/** The first instant at which the clocks of a zone show a wall-clock time. */
export function place(timezone: string, local: LocalMs): Placed {
  const before = offsetMs(timezone, local - DAY_MS);
  const after = offsetMs(timezone, local + DAY_MS);
  // No zone has two changes within these two days, so there is none.
  if (before === after) return { kind: 'at', atMs: local - before };
  // Shown twice: the larger offset is the earlier instant.
  for (const offset of before >= after ? [before, after] : [after, before]) {
    if (offsetMs(timezone, local - offset) === offset) return { kind: 'at', atMs: local - offset };
  }
  const endAtMs = changeMs(timezone, local - after, local - before);
  return after - before >= GAP_MS_MAX ? { kind: 'never', endAtMs } : { kind: 'gap', endAtMs };
}
