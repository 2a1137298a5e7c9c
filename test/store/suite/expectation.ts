import type { Expectation } from '../../../src/job/expectation';
import { codeOf, HOUR, JOB, NOW, type OpenBench, takeLease } from './setup';

export function expectationSuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    const fence = await takeLease(bench.store);
    const open = async (slotAtMs: number): Promise<Expectation> => {
      const run = await bench.store.runs.open({ job: JOB, slotAtMs, kind: 'schedule', fence });
      return {
        runId: run!.id,
        callsP50: 10,
        callsP80: 12.5,
        durationP50Ms: 60_000,
        durationP80Ms: 90_000,
        pastRuns: 7,
      };
    };
    return { ...bench, fence, open };
  }

  describe('what a run is expected to take', () => {
    test('outlives the process, field by field', async () => {
      const { store, another, fence, open } = await held();
      const expectation = await open(NOW);
      await store.expectations.put(expectation, fence);
      expect(await (await another()).expectations.list({ job: JOB, limit: 10 })).toEqual([expectation]);
    });

    test('stays what it was at the first start', async () => {
      const { store, fence, open } = await held();
      const expectation = await open(NOW);
      await store.expectations.put(expectation, fence);
      await store.expectations.put({ ...expectation, callsP50: 1 }, fence);
      expect(await store.expectations.list({ job: JOB, limit: 10 })).toEqual([expectation]);
    });

    test('is listed by job, of the newest slots first', async () => {
      const { store, fence, open } = await held();
      const [older, newer] = [await open(NOW), await open(NOW + HOUR)];
      for (const expectation of [older, newer]) await store.expectations.put(expectation, fence);
      expect(await store.expectations.list({ job: JOB, limit: 1 })).toEqual([newer]);
      expect(await store.expectations.list({ job: 'another', limit: 1 })).toEqual([]);
    });

    test('is refused from who has lost the lease', async () => {
      const { store, fence, open } = await held();
      const expectation = await open(NOW);
      expect(await codeOf(store.expectations.put(expectation, fence + 1))).toBe('FENCED');
    });
  });
}
