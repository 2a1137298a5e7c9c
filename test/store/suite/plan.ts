import type { AppliedPlan } from '../../../src/schedule/plan-store';
import { codeOf, NOW, type OpenBench, takeLease } from './setup';

const PLAN: AppliedPlan = {
  plannedAtMs: NOW,
  digest: '0123456789abcdef',
  jobs: [
    { job: 'items', offsetMs: 0, durationMs: 0, reason: { kind: 'pinned' } },
    {
      job: 'orders',
      offsetMs: 17 * 60_000,
      durationMs: 600_000,
      reason: { kind: 'levelled', share: 0.48, shareAtSlot: 0.61, avoids: true },
    },
  ],
};

export function planSuite(setup: OpenBench): void {
  describe('the plan in force', () => {
    test('is none at first, and then outlives the process', async () => {
      const { store, another } = await setup();
      expect(await store.plans.get()).toBeNull();
      await store.plans.put(PLAN, await takeLease(store));
      expect(await (await another()).plans.get()).toEqual(PLAN);
    });

    test('is replaced as a whole: jobs that are gone go', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      await store.plans.put(PLAN, fence);
      const next = { plannedAtMs: NOW + 1, digest: 'other', jobs: PLAN.jobs.slice(1) };
      await store.plans.put(next, fence);
      expect(await store.plans.get()).toEqual(next);
    });

    test('is refused without the lease', async () => {
      const { store } = await setup();
      expect(await codeOf(store.plans.put(PLAN, 1))).toBe('FENCED');
    });
  });
}
