import type { UpsertRow } from '../../../src/job/sink';
import { attemptOf, claimed, codeOf, JOB, NOTHING, NOW, type OpenBench } from './setup';

export function recordSuite(setup: OpenBench): void {
  async function sink() {
    const bench = await setup();
    const { claim, run } = await claimed(bench.store);
    let version = 0;
    const upsert = async (table: string, rows: readonly UpsertRow[], settlement = NOTHING) => {
      const write = { upsert: { table, rows }, state: null };
      const page = { claim, version, cursor: '{}', recordCount: rows.length, write, settlement, nowMs: NOW };
      version = await bench.store.runs.commitPage(page);
    };
    const log = async (...apis: string[]) => {
      const settlement = { ...NOTHING, attempts: apis.map((api) => attemptOf({ api })) };
      const page = { claim, version, cursor: '{}', recordCount: 0, write: { upsert: null, state: null }, nowMs: NOW };
      version = await bench.store.runs.commitPage({ ...page, settlement });
    };
    return { ...bench, run, upsert, log };
  }

  describe('the upsert sink', () => {
    test('keeps each key once', async () => {
      const { store, upsert } = await sink();
      await upsert('orders', [
        { key: 'b', data: '{"n":1}' },
        { key: 'a', data: '{}' },
      ]);
      await upsert('orders', [
        { key: 'b', data: '{"n":2}' },
        { key: 'c', data: '{}' },
      ]);
      expect(await store.records.count('orders')).toBe(3);
      expect(await store.records.keys('orders')).toEqual(['a', 'b', 'c']);
    });

    test('keeps every row of a page, however many, and once where they come again', async () => {
      const { store, upsert } = await sink();
      const rows = Array.from({ length: 61 }, (_, n) => ({ key: `order-${100 + n}`, data: `{"n":${n}}` }));
      await upsert('orders', rows);
      await upsert('orders', rows.slice(30));
      expect(await store.records.keys('orders')).toEqual(rows.map(({ key }) => key));
    });

    test('makes a table on first use, also for a page without records', async () => {
      const { store, upsert } = await sink();
      await upsert('orders', []);
      await upsert('group', [{ key: 'a', data: '{}' }]);
      expect(await store.records.tables()).toEqual(['group', 'orders']);
      expect(await store.records.count('orders')).toBe(0);
    });

    test('makes it again when the page that made it was rolled back', async () => {
      const { store, upsert } = await sink();
      const unknown = { platform: 'p', budget: 'app-day', scopeKey: '', windowKey: 'w', amount: 1, spent: 1 };
      const failed = upsert('orders', [{ key: 'a', data: '{}' }], { ...NOTHING, used: [unknown] });
      await expect(failed).rejects.toThrow('settled without a reservation');
      expect(await store.records.tables()).toEqual([]);
      await upsert('orders', [{ key: 'b', data: '{}' }]);
      expect(await store.records.keys('orders')).toEqual(['b']);
    });

    test('has nothing in a table that no page has reached', async () => {
      const { store } = await setup();
      expect(await store.records.tables()).toEqual([]);
      expect(await store.records.count('orders')).toBe(0);
      expect(await store.records.keys('offpeak_lease')).toEqual([]);
    });

    test.each(['offpeak_lease', 'sqlite_master', 'Orders', '1st', '', 'a b', 'x"; DROP TABLE y; --', 'o'.repeat(49)])(
      'refuses the table name %j',
      async (table) => {
        const { upsert, store } = await sink();
        expect(await codeOf(upsert(table, [{ key: 'a', data: '{}' }]))).toBe('JOB_INVALID');
        expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ version: 0 });
      },
    );
  });

  describe('the call log', () => {
    test('gives every attempt back, newest first', async () => {
      const { store, run, log } = await sink();
      await log('first', 'second');
      const whose = { runId: run.id, job: JOB, partition: 'shop-1' };
      expect(await store.calls({ limit: 9 })).toEqual([
        { ...attemptOf({ api: 'second', durationMs: 13 }), ...whose, id: expect.any(Number) as number },
        { ...attemptOf({ api: 'first', durationMs: 13 }), ...whose, id: expect.any(Number) as number },
      ]);
    });

    test('can be of one job, partition or run, and is limited', async () => {
      const { store, run, log } = await sink();
      await log('a', 'b');
      expect(await store.calls({ limit: 1 })).toMatchObject([{ api: 'b' }]);
      expect(await store.calls({ job: JOB, partition: 'shop-1', runId: run.id, limit: 9 })).toHaveLength(2);
      expect(await store.calls({ job: 'other', limit: 9 })).toEqual([]);
      expect(await store.calls({ partition: 'other', limit: 9 })).toEqual([]);
      expect(await store.calls({ runId: run.id + 1, limit: 9 })).toEqual([]);
    });
  });
}
