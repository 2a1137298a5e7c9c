import { OffpeakError } from '../errors';

/** A half-open span of time, `[fromMs, toMs)`. */
export interface Slice {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SliceOptions {
  /** Epoch ms, the start of the first slice. */
  readonly fromMs: number;
  /** Epoch ms, the end of the last slice. */
  readonly toMs: number;
  /** The longest span of one slice: what the platform takes in one query. Above 0. */
  readonly stepMs: number;
  /** How far a slice reaches back into the one before it. Default 0; below `stepMs`. */
  readonly overlapMs?: number;
}

/** A range that needs more is cut too fine. */
export const SLICES_MAX = 10_000;

/**
 * Cuts a range of time into slices that a platform takes in one query, oldest first; none when the range is empty.
 * Throws JOB_INVALID for a step that leads nowhere or to more than SLICES_MAX slices.
 * @example slices({ fromMs: cursor.sinceMs, toMs: nowMs, stepMs: 86_400_000, overlapMs: 60_000 })
 */
export function slices(options: SliceOptions): Slice[] {
  checkSlices(options, 'slices()');
  const { fromMs, toMs, stepMs, overlapMs = 0 } = options;
  const advanceMs = stepMs - overlapMs;
  const found: Slice[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += advanceMs) {
    const endMs = Math.min(startMs + stepMs, toMs);
    found.push({ fromMs: startMs, toMs: endMs });
    // The next slice would lie wholly inside this one.
    if (endMs === toMs) break;
  }
  return found;
}

/** Throws JOB_INVALID for a step that leads nowhere or to more than SLICES_MAX slices. */
export function checkSlices({ fromMs, toMs, stepMs, overlapMs = 0 }: SliceOptions, caller: string): void {
  for (const [name, value] of Object.entries({ fromMs, toMs, stepMs, overlapMs })) {
    if (!Number.isFinite(value))
      throw new OffpeakError('JOB_INVALID', `${caller} ${name}: expected milliseconds, got ${String(value)}`);
  }
  const advanceMs = stepMs - overlapMs;
  if (overlapMs < 0 || advanceMs <= 0) {
    throw new OffpeakError(
      'JOB_INVALID',
      `${caller}: expected 0 <= overlapMs < stepMs, got overlapMs ${overlapMs} and stepMs ${stepMs}`,
    );
  }
  if ((toMs - fromMs) / advanceMs > SLICES_MAX) {
    throw new OffpeakError(
      'JOB_INVALID',
      `${caller}: expected at most ${SLICES_MAX} slices, got a step of ${advanceMs} ms in ${toMs - fromMs} ms`,
      {
        hint: 'Take a larger stepMs, or a later fromMs.',
      },
    );
  }
}
