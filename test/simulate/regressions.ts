import type { FaultChoice } from './scenario';

export interface Regression {
  /** What was wrong. */
  readonly what: string;
  readonly seed: number;
  readonly days: number;
  readonly only: readonly FaultChoice[];
}

/** The smallest scenarios in which a promise was once broken. */
export const REGRESSIONS: readonly Regression[] = [];
