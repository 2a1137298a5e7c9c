import { selectionOf } from '../../src/cli/run-options';
import { pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const MERCHANTS = {
  '101': { orders: 200, items: 0 },
  '102': { orders: 200, items: 0 },
  '209': { orders: 200, items: 0 },
};

let bundle: Bundle;
afterEach(() => bundle.close());

async function open(options: SetupOptions = {}): Promise<Bundle> {
  bundle = await setup({
    job: { pages: pagesOf(Date.parse(START)) },
    sandbox: { kuaishou: { merchants: MERCHANTS } },
    ...options,
  });
  return bundle;
}

function part(options: { partition?: string; maxCalls?: number }) {
  return selectionOf({ dir: '.', ...options });
}

async function usersAsked(fromCall = 0): Promise<string[]> {
  const users = bundle.sandbox.ledger.attempts().map(({ scope }) => scope.user ?? '');
  return Promise.resolve([...new Set(users.slice(fromCall))].sort());
}

describe('a run of a part of the partitions', () => {
  it('asks for those only, and is done with them', async () => {
    const { run } = await open();
    expect(await run(part({ partition: '1*' }))).toMatchObject({
      state: 'done',
      totals: { partitions: 2, records: 400 },
    });
    expect(await usersAsked()).toEqual(['101', '102']);
  });

  it('goes on with a part of an unfinished run, and leaves the rest of it waiting', async () => {
    const { run, restart, stopAfterPages, sandbox } = await open();
    stopAfterPages(3);
    const stopped = await run();
    await restart();
    const before = sandbox.ledger.attempts().length;
    const partly = await run(part({ partition: '209' }));
    expect(partly).toMatchObject({ id: stopped.id, state: 'queued', totals: { partitionsDone: 1, partitions: 3 } });
    expect(await usersAsked(before)).toEqual(['209']);
    expect(await run()).toMatchObject({ id: stopped.id, state: 'done', totals: { records: 600 } });
  });
});

describe('a run of so many calls', () => {
  it('makes no more, is no failure, and the next one goes on from there', async () => {
    const { run, sandbox } = await open();
    const first = await run(part({ maxCalls: 5 }));
    expect(first).toMatchObject({ state: 'queued', totals: { partitionsFailed: 0 } });
    expect(sandbox.ledger.attempts()).toHaveLength(5);
    const second = await run(part({ maxCalls: 4 }));
    expect(second).toMatchObject({ id: first.id, state: 'queued' });
    expect(sandbox.ledger.attempts()).toHaveLength(9);
    expect(await run()).toMatchObject({ id: first.id, state: 'done', totals: { records: 600 } });
    expect(sandbox.ledger.pagesServed().every(({ times }) => times === 1)).toBe(true);
  });

  it('does not touch the partitions that it has no calls left for', async () => {
    const { run, events, store } = await open({ job: { pages: pagesOf(Date.parse(START)), partitionsInFlight: 1 } });
    const { id } = await run(part({ maxCalls: 2 }));
    const states = (await store.runs.partitions(id)).map(({ state, pages }) => [state, pages]);
    expect(states).toEqual([
      ['waiting', 2],
      ['waiting', 0],
      ['waiting', 0],
    ]);
    expect(events.filter(({ kind }) => kind === 'interrupted')).toHaveLength(1);
  });

  it('counts a call once, however many attempts it takes', async () => {
    const { run, sandbox } = await open({ users: ['101'] });
    sandbox.failNext(2, 'http-500');
    expect((await run(part({ maxCalls: 2 }))).totals).toMatchObject({ pages: 2, attempts: 4 });
  });
});

describe('a job with many partitions', () => {
  it('works on so many side by side, and no more', async () => {
    let now = 0;
    let most = 0;
    const { run } = await open({
      job: {
        pages: pagesOf(Date.parse(START)),
        partitionsInFlight: 2,
        sink: async () => {
          most = Math.max(most, (now += 1));
          await bundle.engineClock.sleep(1_000);
          now -= 1;
        },
      },
    });
    expect((await run()).state).toBe('done');
    expect(most).toBe(2);
  });
});
