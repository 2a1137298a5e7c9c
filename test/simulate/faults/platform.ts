import type { Mood } from '../moods';
import { between, type Fault, HOUR_MS, MINUTE_MS, oneOf } from './fault';

/** One of the platforms does that for a while. */
function mood(name: Mood): Fault {
  return {
    weight: 3,
    strike: (world, random) =>
      world.setMood(oneOf(world.servers, random), name, between(random, 30 * MINUTE_MS, 6 * HOUR_MS)),
  };
}

/** What platforms, and the way to them, do. */
export const PLATFORM_FAULTS = {
  'too-fast': mood('refuses-as-too-fast'),
  '5xx': mood('fails-with-5xx'),
  timeouts: mood('never-answers'),
  resets: mood('resets-connections'),
  'lost-replies': mood('loses-replies'),
  'refused-connections': mood('refuses-connections'),
  'repeated-records': mood('repeats-records'),
  'rejected-cursors': mood('rejects-cursors'),
  'expired-tokens': { weight: 4, strike: (world) => world.expireTokens() },
  /** Records come into being in a burst, at best while a list is read. */
  drift: {
    weight: 4,
    strike: (world, random) => world.insertRecords(1 + Math.floor(random() * 6), random),
  },
} as const satisfies Readonly<Record<string, Fault>>;
