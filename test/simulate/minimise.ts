import type { Scenario } from './scenario';

/** Lives that are tried at most before the smallest scenario so far is taken. */
const TRIES_MAX = 120;
const DAY_MS = 86_400_000;

/**
 * The smallest scenario found that still fails in the same way: parts of the faults are left out, large ones first, then
 * single ones, and last the days behind the final fault.
 * @param fails whether a scenario breaks the same promise.
 */
export async function minimise(scenario: Scenario, fails: (smaller: Scenario) => Promise<boolean>): Promise<Scenario> {
  let smallest = scenario;
  let tries = 0;
  const holds = async (smaller: Scenario): Promise<boolean> => {
    tries += 1;
    if (tries > TRIES_MAX || !(await fails(smaller))) return false;
    smallest = smaller;
    return true;
  };
  for (let size = Math.ceil(smallest.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let from = 0; from < smallest.faults.length; ) {
      const faults = smallest.faults.toSpliced(from, size);
      if (!(await holds({ ...smallest, faults }))) from += size;
    }
  while (smallest.days > 1 && (await holds(within(smallest, Math.floor(smallest.days / 2)))));
  while (smallest.days > 1 && (await holds(within(smallest, smallest.days - 1))));
  return smallest;
}

/** A seed of so few days has no faults behind them. */
function within(scenario: Scenario, days: number): Scenario {
  const endMs = scenario.startMs + days * DAY_MS;
  return { ...scenario, days, faults: scenario.faults.filter(({ atMs }) => atMs < endMs) };
}
