import { OffpeakError } from '../../src/errors';
import type { Store } from '../../src/store/open';
import { pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

const FULL = new OffpeakError('STORE_FULL', 'no space left');
const USERS = ['101', '102', '103'];
const LATENCY_MS = 20;

let bundle: Bundle;
afterEach(() => bundle.close());

/** A store whose disk is full from some instant on: nothing can be written. */
async function open(): Promise<{ fill: () => void; free: () => void }> {
  let isFull = false;
  const refusing = (store: Store): Partial<Store> => {
    const writes = <Result>(write: () => Promise<Result>): Promise<Result> => (isFull ? Promise.reject(FULL) : write());
    for (const method of ['commitPage', 'endTurn', 'claim', 'start', 'settle'] as const) {
      const own = store.runs[method].bind(store.runs) as (...given: unknown[]) => Promise<never>;
      jest.spyOn(store.runs, method).mockImplementation((...given: unknown[]) => writes(() => own(...given)));
    }
    const { ledger } = store;
    return {
      ledger: {
        reserve: (request) => writes(() => ledger.reserve(request)),
        settle: (settlement) => writes(() => ledger.settle(settlement)),
        usage: (nowMs, platform) => ledger.usage(nowMs, platform),
      },
    };
  };
  bundle = await setup({
    users: USERS,
    job: { pages: pagesOf(Date.parse(START), 4) },
    kuaishou: { budgets: { 'in-flight': 4 } },
    ports: refusing,
    sandbox: {
      latencyMs: [LATENCY_MS, LATENCY_MS],
      kuaishou: {
        merchants: Object.fromEntries(USERS.map((user) => [user, { orders: 300, items: 0 }])),
        limits: { appPerDay: null, apiQps: null, apiQpsByApi: {} },
      },
    },
  });
  return { fill: () => void (isFull = true), free: () => void (isFull = false) };
}

describe('a disk that fills while many calls wait', () => {
  it.each([1, 7, 12])('sends nothing more than what was in flight (page %i)', async (page) => {
    const { fill, free } = await open();
    let filledAtMs = Infinity;
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind !== 'page' || (pages += 1) !== page) return;
      fill();
      filledAtMs = bundle.clock.nowMs();
    };
    await expect(bundle.run()).rejects.toBe(FULL);
    // Permits at hand may be used until the first page that cannot be kept; each partition has one under way.
    expect(bundle.sandbox.ledger.attempts({ fromMs: filledAtMs + 1 }).length).toBeLessThanOrEqual(4 * USERS.length);
    const sent = bundle.sandbox.ledger.attempts().length;
    await bundle.play(bundle.clock.sleep(60_000));
    expect(bundle.sandbox.ledger.attempts()).toHaveLength(sent);
    free();
  });

  it('leaves a store from which the next process takes the run to its end, every call counted', async () => {
    const { fill, free } = await open();
    let pages = 0;
    bundle.onEvent = ({ kind }) => {
      if (kind === 'page' && (pages += 1) === 6) fill();
    };
    await expect(bundle.run()).rejects.toBe(FULL);
    free();
    await bundle.restart();
    bundle.onEvent = () => undefined;
    expect(await bundle.run()).toMatchObject({ id: 1, state: 'done', totals: { records: 900 } });
    const usage = await bundle.store.ledger.usage(bundle.clock.nowMs(), 'shop');
    const { used = 0, reserved = 0 } = usage.find(({ budget }) => budget === 'app-day') ?? {};
    expect(used + reserved).toBeGreaterThanOrEqual(bundle.sandbox.ledger.attempts().length);
  });
});
