import type { Expectation } from '../job/expectation';
import { CONFIDENT_RUNS } from './demand';

/** A run that is done, and what it was believed to take. */
export interface Outcome {
  readonly expected: Pick<Expectation, 'callsP50' | 'callsP80' | 'durationP50Ms' | 'durationP80Ms'>;
  readonly calls: number;
  /** Null for a run that was parked: how long that took says nothing of its work. */
  readonly durationMs: number | null;
}

/** How well the expectations of a job were met. */
export interface Calibration {
  readonly calls: Fit | null;
  readonly duration: Fit | null;
}

export interface Fit {
  readonly runs: number;
  /** The median of what a run took, as a multiple of what half of the runs were to stay below. 1 is perfect. */
  readonly ratio: number;
  /** The share of runs that stayed within what four in five were to. 0.8 is perfect. */
  readonly withinP80: number;
  readonly verdict: Verdict;
}

/** `few-runs` where there are too few to say. */
export type Verdict = 'few-runs' | 'good' | 'too-low' | 'too-high';

/** Medians within these are good: a plan that is a quarter off still levels the load. */
const RATIO_MIN = 0.8;
const RATIO_MAX = 1.25;
/** What 19 in 20 honest 80 % bounds reach over 20 runs (binomial). */
const WITHIN_MIN = 0.65;

/** Holds what runs took against what was expected of them. Null where nothing can be compared. */
export function calibrate(outcomes: readonly Outcome[]): Calibration {
  return {
    calls: fitOf(
      outcomes.map(({ calls, expected }) => ({ took: calls, p50: expected.callsP50, p80: expected.callsP80 })),
    ),
    duration: fitOf(
      outcomes.flatMap(({ durationMs, expected }) =>
        durationMs === null ? [] : [{ took: durationMs, p50: expected.durationP50Ms, p80: expected.durationP80Ms }],
      ),
    ),
  };
}

interface Comparison {
  readonly took: number;
  readonly p50: number;
  readonly p80: number;
}

function fitOf(comparisons: readonly Comparison[]): Fit | null {
  if (comparisons.length === 0) return null;
  const ratio = medianOf(comparisons.map(({ took, p50 }) => (p50 > 0 ? took / p50 : took > 0 ? Infinity : 1)));
  const withinP80 = comparisons.filter(({ took, p80 }) => took <= p80).length / comparisons.length;
  return { runs: comparisons.length, ratio, withinP80, verdict: verdictOf(comparisons.length, ratio, withinP80) };
}

function verdictOf(runs: number, ratio: number, withinP80: number): Verdict {
  if (runs < CONFIDENT_RUNS) return 'few-runs';
  if (ratio > RATIO_MAX || withinP80 < WITHIN_MIN) return 'too-low';
  return ratio < RATIO_MIN ? 'too-high' : 'good';
}

/** The lower of two in the middle. */
function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
}
