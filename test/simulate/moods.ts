/** What a platform, or the way to it, does for a while. */
export const MOODS = [
  'refuses-as-too-fast',
  'fails-with-5xx',
  'never-answers',
  'resets-connections',
  'loses-replies',
  'refuses-connections',
  'repeats-records',
  'rejects-cursors',
] as const;

export type Mood = (typeof MOODS)[number];

/** Which moods last at an instant, and which of the requests they strike. */
export class Moods {
  readonly #until = new Map<Mood, number>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  begin(mood: Mood, untilMs: number): void {
    this.#until.set(mood, untilMs);
  }

  clear(): void {
    this.#until.clear();
  }

  /** True for about so large a share of the requests while the mood lasts. */
  strikes(mood: Mood, nowMs: number, share: number): boolean {
    const untilMs = this.#until.get(mood);
    return untilMs !== undefined && nowMs < untilMs && this.#random() < share;
  }
}
