import type { RunPartition, RunStore } from '../../src/job/run';
import { Backlog } from '../../src/run/backlog';

const COUNT = 1_203;
const RESET_MS = 5_000;

function share(position: number, parkedUntilMs: number | null = null): RunPartition {
  const key = `shop-${position}`;
  const state = parkedUntilMs === null ? 'waiting' : 'parked';
  const counts = { pages: 0, records: 0, attempts: 0 };
  return {
    ...{ runId: 1, job: 'orders', partition: { key, scope: {} }, checkpoint: key, position, state, parkedUntilMs },
    ...counts,
    reason: null,
  };
}

/** A backlog over partitions in memory: those that are taken stay as they were, as before their claim is durable. */
function setup(shares: readonly RunPartition[], selects: (key: string) => boolean = () => true) {
  const reads: number[] = [];
  const first = (found: readonly RunPartition[], limit: number): Promise<RunPartition[]> => {
    const read = found.slice(0, limit);
    reads.push(read.length);
    return Promise.resolve(read);
  };
  const runs: Pick<RunStore, 'waiting' | 'parked'> = {
    waiting: ({ afterPosition, limit }) =>
      first(
        shares.filter(({ state, position }) => state === 'waiting' && position > afterPosition),
        limit,
      ),
    parked: ({ untilMs, after, limit }) => {
      const place = (one: RunPartition): string => `${String(one.parkedUntilMs).padStart(9, '0')} ${one.partition.key}`;
      const from = after ? `${String(after.parkedUntilMs).padStart(9, '0')} ${after.key}` : '';
      const found = shares.filter(
        (one) => one.parkedUntilMs !== null && one.parkedUntilMs <= untilMs && place(one) > from,
      );
      return first(
        [...found].sort((a, b) => (place(a) < place(b) ? -1 : 1)),
        limit,
      );
    },
  };
  const taken = new Set<string>();
  const backlog = new Backlog({ runs, runId: 1, job: 'orders', selects, isTaken: (key) => taken.has(key) });
  const takeAll = async (): Promise<string[]> => {
    const keys: string[] = [];
    for (let next = await backlog.take(); next; next = await backlog.take()) {
      keys.push(next.partition.key);
      taken.add(next.partition.key);
    }
    return keys;
  };
  return { backlog, takeAll, taken, reads };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

test('what waits is taken once each, in the order of the job, and never read all at once', async () => {
  const { takeAll, reads } = setup(range(COUNT).map((at) => share(at)));
  expect(await takeAll()).toEqual(range(COUNT).map((at) => `shop-${at}`));
  expect(Math.max(...reads)).toBeLessThanOrEqual(500);
});

test('what is parked is taken once it is due, once each, however much there is', async () => {
  const { backlog, takeAll } = setup(range(COUNT).map((at) => share(at, RESET_MS)));
  expect(await takeAll()).toEqual([]);
  backlog.unpark(RESET_MS - 1);
  expect(await takeAll()).toEqual([]);
  backlog.unpark(RESET_MS);
  const keys = await takeAll();
  expect(keys).toHaveLength(COUNT);
  expect(new Set(keys).size).toBe(COUNT);
});

test('a second instant in the middle of the first takes nothing twice', async () => {
  const { backlog, takeAll, taken } = setup(
    range(COUNT).map((at) => share(at, at % 2 === 0 ? RESET_MS : 2 * RESET_MS)),
  );
  backlog.unpark(RESET_MS);
  const first = await backlog.take();
  taken.add(first!.partition.key);
  backlog.unpark(2 * RESET_MS);
  const rest = await takeAll();
  expect(rest).not.toContain(first?.partition.key);
  expect(rest).toHaveLength(COUNT - 1);
});

test('what went back to its bookmark comes before the rest', async () => {
  const { backlog } = setup([share(0), share(1)]);
  const first = await backlog.take();
  backlog.rewind(first!);
  expect((await backlog.take())?.partition.key).toBe('shop-0');
  expect((await backlog.take())?.partition.key).toBe('shop-1');
  expect(await backlog.take()).toBeNull();
  expect(backlog.hasMore).toBe(false);
});

test('only what was selected is taken, and tells when it may go on', async () => {
  const others = range(COUNT).map((at) => share(at, RESET_MS));
  const { backlog, takeAll } = setup([...others, share(COUNT, 2 * RESET_MS)], (key) => key === `shop-${COUNT}`);
  expect(await backlog.firstParkedMs(-1)).toBe(2 * RESET_MS);
  expect(await backlog.firstParkedMs(2 * RESET_MS)).toBe(Infinity);
  backlog.unpark(2 * RESET_MS);
  expect(await takeAll()).toEqual([`shop-${COUNT}`]);
});
