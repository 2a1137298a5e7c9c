import { type Fault, SECOND_MS } from './fault';

/** What operators change in the project's files, with the restart that it takes. */
export const CONFIG_FAULTS = {
  'config-limits': {
    weight: 3,
    strike(world, random) {
      const share = 0.5 + random();
      world.change(({ shopLimit, mallLimit }) => ({
        shopLimit: Math.max(18, Math.min(60, Math.round(shopLimit * share))),
        mallLimit: Math.max(12, Math.min(40, Math.round(mallLimit * share))),
      }));
      world.supervisor.restart(SECOND_MS);
    },
  },
  'config-jobs': {
    weight: 2,
    strike(world) {
      world.change(({ hasExtra }) => ({ hasExtra: !hasExtra }));
      world.supervisor.restart(SECOND_MS);
    },
  },
  'config-schedule': {
    weight: 2,
    strike(world, random) {
      world.change(() => ({ nightlyMinute: Math.floor(random() * 60) }));
      world.supervisor.restart(SECOND_MS);
    },
  },
} as const satisfies Readonly<Record<string, Fault>>;
