import { z } from 'zod';
import { parseDuration } from '../time/duration';
import { strictShape } from './faults';

/** What the author of a job expects of one run: it is planned with until the job has runs of its own. */
export interface Estimate {
  readonly calls: number;
  /** Null where the author names none: as long as the calls take at the platform's limits. */
  readonly durationMs: number | null;
}

/** As it is written in a job file. */
export interface EstimateInput {
  /** Calls of one run: a whole number from 1 to 1 000 000 000. */
  readonly calls: number;
  /** How long a run takes, such as `20m`: up to `31d`. */
  readonly duration?: string;
}

const CALLS_MAX = 1_000_000_000;
const DURATION_MS_MAX = 31 * 86_400_000;

export const estimateSchema = strictShape({
  calls: z.int().min(1).max(CALLS_MAX),
  duration: z
    .string()
    .refine((text) => isDuration(text), { error: 'expected a duration from "1s" to "31d", such as "20m"' })
    .optional(),
});

/** Of a checked definition. */
export function toEstimate(input: EstimateInput | undefined): Estimate | null {
  if (input === undefined) return null;
  return { calls: input.calls, durationMs: input.duration === undefined ? null : parseDuration(input.duration) };
}

function isDuration(text: string): boolean {
  const durationMs = parseDuration(text);
  return durationMs !== null && durationMs >= 1_000 && durationMs <= DURATION_MS_MAX;
}
