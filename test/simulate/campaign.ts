import type { Violation } from './journal';
import { type LifeOptions, live } from './life';
import { minimise } from './minimise';
import { type Scenario, type ScenarioOptions, scenarioOf } from './scenario';

/** How each of many seeds is lived. */
export type SeedOptions = ScenarioOptions & LifeOptions;

export interface CampaignOptions extends ScenarioOptions, LifeOptions {
  readonly seeds: readonly number[];
}

export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
  /** The smallest scenario that fails in the same way. */
  readonly smallest: Scenario;
  readonly tail: readonly string[];
}

/** What came of one seed; plain, so that it passes between processes. */
export interface SeedReport {
  readonly seed: number;
  readonly failure: Failure | null;
  /** False where its two lives differed. */
  readonly isDetermined: boolean;
  /** Simulated, both lives. */
  readonly days: number;
  readonly calls: number;
  readonly crashes: number;
  /** Times that each fault struck, in one life. */
  readonly faults: Readonly<Record<string, number>>;
}

/** What came of many seeds, in their order. */
export interface Report {
  readonly failures: readonly Failure[];
  /** Seeds whose two lives differed. */
  readonly undetermined: readonly number[];
  readonly days: number;
  readonly calls: number;
  readonly crashes: number;
  readonly faults: Readonly<Record<string, number>>;
}

/** Lives through one seed after the other. */
export async function campaign({ seeds, ...options }: CampaignOptions): Promise<Report> {
  const lived: SeedReport[] = [];
  for (const seed of seeds) lived.push(await liveTwice(seed, options));
  return reportOf(lived);
}

/** The same seed must make the same events. One that fails is made as small as it gets. */
export async function liveTwice(seed: number, options: SeedOptions): Promise<SeedReport> {
  const scenario = scenarioOf(seed, options);
  const outcome = await live(scenario, options);
  const again = await live(scenario, options);
  return {
    seed,
    failure: outcome.violation ? await failureOf(scenario, outcome.violation, options) : null,
    isDetermined: again.digest === outcome.digest,
    days: outcome.days + again.days,
    calls: outcome.events.get('arrived') ?? 0,
    crashes: outcome.crashes,
    faults: Object.fromEntries(outcome.faults),
  };
}

export function reportOf(lived: readonly SeedReport[]): Report {
  const faults: Record<string, number> = {};
  let [days, calls, crashes] = [0, 0, 0];
  for (const one of lived) {
    days += one.days;
    calls += one.calls;
    crashes += one.crashes;
    for (const [name, times] of Object.entries(one.faults)) faults[name] = (faults[name] ?? 0) + times;
  }
  const failures = lived.flatMap(({ failure }) => failure ?? []);
  const undetermined = lived.filter(({ isDetermined }) => !isDetermined).map(({ seed }) => seed);
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
