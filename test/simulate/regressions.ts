import type { PlannedFault } from './scenario';

export interface Regression {
  /** What was wrong. */
  readonly what: string;
  readonly seed: number;
  readonly days: number;
  /** As they were planned: places in a seed's list move with every new kind of fault. */
  readonly faults: readonly PlannedFault[];
}

/** The smallest scenarios in which a promise was once broken. */
export const REGRESSIONS: readonly Regression[] = [
  {
    what: 'a machine that slept over a reset and woke with a slow clock booked its calls in the old day',
    seed: 3009,
    days: 7,
    faults: [
      { name: 'suspend', place: 0, atMs: Date.parse('2026-10-27T23:40:19.122Z'), seed: 2_359_733_077 },
      { name: 'clock-back', place: 1, atMs: Date.parse('2026-10-28T01:54:30.468Z'), seed: 287_894_968 },
    ],
  },
];
