import type { Disk } from '../../src/limit/disk';
import type { Log } from '../../src/log';
import { pagesOf } from './jobs';
import { type Bundle, START, setup, silent } from './setup';

const USERS = ['101', '102', '103'];
const LATENCY_MS = 20;
/** One for each 50 orders. */
const PAGES = 6 * USERS.length;

let bundle: Bundle;
afterEach(() => bundle.close());

/** A process whose store is on a disk that another program fills and empties. */
async function open() {
  const told: string[] = [];
  const tell = (_: object, message: string): void => void told.push(message);
  const log: Log = { ...silent, info: tell, error: tell };
  const state = { freeBytes: 100, restocked: 0 };
  const disk: Disk = {
    space: () => ({ freeBytes: state.freeBytes, neededBytes: 64 }),
    restock: () => void (state.restocked += 1),
  };
  bundle = await setup({
    users: USERS,
    disk,
    log,
    job: { pages: pagesOf(Date.parse(START), 1) },
    sandbox: {
      latencyMs: [LATENCY_MS, LATENCY_MS],
      kuaishou: {
        merchants: Object.fromEntries(USERS.map((user) => [user, { orders: 300, items: 0 }])),
        limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} },
      },
    },
  });
  const { clock, sandbox } = bundle;
  const sent = (fromMs = 0): number => sandbox.ledger.attempts({ fromMs }).length;
  const fill = (): void => void (state.freeBytes = 63);
  const free = (): void => void (state.freeBytes = 64);
  const fillAtPage = (page: number): { atMs: () => number } => {
    let pages = 0;
    let filledAtMs = Infinity;
    bundle.onEvent = ({ kind }) => {
      if (kind !== 'page' || (pages += 1) !== page) return;
      fill();
      filledAtMs = clock.nowMs();
    };
    return { atMs: () => filledAtMs };
  };
  const toTheEnd = (): Promise<void> => bundle.play(bundle.process.engine.scheduler.finish());
  return { state, told, sent, fill, free, fillAtPage, toTheEnd };
}

const ended = async () => (await bundle.store.runs.list({ limit: 9 })).map(({ state, totals }) => ({ state, totals }));

test('with too little room nothing is sent, and no run fails', async () => {
  const { fill, sent, told } = await open();
  fill();
  await bundle.play(bundle.clock.sleep(60_000));
  const run = await bundle.run();
  expect(sent()).toBe(0);
  expect(run).toMatchObject({ endedAtMs: null, totals: { partitionsFailed: 0, attempts: 0 } });
  expect(told).toEqual([expect.stringContaining('0 MiB left')]);
});

test.each([1, 4, 9])('when it fills at page %i, what is in flight is kept and nothing more is sent', async (page) => {
  const { fillAtPage, sent } = await open();
  const filled = fillAtPage(page);
  const run = await bundle.run();
  expect(run).toMatchObject({ endedAtMs: null, totals: { partitionsFailed: 0 } });
  // The look before a call may be as old as LOOK_MS: each partition has at most so many calls in that time.
  expect(sent(filled.atMs() + 100 + LATENCY_MS)).toBe(0);
  expect(run.totals.pages).toBe(sent());
});

test('with room again everything goes on by itself, each page once, and each change is told once', async () => {
  const { fillAtPage, free, sent, told, state, toTheEnd } = await open();
  const filled = fillAtPage(5);
  await bundle.run();
  void bundle.clock.sleep(120_000).then(free);
  await toTheEnd();
  expect(await ended()).toMatchObject([{ state: 'done', totals: { records: 900, partitionsDone: 3 } }]);
  expect(sent()).toBe(PAGES);
  expect(bundle.clock.nowMs() - filled.atMs()).toBeLessThan(120_000 + 60_000);
  expect(told).toEqual([expect.stringContaining('are needed'), 'the disk of the store has room again']);
  expect(state.restocked).toBeGreaterThan(0);
});

test('a scheduler waits for room with what is due, and takes it up', async () => {
  const { fill, free, sent, toTheEnd } = await open();
  fill();
  await bundle.run();
  void bundle.clock.sleep(120_000).then(free);
  await toTheEnd();
  expect(sent()).toBe(PAGES);
  expect(await ended()).toMatchObject([{ state: 'done' }]);
});
