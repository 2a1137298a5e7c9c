import { HOSTILE, type HostileRow, type HostileServer, openHostileServer } from '../http/hostile-server';
import { type Bundle, setup } from './setup';

const USER = '101';
const ORDERS = 60; // two pages

let bundle: Bundle;
let server: HostileServer;
afterEach(async () => {
  await bundle.close();
  await server.close();
});

/** One merchant behind a server that answers the first requests so, and passes the others on. */
async function open(row: HostileRow, times: number): Promise<void> {
  const honestPort = (): number => Number(new URL(bundle.sandbox.kuaishou.url).port);
  server = await openHostileServer({ answer: row.answer, times, honestPort });
  bundle = await setup({
    users: [USER],
    sandbox: { kuaishou: { merchants: { [USER]: { orders: ORDERS, items: 0 } } } },
    kuaishou: { baseUrl: server.origin },
  });
}

async function delivered(): Promise<number> {
  return (await bundle.store.records.keys('orders')).length;
}

async function countedToday(): Promise<number> {
  const rows = await bundle.store.ledger.usage(bundle.clock.nowMs());
  return rows.find(({ budget }) => budget === 'app-day')?.used ?? 0;
}

const calls = () => bundle.store.calls({ limit: 100 });

describe('a partition that is answered with', () => {
  // What hangs is one and the same from here on, and takes seconds to play.
  const passing = HOSTILE.filter(({ name, outcome, hangs }) => outcome !== 'fatal' && (!hangs || name === 'no answer'));
  it.each(passing.map((row) => [row.name, row] as const))('%s asks again and loses nothing', async (_, row) => {
    await open(row, 1);
    expect(await bundle.run()).toMatchObject({ state: 'done' });
    expect(await delivered()).toBe(ORDERS);
    await everythingIsCounted(row);
  });

  const lasting = HOSTILE.filter(({ outcome }) => outcome === 'fatal');
  it.each(lasting.map((row) => [row.name, row] as const))(
    '%s fails at once, and the next run has all',
    async (_, row) => {
      await open(row, 1);
      expect(await bundle.run()).toMatchObject({ state: 'failed' });
      expect(server.requests()).toBe(1);
      await bundle.play(bundle.clock.sleep(60_000));
      expect(await bundle.run()).toMatchObject({ state: 'done' });
      expect(await delivered()).toBe(ORDERS);
      await everythingIsCounted(row);
    },
  );
});

/** As many attempts in the log and in the ledger as the server saw, the first as its row says. */
async function everythingIsCounted(row: HostileRow): Promise<void> {
  const logged = await calls();
  expect(logged).toHaveLength(server.requests());
  expect(await countedToday()).toBe(server.requests());
  const first = logged.find(({ outcome }) => outcome !== 'ok');
  expect(first).toMatchObject({ outcome: row.outcome });
  if (row.hangs) expect(first?.code).toMatch(/_TIMEOUT$/);
  else expect(first).toMatchObject({ code: row.code ?? row.edge });
}
