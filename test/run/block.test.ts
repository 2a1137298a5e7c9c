import type { LedgerUsage } from '../../src/limit/ledger';
import { pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const UNLIMITED = { appPerDay: null, apiQps: null, apiQpsByApi: {} };
/** Whoever looks finds the process before dead. */
const DEAD = { host: 'mac-1', bootId: 'boot-1', pid: 1, processStart: () => null };
const BLOCK_CALLS_MAX = 64;

let bundle: Bundle;
afterEach(() => bundle.close());

/** Calls follow each other fast: each page makes 30 side by side. */
async function open(perDay: number): Promise<{ reserves: () => number }> {
  let reserves = 0;
  const users = ['101', '102', '103'];
  bundle = await setup({
    users,
    machine: DEAD,
    job: { pages: pagesOf(Date.parse(START), 30) },
    kuaishou: { budgets: { 'app-day': perDay } },
    ports: ({ ledger }) => ({
      ledger: {
        reserve: (request) => {
          reserves += 1;
          return ledger.reserve(request);
        },
        settle: (settlement) => ledger.settle(settlement),
        usage: (...asked) => ledger.usage(...asked),
      },
    }),
    sandbox: {
      latencyMs: [20, 20],
      kuaishou: {
        merchants: Object.fromEntries(users.map((user) => [user, { orders: 500, items: 0 }])),
        limits: { ...UNLIMITED, appPerDay: perDay },
      },
    },
  });
  return { reserves: () => reserves };
}

async function appDay(): Promise<LedgerUsage | undefined> {
  const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop');
  return usage.find(({ budget }) => budget === 'app-day');
}

describe('permits of a day', () => {
  it('are taken in blocks when calls follow fast, and one by one near the end of the day', async () => {
    const { reserves } = await open(400);
    expect((await bundle.run()).state).toBe('parked');
    expect(bundle.sandbox.ledger.attempts()).toHaveLength(400);
    expect(bundle.sandbox.ledger.overBudget()).toBe(0);
    expect(reserves()).toBeLessThan(200);
    expect(await appDay()).toMatchObject({ used: 400, reserved: 0 });
  });

  it('are given back at a clean stop: what was not sent is there for the next process', async () => {
    await open(2_000);
    bundle.stopAfterPages(4);
    await bundle.run();
    expect((await appDay())?.reserved).toBeGreaterThan(0);
    await bundle.restart();
    expect(await appDay()).toMatchObject({ used: bundle.sandbox.ledger.attempts().length, reserved: 0 });
  });

  it('count as used after an unclean stop: at most one block', async () => {
    await open(2_000);
    bundle.stopAfterPages(4);
    await bundle.run();
    const sent = bundle.sandbox.ledger.attempts().length;
    bundle.process = await bundle.another(DEAD);
    const { used = 0, reserved } = (await appDay()) ?? {};
    expect(reserved).toBe(0);
    expect(used).toBeGreaterThan(sent);
    expect(used - sent).toBeLessThanOrEqual(BLOCK_CALLS_MAX);
  });
});
