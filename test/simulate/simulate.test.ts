import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageCommit } from '../../src/job/run';
import type { Store } from '../../src/store/open';
import { campaign } from './campaign';
import { openFileDatabase } from './database';
import { live } from './life';
import { REGRESSIONS } from './regressions';
import { scenarioOf } from './scenario';

jest.setTimeout(120_000);

const SHORT = { days: 1 };

test('no promise is broken, and each seed makes the same events twice', async () => {
  const report = await campaign({ seeds: [1], days: 3 });
  expect(report.failures).toEqual([]);
  expect(report.undetermined).toEqual([]);
  expect(report.crashes).toBeGreaterThan(1);
  expect(report.calls).toBeGreaterThan(50);
});

test('different seeds make different events', async () => {
  const [one, other] = [await live(scenarioOf(2, SHORT)), await live(scenarioOf(8, SHORT))];
  expect(one.digest).not.toBe(other.digest);
});

test('no promise is broken on a real file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-simulate-'));
  const openDatabase = (_: number, find: Parameters<typeof openFileDatabase>[1]) => openFileDatabase(directory, find);
  const outcome = await live(scenarioOf(3, SHORT), { openDatabase });
  await rm(directory, { recursive: true, force: true });
  expect(outcome.violation).toBeNull();
});

for (const { what, seed, days, faults } of REGRESSIONS)
  test(`what once failed holds: ${what}`, async () => {
    expect((await live({ ...scenarioOf(seed, { days }), faults })).violation).toBeNull();
  });

/** Breaks one method of the run store. */
function broken(change: (runs: Store['runs']) => Partial<Store['runs']>): (store: Store) => Store {
  return (store) => {
    const changed = change(store.runs);
    const runs = new Proxy(store.runs, {
      get: (of, name: keyof Store['runs']) => changed[name] ?? of[name].bind(of),
    });
    return { ...store, runs };
  };
}

test('a store that moves the cursor without its records is found, and no fault is left in the smallest scenario', async () => {
  const sabotage = broken((runs) => ({
    commitPage: (commit: PageCommit) => runs.commitPage({ ...commit, write: { ...commit.write, upsert: null } }),
  }));
  const { failures } = await campaign({ seeds: [1], days: 2, sabotage });
  expect(failures).toMatchObject([{ violation: { invariant: 'I1' }, smallest: { faults: [], days: 1 } }]);
});

test('a store that recovers nothing after a crash is found, with only the crash left in the smallest scenario', async () => {
  const sabotage = broken(() => ({ recover: () => Promise.resolve() }));
  const { failures } = await campaign({ seeds: [1], days: 3, sabotage });
  expect(failures).toMatchObject([{ smallest: { faults: [{ name: 'crash-before-end-of-turn' }] } }]);
});
