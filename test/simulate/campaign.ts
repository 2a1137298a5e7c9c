import type { Violation } from './journal';
import { type LifeOptions, live, type Outcome } from './life';
import { minimise } from './minimise';
import { type Scenario, type ScenarioOptions, scenarioOf } from './scenario';

export interface CampaignOptions extends ScenarioOptions, LifeOptions {
  readonly seeds: readonly number[];
  /** Told after each seed. */
  readonly onSeed?: (seed: number, outcome: Outcome) => void;
}

export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
  /** The smallest scenario that fails in the same way. */
  readonly smallest: Scenario;
  readonly tail: readonly string[];
}

/** What came of many seeds. */
export interface Report {
  readonly failures: readonly Failure[];
  /** Seeds whose two lives differed. */
  readonly undetermined: readonly number[];
  /** Simulated, both lives of each seed. */
  readonly days: number;
  readonly calls: number;
  readonly crashes: number;
  /** Times that each fault struck; of one life of each seed. */
  readonly faults: ReadonlyMap<string, number>;
}

/** Lives through each seed twice: the same seed must make the same events. A seed that fails is made as small as it gets. */
export async function campaign({ seeds, onSeed, ...options }: CampaignOptions): Promise<Report> {
  const failures: Failure[] = [];
  const undetermined: number[] = [];
  const faults = new Map<string, number>();
  let [days, calls, crashes] = [0, 0, 0];
  for (const seed of seeds) {
    const scenario = scenarioOf(seed, options);
    const outcome = await live(scenario, options);
    const again = await live(scenario, options);
    onSeed?.(seed, outcome);
    days += outcome.days + again.days;
    calls += outcome.events.get('arrived') ?? 0;
    crashes += outcome.crashes;
    for (const [name, times] of outcome.faults) faults.set(name, (faults.get(name) ?? 0) + times);
    if (again.digest !== outcome.digest) undetermined.push(seed);
    if (outcome.violation) failures.push(await failureOf(scenario, outcome.violation, options));
  }
  return { failures, undetermined, days, calls, crashes, faults };
}

async function failureOf(scenario: Scenario, violation: Violation, options: LifeOptions): Promise<Failure> {
  const smallest = await minimise(scenario, async (smaller) => {
    const outcome = await live(smaller, options);
    return outcome.violation?.invariant === violation.invariant;
  });
  const { tail, violation: last } = await live(smallest, options);
  return { seed: scenario.seed, violation: last ?? violation, smallest, tail };
}
