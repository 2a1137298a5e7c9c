import type { PlanSlot } from './plan-request';

/** Slots of a job that start in a span to avoid, at each offset beyond those that do so at any; null when all offsets are alike. */
export type Dear = Int32Array;

interface Placed {
  readonly startMinute: number;
  readonly slackMinutes: number;
}

const MINUTE_MS = 60_000;

/** @param slots what was asked for, and where each lies in the grid that starts at `startMs`. */
export function dearOffsets(slots: readonly { asked: PlanSlot; laid: Placed }[], startMs: number): Dear | null {
  if (slots.every(({ asked }) => asked.avoid === undefined)) return null;
  const slackMinutes = slots.reduce((most, { laid }) => Math.max(most, laid.slackMinutes), 0);
  const dear = new Int32Array(slackMinutes + 1);
  for (const { asked, laid } of slots) {
    const starts = new Uint8Array(laid.slackMinutes + 1);
    for (const span of asked.avoid ?? []) {
      const from = Math.ceil((span.startMs - startMs) / MINUTE_MS) - laid.startMinute;
      const to = Math.ceil((span.endMs - startMs) / MINUTE_MS) - laid.startMinute;
      starts.fill(1, Math.max(0, from), Math.max(0, to));
    }
    // A slot that has less time than others starts as late as it still fits.
    for (let offset = 0; offset <= slackMinutes; offset += 1)
      dear[offset] = (dear[offset] ?? 0) + (starts[Math.min(offset, laid.slackMinutes)] ?? 0);
  }
  const least = dear.reduce((fewest, count) => Math.min(fewest, count), Infinity);
  const relative = dear.map((count) => count - least);
  return relative.some((count) => count > 0) ? relative : null;
}

/** The first offset that starts as seldom as can be in a span to avoid. */
export function firstCheapOffset(dear: Dear | null): number {
  return dear === null ? 0 : dear.indexOf(0);
}
