import { between, type Fault, HOUR_MS, MINUTE_MS } from './fault';

/** Longer than any clock is wrong before it is set right. */
const WRONG_MS_MAX = 3 * HOUR_MS;
/** Less than the overlap of the jobs: records that come into being in time that a clock has skipped are read all the same. */
const AHEAD_MS_MAX = 20 * MINUTE_MS;

export const CLOCK_FAULTS = {
  'clock-back': {
    weight: 4,
    strike: (world, random) => world.stepClock(-between(random, MINUTE_MS, 2 * HOUR_MS), random() * WRONG_MS_MAX),
  },
  'clock-ahead': {
    weight: 4,
    strike: (world, random) => world.stepClock(between(random, MINUTE_MS, AHEAD_MS_MAX), random() * WRONG_MS_MAX),
  },
  suspend: {
    weight: 4,
    strike: (world, random) => world.suspend(between(random, MINUTE_MS, 10 * HOUR_MS)),
  },
} as const satisfies Readonly<Record<string, Fault>>;
