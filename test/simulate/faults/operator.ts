import { between, type Fault, HOUR_MS } from './fault';

/** What operators do. */
export const OPERATOR_FAULTS = {
  pause: {
    weight: 4,
    strike: (world, random) =>
      world.operator.pause({ isOfPlatform: random() < 0.3, forMs: between(random, HOUR_MS, 9 * HOUR_MS) }, random),
  },
  resume: { weight: 2, strike: (world) => world.operator.resumeAll() },
  unpark: { weight: 3, strike: (world) => world.operator.unpark() },
  skip: { weight: 3, strike: (world, random) => world.operator.skipNext(random) },
  ask: { weight: 3, strike: (world, random) => world.operator.ask(random) },
  'state-set': { weight: 4, strike: (world, random) => world.operator.setState(random) },
  'state-undo': { weight: 4, strike: (world, random) => world.operator.undo(random) },
} as const satisfies Readonly<Record<string, Fault>>;
