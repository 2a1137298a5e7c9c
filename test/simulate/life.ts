import { chanceOf } from '../../src/schedule/chance';
import type { Store } from '../../src/store/open';
import { virtualClock } from '../../src/time/virtual-clock';
import { type Database, type FindOpener, openInMemoryDatabase } from './database';
import { FAULTS } from './faults';
import type { Violation } from './journal';
import type { PlannedFault, Scenario } from './scenario';
import { World } from './world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What was carried over has ended by then. */
const CALM_DAYS = 3;
/** What came into being so long before the end is in the store by then. */
const SETTLED_MS = 30 * HOUR_MS;

export interface LifeOptions {
  /** Default in memory. */
  readonly openDatabase?: ((nowMs: number, find: FindOpener) => Promise<Database>) | undefined;
  readonly sabotage?: ((store: Store) => Store) | undefined;
}

/** What came of a scenario. */
export interface Outcome {
  readonly violation: Violation | null;
  /** Of every event in its order. */
  readonly digest: string;
  /** The last events, in words. */
  readonly tail: readonly string[];
  /** Faults that struck, by name. */
  readonly faults: ReadonlyMap<string, number>;
  /** Events by kind. */
  readonly events: ReadonlyMap<string, number>;
  readonly crashes: number;
  /** Simulated, calm days included. */
  readonly days: number;
}

/** Lives through a scenario, then through calm days; ends at the first promise that is broken. */
export async function live(scenario: Scenario, options: LifeOptions = {}): Promise<Outcome> {
  const clock = virtualClock(scenario.startMs);
  const openDatabase = options.openDatabase ?? inMemory;
  const world = await World.open({ scenario, clock, openDatabase, sabotage: options.sabotage });
  const struck = new Map<string, number>();
  const endMs = scenario.startMs + scenario.days * DAY_MS;
  for (const fault of scenario.faults) world.after(fault.atMs - scenario.startMs, () => strike(world, fault, struck));
  world.after(endMs - scenario.startMs, () => world.calmDown());
  await world.supervisor.start();
  const calmMs = endMs + CALM_DAYS * DAY_MS;
  for (let atMs = scenario.startMs; atMs < calmMs && !world.journal.violation; atMs += HOUR_MS) {
    await clock.advanceTo(atMs + HOUR_MS);
    await world.look();
  }
  if (!world.journal.violation) {
    await world.watch.progress.checkEnded(world.store, calmMs);
    await world.watch.slots.checkAll(world.store, calmMs);
    world.watch.pages.checkAll(calmMs - SETTLED_MS);
  }
  const { journal, supervisor } = world;
  const lived = {
    violation: journal.violation,
    tail: journal.tail(),
    faults: struck,
    events: journal.counts,
    crashes: supervisor.crashes,
    days: (clock.nowMs() - scenario.startMs) / DAY_MS,
  };
  await world.close();
  return { ...lived, digest: journal.digest() };
}

async function strike(world: World, { name, seed }: PlannedFault, struck: Map<string, number>): Promise<void> {
  world.journal.tell('fault', name);
  struck.set(name, (struck.get(name) ?? 0) + 1);
  await FAULTS[name].strike(world, chanceOf(seed));
}

function inMemory(nowMs: number, find: FindOpener): Promise<Database> {
  return Promise.resolve(openInMemoryDatabase(nowMs, find));
}
