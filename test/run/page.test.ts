import type { JobDefinition } from '../../src/index';
import type { Call } from '../../src/job/definition';
import { type JobChanges, ordersQuery, pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const ORDERS = 'open.order.cursor.list';
const USER = '101';

let bundle: Bundle;
afterEach(() => bundle.close());

async function open(job: JobChanges, { sandbox, ...options }: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    users: [USER],
    job: { pages: pagesOf(Date.parse(START)), ...job },
    ...options,
    sandbox: { ...sandbox, kuaishou: { merchants: { [USER]: { orders: 200, items: 0 } }, ...sandbox?.kuaishou } },
  });
  return bundle;
}

type Pages = JobDefinition['pages'];

function ask(call: Call, page = '') {
  return call(ORDERS, { ...ordersQuery(Date.parse(START)), cursor: page });
}

async function reasonOf(runId: number): Promise<string | null | undefined> {
  const [share] = await bundle.store.runs.partitions(runId);
  return share?.reason;
}

async function checkpoint() {
  const { cursor = null, version = 0, status } = (await bundle.store.checkpoints.read('orders', USER)) ?? {};
  return { cursor, version, status };
}

describe('a page', () => {
  it('is not committed when the sink cannot take it: the partition fails, and the next run delivers it again', async () => {
    const keys: string[] = [];
    let broken = true;
    const { run, clock } = await open({
      sink: (_, { idempotencyKey }) => {
        keys.push(idempotencyKey);
        if (broken && keys.length === 2) throw new Error('the warehouse is closed');
      },
    });
    const failed = await run();
    expect(failed).toMatchObject({ state: 'failed', totals: { pages: 1 } });
    expect(await reasonOf(failed.id)).toContain('the warehouse is closed');
    expect((await checkpoint()).version).toBe(1);
    broken = false;
    await clock.advance(1);
    const done = await run();
    expect(done).toMatchObject({ state: 'done', totals: { pages: 4 } });
    expect(keys).toEqual([
      `orders/${USER}/${failed.id}/1`,
      `orders/${USER}/${failed.id}/2`,
      ...[1, 2, 3, 4].map((page) => `orders/${USER}/${done.id}/${page}`),
    ]);
  });

  it('keeps its key when it is delivered again after a stop in the same run', async () => {
    const keys: string[] = [];
    const { run, restart } = await open({
      sink: async (_, { idempotencyKey }) => {
        keys.push(idempotencyKey);
        if (keys.length !== 2) return;
        bundle.process.stop.request('in the middle of a delivery');
        await bundle.engineClock.sleep(60_000); // beyond the deadline
      },
    });
    expect((await run()).state).toBe('queued');
    await restart();
    expect((await run()).state).toBe('done');
    expect(keys[2]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(keys.length - 1);
  });

  it.each([
    ['does not fit the schema', { page: 7 }],
    ['is no JSON', { page: '', at: new Date(0) }],
  ])('is not committed when its cursor %s', async (_, cursor) => {
    const pages = async function* ({ call }) {
      const reply = await ask(call);
      yield { records: reply.data.orderList, cursor };
    } as Pages;
    const { run, store } = await open({ pages });
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(await reasonOf(failed.id)).toContain(`orders/${USER}`);
    expect(await checkpoint()).toMatchObject({ cursor: null, version: 0, status: 'failed' });
    expect(await store.records.keys('orders').catch(() => [])).toEqual([]);
  });

  it('without records is named as such', async () => {
    const pages = async function* () {
      yield await Promise.resolve({ cursor: { page: 'x' } });
    } as unknown as Pages;
    const { run } = await open({ pages });
    expect(await reasonOf((await run()).id)).toContain('expected yield { records: [...], cursor }');
  });
});

describe('job code that hides how a call ended', () => {
  const hiding: Pages = async function* ({ call }) {
    const reply = await ask(call).catch(() => null);
    yield { records: reply?.data.orderList ?? [], cursor: { page: 'a page built on nothing' } };
  };

  it('commits no page after a park', async () => {
    const { run } = await open({ pages: hiding }, { sandbox: { kuaishou: { limits: { appPerDay: 1 } } } });
    expect((await run()).state).toBe('done');
    const { version } = await checkpoint();
    await bundle.clock.advance(1);
    expect((await run()).state).toBe('parked');
    expect((await checkpoint()).version).toBe(version);
  });

  it('commits no page after a failure', async () => {
    const { run, sandbox } = await open({ pages: hiding });
    sandbox.kuaishou.revoke(USER);
    expect((await run()).state).toBe('failed');
    expect((await checkpoint()).version).toBe(0);
  });

  it('commits no page after a call that could not even be made', async () => {
    const { run } = await open({ pages: hiding }, { platform: unable });
    const failed = await run();
    expect(failed.state).toBe('failed');
    expect(await reasonOf(failed.id)).toBe('the request cannot be made');
    expect((await checkpoint()).version).toBe(0);
  });

  function unable() {
    return {
      request: () => {
        throw new Error('the request cannot be made');
      },
    };
  }
});

describe('a generator', () => {
  it('that never moves its cursor is stopped', async () => {
    const pages: Pages = async function* () {
      for (;;) yield await Promise.resolve({ records: [], cursor: { page: 'here' } });
    };
    const { run } = await open({ pages });
    const failed = await run();
    expect(failed).toMatchObject({ state: 'failed', totals: { pages: 100 } });
    expect(await reasonOf(failed.id)).toContain('100 pages in a row brought no record and the same cursor');
  });

  it('that delivers for ever at the same cursor is stopped, too', async () => {
    const pages: Pages = async function* () {
      for (;;) yield await Promise.resolve({ records: [{ oid: 1 }], cursor: { page: 'here' } });
    };
    const { run } = await open({ pages, sink: () => undefined });
    const failed = await run();
    expect(failed).toMatchObject({ state: 'failed', totals: { pages: 500 } });
    expect(await reasonOf(failed.id)).toContain('500 pages in a row brought the same cursor');
  });

  it('cleans up when its partition is parked', async () => {
    let cleanedUp = 0;
    const pages: Pages = async function* ({ call }) {
      try {
        for (;;) {
          const reply = await ask(call);
          yield { records: reply.data.orderList, cursor: { page: `${Math.random()}` } };
        }
      } finally {
        cleanedUp += 1;
      }
    };
    const { run } = await open({ pages }, { kuaishou: { budgets: { 'app-day': 3 } } });
    expect((await run()).state).toBe('parked');
    expect(cleanedUp).toBe(1);
  });

  it('that hangs in its clean-up does not keep the others waiting', async () => {
    const pages: Pages = async function* ({ call }) {
      try {
        await ask(call);
        yield { records: [], cursor: { page: 'next' } };
        await ask(call);
      } finally {
        await new Promise(() => undefined);
      }
    };
    const { run, clock } = await open({ pages }, { kuaishou: { budgets: { 'app-day': 1 } } });
    const startedAtMs = clock.nowMs();
    expect((await run()).state).toBe('parked');
    expect(clock.nowMs() - startedAtMs).toBeLessThanOrEqual(2_100);
  });
});
