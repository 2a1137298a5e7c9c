import { rm } from 'node:fs/promises';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { exportOf } from './export';
import { type LifeEnd, live, type Place, type Plan } from './life';
import { mostRepeated, standingOf } from './oracle';
import { LONG_DAY_MS, makeProject } from './project';

/** Two pages each: in every life turns begin, go on and end. */
const USERS = Array.from({ length: 40 }, (_, at) => String(3649418105 + at));
const PAGE_SIZE = 10;
const ORDERS = 2 * PAGE_SIZE;
const PER_DAY = 5_000;
const UNTIL_MS = Date.now();

/** A point of a run, and at which passage of it the process dies. */
type Point = readonly [point: string, nth: number];

const BEGINNING: readonly Point[] = [
  ['before the lease is taken', 1],
  ['after the lease is taken', 1],
  ['before the recovery', 1],
  ['after reservations are spent, inside the recovery', 1],
  ['after the recovery', 1],
  ['before the run is opened', 1],
  ['after the run is opened', 1],
  ['before the run is started', 1],
  ['after the run is started', 1],
];

const MIDDLE: readonly Point[] = [
  ['before the claim', 2],
  ['after the claim', 2],
  ['before the debit', 2],
  ['after the debit', 2],
  ['before a call is sent', 3],
  ['while a call is in flight', 3],
  ['after a call is sent', 3],
  ['before the commit', 2],
  ['after the cursor, inside the commit', 2],
  ['after the call log, inside the commit', 2],
  ['after the commit', 2],
  ['before the end of a turn', 1],
  ['after the cursor, inside an edit or the end of a turn', 1],
  ['after the end of a turn', 1],
  ['before the lease is renewed', 1],
  ['after the lease is renewed', 1],
];

const OF_TABLE: readonly Point[] = [['after the records, inside the commit', 2]];
const OF_FILES: readonly Point[] = [
  ['between two halves of the lines', 2],
  ['before the lines are synced', 2],
  ['after the lines are synced', 2],
];

/** In a life that ends by itself, after a few calls. */
const ENDING: readonly Point[] = [
  ['before the end of the run', 1],
  ['after the end of the run', 1],
  ['before permits are given back', 1],
  ['after permits are given back', 1],
  ['before the lease is let go', 1],
];

let killed: Place;
let calm: Place;

async function open(): Promise<Place> {
  const sandbox: Sandbox = await openSandbox({
    day: { kind: 'fixed', lengthMs: LONG_DAY_MS },
    nowMs: UNTIL_MS,
    latencyMs: [1, 1],
    kuaishou: {
      merchants: Object.fromEntries(USERS.map((user) => [user, { orders: ORDERS, items: 0 }])),
      limits: { appPerDay: PER_DAY, apiQps: null, apiQpsByApi: {} },
    },
  });
  const directory = await makeProject(sandbox, {
    dayMs: LONG_DAY_MS,
    pageSize: PAGE_SIZE,
    users: USERS,
    untilMs: UNTIL_MS,
    partitionsInFlight: 2,
    budgets: { 'app-day': PER_DAY, 'order-list-app-qps': false, 'order-list-user-qps': false },
  });
  return { sandbox, directory };
}

beforeAll(async () => {
  [killed, calm] = await Promise.all([open(), open()]);
});

afterAll(async () => {
  for (const { sandbox, directory } of [killed, calm]) {
    await sandbox.close();
    await rm(directory, { recursive: true, force: true });
  }
});

function arrivals(): number {
  return killed.sandbox.ledger.attempts().length;
}

/** A life that dies at a point: proves that it came there. */
async function dieAt(args: readonly string[], [point, nth]: Point): Promise<void> {
  const lease: Plan['lease'] = { heartbeatMs: point.endsWith('the lease is renewed') ? 10 : 5_000, ttlMs: 20_000 };
  const { signal, said } = await live(killed, args, { point, nth, lease });
  expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: expect.stringContaining(`hit: ${point}`) as string });
}

async function expectEnd(place: Place, args: readonly string[], end: Partial<LifeEnd>): Promise<void> {
  expect(await live(place, args)).toMatchObject(end);
}

/** All tests of a job share one store: each life goes on from where the one before was killed. */
describe.each([
  ['orders', [...BEGINNING, ...MIDDLE, ...OF_TABLE], ENDING],
  ['lines', OF_FILES, []],
] as const)('a process that is killed with SIGKILL at a named point of %s', (job, points, ending) => {
  const ends: number[] = [];

  async function expectSound(before: number): Promise<void> {
    const { ledger } = killed.sandbox;
    expect(standingOf(killed)).toEqual({ torn: [], uncounted: 0 });
    expect(mostRepeated(ledger.attempts().slice(0, arrivals()), ends)).toBeLessThanOrEqual(1);
    expect(ledger.overBudget()).toBe(0);
    ends.push(arrivals());
    expect(arrivals()).toBeGreaterThanOrEqual(before);
  }

  it.each(points)('leaves whole pages, and every call counted: %s', async (...point) => {
    const before = arrivals();
    await dieAt(['run', job], point);
    await expectSound(before);
  });

  it.each(ending)('leaves whole pages, and every call counted: %s', async (...point) => {
    const before = arrivals();
    await dieAt(['run', job, '--max-calls', '3'], point);
    await expectSound(before);
  });

  it('goes on to the very output of a process that nobody killed', async () => {
    await expectEnd(killed, ['run', job], { code: 0 });
    await expectEnd(calm, ['run', job], { code: 0 });
    expect(await exportOf(killed)).toEqual(await exportOf(calm));
  });
});
