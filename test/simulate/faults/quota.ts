import { type Fault, oneOf } from './fault';

/** What becomes of daily quotas on the platform's side, for the present day. */
export const QUOTA_FAULTS = {
  /** Another program draws on the same account. */
  stranger: {
    weight: 5,
    strike: (world, random) => world.drawAsStranger(oneOf(world.servers, random), 3 + Math.floor(random() * 20)),
  },
  'lower-limit': {
    weight: 4,
    strike: (world, random) => world.limitAtServer(oneOf(world.servers, random), 0.3 + 0.5 * random()),
  },
  'higher-limit': {
    weight: 3,
    strike: (world, random) => world.limitAtServer(oneOf(world.servers, random), 1.2 + random()),
  },
  /** The platform gives the day's calls back, and an operator says so. */
  'restored-quota': {
    weight: 4,
    strike: (world, random) => world.restoreQuota(oneOf(world.servers, random)),
  },
} as const satisfies Readonly<Record<string, Fault>>;
