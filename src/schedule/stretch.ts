import type { Span } from './spans';

/** Time is looked at in stretches of this length, counted from the epoch: a week and a day hold what most look-ups need. */
export const STRETCH_MS = 8 * 86_400_000;
/** Of one value: now, and what a plan looks ahead. */
const STRETCHES_KEPT_MAX = 4;

export function stretchOf(atMs: number): number {
  return Math.floor(atMs / STRETCH_MS);
}

export function stretchSpan(stretch: number): Span {
  return { startMs: stretch * STRETCH_MS, endMs: (stretch + 1) * STRETCH_MS };
}

/** Remembers what was found for the last stretches. */
export function perStretch(
  find: (span: Span, stretch: number) => readonly Span[],
): (stretch: number) => readonly Span[] {
  const known = new Map<number, readonly Span[]>();
  return (stretch) => {
    let spans = known.get(stretch);
    if (spans === undefined) {
      if (known.size >= STRETCHES_KEPT_MAX) known.clear();
      spans = find(stretchSpan(stretch), stretch);
      known.set(stretch, spans);
    }
    return spans;
  };
}

/** The last instant that was found, for as long as it stays the answer: instants rise, and are asked about again and again. */
export class Remembered {
  #fromMs = Infinity;
  #untilMs = -Infinity;
  #answerMs = Infinity;

  at(atMs: number, find: () => number): number {
    if (atMs >= this.#fromMs && atMs < this.#untilMs) return this.#answerMs;
    this.#answerMs = find();
    this.#fromMs = atMs;
    // "None for so long" has to be asked again as time goes on.
    this.#untilMs = this.#answerMs === Infinity ? stretchSpan(stretchOf(atMs)).endMs : this.#answerMs;
    return this.#answerMs;
  }
}
