import { OffpeakError } from '../../src/errors';
import type { Ledger } from '../../src/limit/ledger';
import { type CallsParts, TurnCalls } from '../../src/run/calls';
import type { Gateway } from '../../src/run/gateway';
import { PutDown } from '../../src/run/put-down';
import { stopControl } from '../../src/run/stop';
import { fakeClock } from '../fake-clock';
import { pagesOf } from './jobs';
import { type Bundle, START, setup } from './setup';

/** The calls of one turn, all of which the gateway answers at once. */
function turn() {
  const clock = fakeClock();
  const gateway = {
    call: () => Promise.resolve({ kind: 'ok', body: 1 }),
    words: (text: string) => text,
  } as unknown as Gateway;
  const parts: CallsParts = {
    gateway,
    clock,
    stop: stopControl(clock, 1_000),
    putDown: new PutDown(),
    calls: { left: null },
    onEvent: () => undefined,
  };
  return new TurnCalls(parts, {
    job: { name: 'orders', priority: 5 },
    run: { kind: 'manual', past: null },
    partition: { key: '101', scope: {} },
  });
}

describe('a job that calls and calls without a page', () => {
  it('is stopped, however it hides that', async () => {
    const calls = turn();
    let answered = 0;
    for (let n = 0; n < 10_010; n += 1) {
      await calls.call('list').then(
        () => (answered += 1),
        () => null,
      );
    }
    expect(answered).toBe(10_000);
    expect(calls.refusal).toEqual({ kind: 'fail', reason: 'orders/101: 10000 calls brought no page' });
  });

  it('may make as many again after each page', async () => {
    const calls = turn();
    for (let n = 0; n < 30_000; n += 1) {
      if (n % 9_000 === 0) calls.startPage();
      await calls.call('list');
    }
    expect(calls.refusal).toBeNull();
  });
});

describe('a disk that is full', () => {
  const full = new OffpeakError('STORE_FULL', 'no space left');
  let bundle: Bundle;
  afterEach(() => bundle.close());

  it('ends the run at once, and nothing is sent that could not be kept', async () => {
    let committed = 0;
    bundle = await setup({
      users: ['101'],
      job: {
        async *pages({ call }) {
          for (let page = 0; page < 9; page += 1) {
            await call('open.order.cursor.list', { beginTime: 1, endTime: 2 }).catch(() => null); // hides everything
            yield { records: [], cursor: { page: String(page) } };
          }
        },
      },
      platform: () => ({ classify: () => ({ kind: 'ok', body: {} }) }),
      sandbox: { kuaishou: { merchants: { '101': { orders: 0, items: 0 } } } },
      ports: ({ runs }) => {
        const commit = runs.commitPage.bind(runs);
        jest.spyOn(runs, 'commitPage').mockImplementation((page) => {
          committed += 1;
          return committed > 3 ? Promise.reject(full) : commit(page);
        });
        return {};
      },
    });
    await expect(bundle.run()).rejects.toBe(full);
    expect(bundle.sandbox.ledger.attempts()).toHaveLength(4);
    expect(await bundle.store.checkpoints.read('orders', '101')).toMatchObject({ cursor: '{"page":"2"}', version: 3 });
  });

  it('leaves the run to the next process, which goes on from the last page', async () => {
    let broken = true;
    bundle = await setup({
      users: ['101'],
      job: { pages: pagesOf(Date.parse(START)) },
      sandbox: { kuaishou: { merchants: { '101': { orders: 200, items: 0 } } } },
      ports: ({ ledger }) => ({ ledger: failing(ledger, () => broken && bundle.events.length > 5) }),
    });
    await expect(bundle.run()).rejects.toBe(full);
    await bundle.restart();
    broken = false;
    expect(await bundle.run()).toMatchObject({ id: 1, state: 'done', totals: { records: 200 } });
    expect(bundle.sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  function failing(ledger: Ledger, isFull: () => boolean): Ledger {
    return {
      reserve: (request) => (isFull() ? Promise.reject(full) : ledger.reserve(request)),
      settle: (settlement) => ledger.settle(settlement),
      usage: (nowMs, platform) => ledger.usage(nowMs, platform),
    };
  }
});
