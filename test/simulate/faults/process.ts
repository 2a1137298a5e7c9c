import { between, type Fault, HOUR_MS, MINUTE_MS, SECOND_MS } from './fault';

/** What may become of whole processes. */
export const PROCESS_FAULTS = {
  /** Killed wherever it is. */
  kill: {
    weight: 3,
    strike: (world, random) =>
      world.supervisor.kill(random() < 0.6 ? 2 * SECOND_MS : between(random, SECOND_MS, 6 * HOUR_MS)),
  },
  restart: {
    weight: 3,
    strike: (world, random) =>
      world.supervisor.restart(random() < 0.7 ? SECOND_MS : between(random, SECOND_MS, 3 * HOUR_MS)),
  },
  /** It stands still for a while, as on a machine that is overloaded. */
  freeze: {
    weight: 3,
    strike: (world, random) => world.supervisor.freeze(between(random, SECOND_MS, 2 * HOUR_MS)),
  },
  /** It stands still, another one takes over, and it comes back. */
  zombie: {
    weight: 6,
    async strike({ supervisor }, random) {
      await supervisor.startStandBy('elsewhere');
      supervisor.freeze(between(random, 25 * SECOND_MS, random() < 0.5 ? 2 * MINUTE_MS : 3 * HOUR_MS));
    },
  },
  /** One that stands by takes over when the first one is killed. */
  'takeover-here': {
    weight: 3,
    async strike(world, random) {
      await world.supervisor.startStandBy('here');
      world.after(3 * SECOND_MS, () => world.supervisor.kill(between(random, HOUR_MS, 8 * HOUR_MS)));
    },
  },
  'takeover-elsewhere': {
    weight: 3,
    async strike(world, random) {
      await world.supervisor.startStandBy('elsewhere');
      world.after(3 * SECOND_MS, () => world.supervisor.kill(between(random, HOUR_MS, 8 * HOUR_MS)));
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;
