import { LEASE_HEARTBEAT_MS, LEASE_TTL_MS } from '../../../src/job/lease';
import {
  asSpent,
  blockOn,
  claimed,
  codeOf,
  JOB,
  NO_WRITE,
  NOTHING,
  NOW,
  type OpenBench,
  reserved,
  takeLease,
} from './setup';

export function leaseSuite(setup: OpenBench): void {
  describe('the lease', () => {
    test('the first holder ever has none before it', async () => {
      const { store } = await setup();
      expect(await store.lease.acquire('offpeak start', NOW)).toEqual({
        fence: 1,
        previous: 'none',
        previousEndedAtMs: null,
        previousSeenAtMs: null,
      });
    });

    test('a second process is told who holds it', async () => {
      const { store, another } = await setup();
      await takeLease(store);
      const second = await another();
      const expected = {
        command: 'offpeak start',
        heartbeatAtMs: NOW,
        expiresAtMs: NOW + LEASE_TTL_MS,
        host: expect.any(String) as string,
        pid: expect.any(Number) as number,
      };
      expect(await second.lease.acquire('offpeak run', NOW + 1)).toEqual(expected);
      expect(await second.lease.holder(NOW + 1)).toEqual(expected);
    });

    test('after a release it is free, and the next holder knows when the one before ended', async () => {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      await store.lease.release(fence, NOW + 1);
      expect(await store.lease.holder(NOW + 2)).toBeNull();
      const next = await (await another()).lease.acquire('offpeak start', NOW + 2);
      expect(next).toEqual({ fence: 2, previous: 'clean', previousEndedAtMs: NOW + 1, previousSeenAtMs: NOW + 1 });
    });

    test('a renewal carries it on', async () => {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      expect(await store.lease.renew(fence, NOW + LEASE_HEARTBEAT_MS)).toBe(true);
      const answer = await (await another()).lease.acquire('offpeak start', NOW + LEASE_TTL_MS);
      expect(answer).toMatchObject({ heartbeatAtMs: NOW + LEASE_HEARTBEAT_MS });
    });

    test('without renewals it expires, and the end was unclean', async () => {
      const { store, another } = await setup();
      await takeLease(store);
      expect(await store.lease.holder(NOW + LEASE_TTL_MS)).toBeNull();
      const answer = await (await another()).lease.acquire('offpeak start', NOW + LEASE_TTL_MS);
      expect(answer).toEqual({ fence: 2, previous: 'unclean', previousEndedAtMs: null, previousSeenAtMs: NOW });
    });

    test('the fence grows with every holder', async () => {
      const { store } = await setup();
      for (const expected of [1, 2, 3, 4]) {
        const fence = await takeLease(store);
        expect(fence).toBe(expected);
        await store.lease.release(fence, NOW);
      }
    });

    test('a holder that expired unseen may renew while nobody took over', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      expect(await store.lease.renew(fence, NOW + 10 * LEASE_TTL_MS)).toBe(true);
    });

    test('a holder that was taken over cannot renew, and its release changes nothing', async () => {
      const { store, another } = await setup();
      const fence = await takeLease(store);
      const second = await another();
      await takeLease(second, NOW + LEASE_TTL_MS);
      expect(await store.lease.renew(fence, NOW + LEASE_TTL_MS)).toBe(false);
      await store.lease.release(fence, NOW + LEASE_TTL_MS);
      expect(await second.lease.holder(NOW + LEASE_TTL_MS)).not.toBeNull();
    });

    test('a released lease cannot be renewed', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      await store.lease.release(fence, NOW);
      expect(await store.lease.renew(fence, NOW)).toBe(false);
    });
  });

  describe('a process that stood still while another took over', () => {
    async function zombie() {
      const bench = await setup();
      const { fence, claim, run } = await claimed(bench.store);
      const drawn = await reserved(bench.store, fence, blockOn('app-day'));
      const successor = await bench.another();
      const newFence = await takeLease(successor, NOW + LEASE_TTL_MS);
      return { ...bench, fence, claim, run, drawn, successor, newFence };
    }

    test('is fenced from every write on runs', async () => {
      const { store, claim, run, fence } = await zombie();
      const { runs } = store;
      const writes = [
        runs.open({ job: JOB, slotAtMs: NOW + 1, kind: 'manual', fence }),
        runs.start({ runId: run.id, partitions: [], fence, nowMs: NOW }),
        runs.claim(claim, NOW),
        runs.commitPage({
          claim,
          version: 0,
          cursor: '{}',
          recordCount: 0,
          write: NO_WRITE,
          settlement: NOTHING,
          nowMs: NOW,
        }),
        runs.endTurn({ claim, end: { kind: 'complete' }, settlement: NOTHING, nowMs: NOW }),
        runs.settle({ runId: run.id, fence, nowMs: NOW }),
        runs.fail({ runId: run.id, reason: 'gone', fence, nowMs: NOW }),
        runs.cancel({ runId: run.id, reason: 'gone', fence, nowMs: NOW }),
        runs.decidedUntil({ jobs: [JOB], fence, nowMs: NOW }),
        runs.decide({ jobs: [], fence, nowMs: NOW }),
        runs.recover(fence, NOW),
      ];
      expect(await Promise.all(writes.map(codeOf))).toEqual(writes.map(() => 'FENCED'));
    });

    test('is fenced from the ledger, the holds, what was learned and the orders', async () => {
      const { store, fence, drawn, successor } = await zombie();
      const hold = { platform: 'kuaishou', scope: {}, untilMs: NOW + 1, code: 'X', reason: 'x', sinceMs: NOW };
      const writes = [
        store.ledger.reserve({ platform: 'kuaishou', blocks: [blockOn('app-day')], fence, nowMs: NOW }),
        store.ledger.settle({ used: asSpent(drawn), unsent: [], fence }),
        store.holds.put(hold, fence),
        store.learned.put([], fence),
        store.orders.take(fence),
      ];
      expect(await Promise.all(writes.map(codeOf))).toEqual(writes.map(() => 'FENCED'));
      expect(await successor.ledger.usage(NOW)).toMatchObject([{ used: 0, reserved: 1 }]);
      expect(await successor.holds.list(NOW)).toEqual([]);
    });

    test('leaves the checkpoint as it was', async () => {
      const { store, claim, successor } = await zombie();
      const before = await successor.checkpoints.read(JOB, 'shop-1');
      const commit = {
        claim,
        version: 0,
        cursor: '{}',
        recordCount: 9,
        write: NO_WRITE,
        settlement: NOTHING,
        nowMs: NOW,
      };
      expect(await codeOf(store.runs.commitPage(commit))).toBe('FENCED');
      expect(await successor.checkpoints.read(JOB, 'shop-1')).toEqual(before);
    });

    test('cannot write with a fence that it released', async () => {
      const { store } = await setup();
      const fence = await takeLease(store);
      await store.lease.release(fence, NOW);
      expect(await codeOf(store.runs.recover(fence, NOW))).toBe('FENCED');
    });

    test('does not keep its successor from the partition', async () => {
      const { successor, newFence, claim } = await zombie();
      await successor.runs.recover(newFence, NOW);
      const checkpoint = await successor.runs.claim({ ...claim, fence: newFence }, NOW);
      expect(checkpoint).toMatchObject({ status: 'running', fence: newFence });
    });
  });
}
