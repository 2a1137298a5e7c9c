import { rm } from 'node:fs/promises';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { checkpointOf, differences, exportOf } from './export';
import { live, type Place, type Plan } from './life';
import { mostRepeated, standingOf } from './oracle';
import { LONG_DAY_MS, makeProject } from './project';

/** Two pages each: in every life turns begin, go on and end. */
const FIRST = '3649418105';
const USERS = Array.from({ length: 60 }, (_, at) => String(Number(FIRST) + at));
const PAGE_SIZE = 10;
const ORDERS = 2 * PAGE_SIZE;
const PER_DAY = 5_000;
const UNTIL_MS = Date.now();

/** A point of a run, and at which passage of it the process dies. */
type Point = readonly [point: string, nth: number];

const OF_TABLE: readonly Point[] = [
  ['after the lease is taken', 1],
  ['after reservations are spent, inside the recovery', 1],
  ['after the run is opened', 1],
  ['after the run is started', 1],
  ['after the claim', 2],
  ['before the debit', 2],
  ['after the debit', 2],
  ['before a call is sent', 3],
  ['while a call is in flight', 3],
  ['after a call is sent', 3],
  ['before the commit', 2],
  ['after the cursor, inside the commit', 2],
  ['after the records, inside the commit', 2],
  ['after the call log, inside the commit', 2],
  ['after the commit', 2],
  ['before the end of a turn', 1],
  ['after the cursor, inside an edit or the end of a turn', 1],
  ['after the end of a turn', 1],
  ['before the lease is renewed', 1],
  ['after the lease is renewed', 1],
];

const OF_FILES: readonly Point[] = [
  ['between two halves of the lines', 2],
  ['after the lines are synced', 2],
];

/** In a life that ends by itself, after some calls. */
const OF_END: readonly Point[] = [
  ['before the end of the run', 1],
  ['after the end of the run', 1],
  ['before permits are given back', 1],
  ['after permits are given back', 1],
  ['before the lease is let go', 1],
];
const ENDS = ['--max-calls', '12'];

const POINTS = [
  ...OF_TABLE.map((point) => [...point, ['run', 'orders']] as const),
  ...OF_END.map((point) => [...point, ['run', 'orders', ...ENDS]] as const),
  ...OF_FILES.map((point) => [...point, ['run', 'lines']] as const),
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

/** A life that dies at a point: proves that it came there. */
async function dieAt([point, nth]: Point, args: readonly string[]): Promise<void> {
  const lease: Plan['lease'] = { heartbeatMs: point.endsWith('the lease is renewed') ? 10 : 5_000, ttlMs: 20_000 };
  const { signal, said } = await live(killed, args, { point, nth, lease });
  expect({ signal, said }).toEqual({ signal: 'SIGKILL', said: expect.stringContaining(`hit: ${point}`) as string });
}

async function expectDone(place: Place, args: readonly string[]): Promise<void> {
  expect(await live(place, args)).toMatchObject({ code: 0 });
}

/** All share one store: each life goes on from where the one before was killed. */
describe('a process that is killed with SIGKILL at a named point', () => {
  const ends: number[] = [];

  it.each(POINTS)('leaves whole pages, and every call counted: %s', async (point, nth, args) => {
    await dieAt([point, nth], args);
    const { ledger } = killed.sandbox;
    expect(standingOf(killed)).toEqual({ torn: [], uncounted: 0 });
    expect(mostRepeated(ledger.attempts(), ends)).toBeLessThanOrEqual(1);
    expect(ledger.overBudget()).toBe(0);
    ends.push(ledger.attempts().length);
  });

  it('goes on to the very output of a process that nobody killed', async () => {
    for (const job of ['orders', 'lines'])
      await Promise.all([killed, calm].map((place) => expectDone(place, ['run', job])));
    expect(differences(exportOf(killed), exportOf(calm))).toEqual([]);
  });

  it.each([
    ['before an edit', false],
    ['after the cursor, inside an edit or the end of a turn', false],
    ['after an edit', true],
  ])('changes a checkpoint wholly or not at all: %s', async (point, isMade) => {
    const before = checkpointOf(killed, FIRST);
    await dieAt([point, 1], ['state', 'reset', `orders/${FIRST}`]);
    expect(checkpointOf(killed, FIRST)).toEqual(isMade ? { version: before.version + 1, cursor: null } : before);
  });

  it('fetches again what was reset, to the same records', async () => {
    await expectDone(killed, ['run', 'orders']);
    expect(exportOf(killed).records).toEqual(exportOf(calm).records);
  });
});
