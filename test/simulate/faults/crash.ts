import { STEPS, type StepName } from '../steps';
import { between, type Fault, HOUR_MS, SECOND_MS } from './fault';

/** The process dies at its next pass of a step, and is started again: mostly at once, sometimes much later. */
function crashAt(name: StepName): Fault {
  return {
    weight: 2,
    strike(world, random) {
      const downMs = random() < 0.7 ? 2 * SECOND_MS : between(random, SECOND_MS, 5 * HOUR_MS);
      const skips = Math.floor(random() * 4);
      world.supervisor.armCrash({ at: STEPS[name], skips, downMs });
    },
  };
}

type CrashName = `crash-${StepName}`;

/** One fault for each named step. */
export const CRASH_FAULTS = Object.fromEntries(
  Object.keys(STEPS).map((name) => [`crash-${name}`, crashAt(name as StepName)]),
) as Readonly<Record<CrashName, Fault>>;
