import { between, type Fault, HOUR_MS, MINUTE_MS } from './fault';

export const DISK_FAULTS = {
  'full-disk': {
    weight: 5,
    strike: (world, random) => world.fillDisk(between(random, MINUTE_MS, 3 * HOUR_MS)),
  },
} as const satisfies Readonly<Record<string, Fault>>;
