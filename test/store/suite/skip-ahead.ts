import { SKIP_KEPT_MS, type SkipAhead, type SkipAheadStore, skipOf } from '../../../src/job/skip-ahead';
import { DAY, HOUR, JOB, NOW, type OpenBench } from './setup';

const SKIP: SkipAhead = {
  job: JOB,
  slotAtMs: NOW + HOUR,
  reason: 'stocktaking',
  by: 'ann',
  askedAtMs: NOW,
};
const NEXT: SkipAhead = { ...SKIP, slotAtMs: NOW + DAY };

async function find(skipsAhead: SkipAheadStore, job: string, slotAtMs: number): Promise<SkipAhead | null> {
  return skipOf(await skipsAhead.list(0), job, slotAtMs);
}

export function skipAheadSuite(setup: OpenBench): void {
  describe('a slot that is skipped ahead', () => {
    test('is found at its slot by every process, and no other is', async () => {
      const { store, another } = await setup();
      expect(await store.skipsAhead.put([SKIP, NEXT])).toEqual([SKIP, NEXT]);
      const { skipsAhead } = await another();
      expect(await find(skipsAhead, JOB, NOW + HOUR)).toEqual(SKIP);
      expect(await find(skipsAhead, JOB, NOW + HOUR + 1)).toBeNull();
      expect(await find(skipsAhead, 'other', NOW + HOUR)).toBeNull();
    });

    test('is listed until it comes', async () => {
      const { skipsAhead } = (await setup()).store;
      await skipsAhead.put([NEXT, SKIP, { ...SKIP, job: 'a' }]);
      expect(await skipsAhead.list(NOW)).toEqual([{ ...SKIP, job: 'a' }, SKIP, NEXT]);
      expect(await skipsAhead.list(NOW + HOUR)).toEqual([NEXT]);
    });

    test('stays as the first one asked for it', async () => {
      const { skipsAhead } = (await setup()).store;
      await skipsAhead.put([SKIP]);
      expect(await skipsAhead.put([{ ...SKIP, by: 'bob' }, NEXT])).toEqual([NEXT]);
      expect(await find(skipsAhead, JOB, SKIP.slotAtMs)).toEqual(SKIP);
    });

    test('can be taken back until it comes, alone or with all of its job', async () => {
      const { skipsAhead } = (await setup()).store;
      const other = { ...SKIP, job: 'other' };
      await skipsAhead.put([SKIP, NEXT, other]);
      expect(await skipsAhead.remove({ job: JOB, slotAtMs: SKIP.slotAtMs, afterMs: SKIP.slotAtMs })).toEqual([]);
      expect(await skipsAhead.remove({ job: JOB, slotAtMs: SKIP.slotAtMs, afterMs: NOW })).toEqual([SKIP]);
      expect(await skipsAhead.remove({ job: JOB, afterMs: NOW })).toEqual([NEXT]);
      expect(await skipsAhead.list(NOW)).toEqual([other]);
    });

    test('is forgotten long after its slot, when another one is asked for', async () => {
      const { skipsAhead } = (await setup()).store;
      await skipsAhead.put([SKIP, NEXT]);
      const askedAtMs = SKIP.slotAtMs + SKIP_KEPT_MS + 1;
      await skipsAhead.put([{ ...SKIP, slotAtMs: askedAtMs + HOUR, askedAtMs }]);
      expect(await find(skipsAhead, JOB, SKIP.slotAtMs)).toBeNull();
      expect(await find(skipsAhead, JOB, NEXT.slotAtMs)).toEqual(NEXT);
    });
  });
}
