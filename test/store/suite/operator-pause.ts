import { REASON_CHARS_MAX } from '../../../src/job/attempt';
import { ENDED_PAUSES_MAX, type OperatorPause } from '../../../src/job/operator-pause';
import { DAY, HOUR, NOW, type OpenBench } from './setup';

const SHOP: OperatorPause = {
  kind: 'platform',
  name: 'shop',
  reason: 'maintenance',
  by: 'ann',
  sinceMs: NOW,
  untilMs: null,
};
const ORDERS: OperatorPause = { ...SHOP, kind: 'job', name: 'orders', untilMs: NOW + HOUR };

export function operatorPauseSuite(setup: OpenBench): void {
  describe("an operator's pause", () => {
    test('is seen by every process without the lease, until its instant', async () => {
      const { store, another } = await setup();
      expect(await store.operatorPauses.put([SHOP, ORDERS])).toEqual([]);
      const { operatorPauses } = await another();
      expect(await operatorPauses.list(NOW)).toEqual([SHOP, ORDERS]);
      expect(await operatorPauses.list(NOW + HOUR - 1)).toEqual([SHOP, ORDERS]);
      expect(await operatorPauses.list(NOW + HOUR)).toEqual([SHOP]);
      expect(await operatorPauses.list(NOW + 400 * DAY)).toEqual([SHOP]);
    });

    test('takes the place of the one before of the same job or platform, and says so', async () => {
      const { operatorPauses } = (await setup()).store;
      const platformOfThatName = { ...SHOP, name: 'orders' };
      await operatorPauses.put([SHOP, ORDERS, platformOfThatName]);
      const later = { ...ORDERS, by: 'bob', reason: 'longer', sinceMs: NOW + 1, untilMs: NOW + DAY };
      expect(await operatorPauses.put([later])).toEqual([ORDERS]);
      expect(await operatorPauses.list(NOW + 1)).toEqual([SHOP, platformOfThatName, later]);
      const [, , before] = await operatorPauses.history();
      expect(before).toEqual({ ...ORDERS, end: { atMs: NOW + 1, by: 'bob' } });
    });

    test('that is ended stays in the history, with who ended it', async () => {
      const { operatorPauses } = (await setup()).store;
      await operatorPauses.put([SHOP, ORDERS]);
      const end = { by: 'bob', nowMs: NOW + 5 };
      expect(await operatorPauses.end([SHOP, { kind: 'job', name: 'other' }], end)).toEqual([SHOP]);
      expect(await operatorPauses.end([SHOP], end)).toEqual([]);
      expect(await operatorPauses.list(NOW + 5)).toEqual([ORDERS]);
      expect(await operatorPauses.history()).toEqual([
        { ...ORDERS, end: null },
        { ...SHOP, end: { atMs: NOW + 5, by: 'bob' } },
      ]);
    });

    test('whose instant has come was ended by nobody', async () => {
      const { operatorPauses } = (await setup()).store;
      await operatorPauses.put([ORDERS]);
      expect(await operatorPauses.end([ORDERS], { by: 'bob', nowMs: NOW + HOUR })).toEqual([]);
      expect(await operatorPauses.put([{ ...ORDERS, sinceMs: NOW + DAY, untilMs: null }])).toEqual([]);
      expect(await operatorPauses.history()).toMatchObject([{ end: null }, { end: null, untilMs: NOW + HOUR }]);
    });

    test('that lasts is never forgotten, while of the ended ones the newest stay', async () => {
      const { operatorPauses } = (await setup()).store;
      await operatorPauses.put([SHOP]);
      const many = Array.from({ length: ENDED_PAUSES_MAX + 2 }, (_, at) => ({ ...ORDERS, sinceMs: NOW + at }));
      await operatorPauses.put(many);
      const history = await operatorPauses.history();
      expect(history).toHaveLength(ENDED_PAUSES_MAX + 2); // with the two that last
      expect(history.at(-1)).toEqual({ ...SHOP, end: null });
      expect(history.at(-2)).toMatchObject({ sinceMs: NOW + 1 });
    });

    test('keeps a reason of a bounded length', async () => {
      const { operatorPauses } = (await setup()).store;
      await operatorPauses.put([{ ...SHOP, reason: 'x'.repeat(REASON_CHARS_MAX + 1) }]);
      expect((await operatorPauses.list(NOW))[0]?.reason).toHaveLength(REASON_CHARS_MAX);
    });
  });
}
