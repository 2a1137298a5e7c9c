import type { Hold } from '../../../src/limit/hold';
import { codeOf, DAY, HOUR, NOW, type OpenBench, takeLease } from './setup';

const HOLD: Hold = {
  platform: 'kuaishou',
  scope: { app: 'ks1', user: '42' },
  untilMs: NOW + DAY,
  code: '1016',
  reason: 'daily quota spent',
  sinceMs: NOW,
};

export function holdSuite(setup: OpenBench): void {
  describe('a hold', () => {
    test('outlives the process, until its instant', async () => {
      const { store, another } = await setup();
      await store.holds.put(HOLD, await takeLease(store));
      const next = await another();
      expect(await next.holds.list(NOW + DAY - 1)).toEqual([HOLD]);
      expect(await next.holds.list(NOW + DAY)).toEqual([]);
    });

    test('replaces the one of the same platform and scope', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      await store.holds.put(HOLD, fence);
      await store.holds.put({ ...HOLD, untilMs: NOW + HOUR }, fence);
      await store.holds.put({ ...HOLD, scope: { app: 'ks1' } }, fence);
      await store.holds.put({ ...HOLD, platform: 'yida' }, fence);
      const kept = (await store.holds.list(NOW)).map((hold) => [hold.platform, hold.scope, hold.untilMs - NOW]);
      expect(kept).toEqual([
        ['kuaishou', { app: 'ks1' }, DAY],
        ['kuaishou', { app: 'ks1', user: '42' }, HOUR],
        ['yida', { app: 'ks1', user: '42' }, DAY],
      ]);
    });

    test('is refused without the lease', async () => {
      const { store } = await setup();
      expect(await codeOf(store.holds.put(HOLD, 1))).toBe('FENCED');
    });

    test('that ended long ago is gone when another one comes', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      await store.holds.put(HOLD, fence);
      await store.holds.put({ ...HOLD, scope: {}, sinceMs: NOW + 4 * DAY, untilMs: NOW + 5 * DAY }, fence);
      expect(await store.holds.list(NOW)).toHaveLength(1);
    });
  });
}
