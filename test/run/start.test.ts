import type { Job } from '../../src/job/parse';
import { type Partition, REGISTERED_MAX } from '../../src/job/partition';
import type { Run } from '../../src/job/run';
import { startRun } from '../../src/run/start';
import { fakeClock } from '../fake-clock';
import { openBench } from '../store/setup';
import { JOB, NOW, takeLease } from '../store/suite/setup';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const batch = (from: number, count: number): Partition[] =>
  Array.from({ length: count }, (_, at) => ({ key: `shop-${from + at}`, scope: {} }));

async function setup() {
  const { store, remove } = await openBench();
  cleanups.push(remove);
  const fence = await takeLease(store);
  const clock = fakeClock(NOW);
  const opened = await store.runs.open({ job: JOB, slotAtMs: NOW, kind: 'schedule', fence });
  const secrets = {
    words: (text: string) => `scrubbed: ${text}`,
    hasSecret: (text: string) => text.includes('hunter2'),
  };
  let looks = Infinity;
  const parts = { runs: store.runs, clock, fence, selects: () => true, secrets, isOff: () => (looks -= 1) < 0 };
  const start = async (partitions: () => AsyncGenerator<readonly Partition[]>): Promise<Run | null> => {
    const run = await store.runs.get(opened!.id);
    return clock.run(startRun(parts, { name: JOB, partitions } as unknown as Job, run!));
  };
  const callOff = (when: 'after two batches' | 'never'): void => {
    looks = when === 'never' ? Infinity : 1;
  };
  return { start, callOff, totals: async () => (await store.runs.get(opened!.id))?.totals.partitions };
}

test('a run starts with all that its job lists, however many batches they come in', async () => {
  const { start } = await setup();
  const run = await start(async function* () {
    for (const from of [0, 1, 2])
      yield await Promise.resolve(batch(from * REGISTERED_MAX, from === 2 ? 7 : REGISTERED_MAX));
  });
  expect(run).toMatchObject({ state: 'running', totals: { partitions: 2 * REGISTERED_MAX + 7 } });
});

test('what a listing that breaks off had named does not become part of the run', async () => {
  const { start, totals } = await setup();
  const broken = start(async function* () {
    yield await Promise.resolve(batch(0, 3));
    yield await Promise.resolve(batch(3, 3));
    throw new Error('the shop list is down');
  });
  await expect(broken).rejects.toThrow('scrubbed: the shop list is down');
  expect(await totals()).toBe(0);
});

test('what was kept before a process died in its listing is taken back, and listed anew', async () => {
  const { start, callOff, totals } = await setup();
  callOff('after two batches');
  const died = await start(async function* () {
    for (const from of [0, 3, 6]) yield await Promise.resolve(batch(from, 3));
  });
  expect(died).toBeNull();
  expect(await totals()).toBe(3); // durable, as a kill leaves it
  callOff('never');
  const run = await start(async function* () {
    yield await Promise.resolve(batch(2, 4));
  });
  expect(run?.totals.partitions).toBe(4);
});

test('a partition that holds a secret is refused before it is kept', async () => {
  const { start, totals } = await setup();
  const started = start(async function* () {
    yield await Promise.resolve(batch(0, REGISTERED_MAX));
    yield [{ key: 'hunter2', scope: {} }];
  });
  await expect(started).rejects.toMatchObject({
    code: 'JOB_INVALID',
    message: expect.stringContaining('secrets') as string,
  });
  expect(await totals()).toBe(0);
});
