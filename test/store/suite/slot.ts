import type { SlotDecision, SlotSkip } from '../../../src/job/slot';
import type { Store } from '../../../src/store/open';
import { codeOf, DAY, HOUR, JOB, NOTHING, NOW, type OpenBench, startRun, takeLease } from './setup';

const opening = (slotAtMs: number, changes: Partial<SlotDecision> = {}): SlotDecision =>
  ({ kind: 'open', as: 'schedule', slotAtMs, startAtMs: null, cancels: [], ...changes }) as SlotDecision;
const skip = (slotAtMs: number, changes: Partial<SlotSkip> = {}): SlotDecision => ({
  kind: 'skip',
  slotAtMs,
  because: 'missed',
  reason: 'nobody was there',
  intoRunId: null,
  slots: 1,
  ...changes,
});

export function slotSuite(setup: OpenBench): void {
  async function seen() {
    const bench = await setup();
    const fence = await takeLease(bench.store);
    await bench.store.runs.decidedUntil({ jobs: [JOB, 'other'], fence, nowMs: NOW });
    return { ...bench, fence };
  }

  async function decide(store: Store, fence: number, ...decisions: SlotDecision[]): Promise<void> {
    const decidedUntilMs = Math.max(NOW, ...decisions.map(({ slotAtMs }) => slotAtMs));
    await store.runs.decide({ jobs: [{ job: JOB, decisions, decidedUntilMs }], fence, nowMs: NOW + DAY });
  }

  const rowsOf = async (store: Store) =>
    (await store.runs.list({ limit: 99 })).map(({ slotAtMs, kind, state }) => [(slotAtMs - NOW) / HOUR, kind, state]);

  describe('what is decided of slots', () => {
    test('begins with the moment at which a job is first seen', async () => {
      const { store, fence } = await seen();
      const later = { jobs: [JOB, 'new'], fence, nowMs: NOW + DAY };
      expect([...(await store.runs.decidedUntil(later))].sort()).toEqual([
        [JOB, NOW],
        ['new', NOW + DAY],
      ]);
    });

    test('is kept together: runs with their planned start, and what was skipped with the reason', async () => {
      const { store, fence } = await seen();
      const missed = skip(NOW + HOUR, { slots: 7 });
      const planned = opening(NOW + 2 * HOUR, { as: 'catch-up', startAtMs: NOW + 3 * HOUR });
      await decide(store, fence, missed, planned, opening(NOW + 4 * HOUR));
      expect(await store.runs.list({ limit: 9 })).toMatchObject([
        { kind: 'schedule', state: 'queued', startAtMs: null, slots: 1 },
        { kind: 'catch-up', state: 'queued', startAtMs: NOW + 3 * HOUR },
        { state: 'skipped', because: 'missed', reason: 'nobody was there', slots: 7, endedAtMs: NOW + DAY },
      ]);
      const known = await store.runs.decidedUntil({ jobs: [JOB], fence, nowMs: NOW });
      expect(known.get(JOB)).toBe(NOW + 4 * HOUR);
    });

    test('is of several jobs at a time', async () => {
      const { store, fence } = await seen();
      const jobs = [JOB, 'other'].map((job) => ({
        job,
        decisions: [opening(NOW + HOUR)],
        decidedUntilMs: NOW + HOUR,
      }));
      await store.runs.decide({ jobs, fence, nowMs: NOW + HOUR });
      expect((await store.runs.due(NOW + HOUR)).map(({ job }) => job).sort()).toEqual([JOB, 'other']);
    });

    test('stays: a slot that was decided is not decided again, as whatever', async () => {
      const { store, fence } = await seen();
      await decide(store, fence, opening(NOW + HOUR), skip(NOW + 2 * HOUR));
      await decide(store, fence, opening(NOW + HOUR, { as: 'catch-up' }), opening(NOW + 2 * HOUR), skip(NOW + HOUR));
      expect(await rowsOf(store)).toEqual([
        [2, 'schedule', 'skipped'],
        [1, 'schedule', 'queued'],
      ]);
    });

    test('leaves a slot alone that somebody has made a row of before it came', async () => {
      const { store, fence } = await seen();
      await store.runs.open({ job: JOB, slotAtMs: NOW + HOUR, kind: 'schedule', fence });
      await decide(store, fence, opening(NOW + HOUR, { as: 'catch-up' }), opening(NOW + 2 * HOUR));
      expect(await rowsOf(store)).toEqual([
        [2, 'schedule', 'queued'],
        [1, 'schedule', 'queued'],
      ]);
    });

    test('by two processes is decided by the one that holds the lease, and once', async () => {
      const { store, another, fence } = await seen();
      await decide(store, fence, opening(NOW + HOUR));
      const successor = await another();
      const later = NOW + DAY;
      const newFence = await takeLease(successor, later);
      await decide(successor, newFence, opening(NOW + HOUR, { as: 'catch-up' }), opening(NOW + 2 * HOUR));
      expect(await codeOf(decide(store, fence, opening(NOW + 3 * HOUR)))).toBe('FENCED');
      expect(await rowsOf(successor)).toEqual([
        [2, 'schedule', 'queued'],
        [1, 'schedule', 'queued'],
      ]);
    });

    test('of a job that was never seen is a mistake', async () => {
      const { store, fence } = await seen();
      const jobs = [{ job: 'stranger', decisions: [], decidedUntilMs: NOW }];
      await expect(store.runs.decide({ jobs, fence, nowMs: NOW })).rejects.toThrow('before it was seen');
    });

    test('can name the run that goes on in the place of a slot', async () => {
      const { store, fence } = await seen();
      const run = await startRun(store, fence);
      await decide(store, fence, skip(NOW + HOUR, { because: 'coalesced', intoRunId: run.id }));
      const [row] = await store.runs.list({ states: ['skipped'], limit: 1 });
      expect(row).toMatchObject({ because: 'coalesced', intoRunId: run.id });
    });

    test('can end runs that are not over, in the same moment', async () => {
      const { store, fence } = await seen();
      const run = await startRun(store, fence);
      await decide(store, fence, opening(NOW + HOUR, { cancels: [run.id] }));
      expect(await store.runs.get(run.id)).toMatchObject({ state: 'canceled', reason: 'a newer slot of its job came' });
      expect(await store.runs.unfinished(JOB)).toMatchObject({ slotAtMs: NOW + HOUR });
    });
  });

  describe('a planned start', () => {
    test('makes a run due, and is known before', async () => {
      const { store, fence } = await seen();
      await decide(store, fence, opening(NOW + HOUR, { startAtMs: NOW + 2 * HOUR }));
      expect(await store.runs.due(NOW + 2 * HOUR - 1)).toEqual([]);
      expect(await store.runs.nextDueMs(NOW)).toBe(NOW + 2 * HOUR);
      expect(await store.runs.due(NOW + 2 * HOUR)).toMatchObject([{ slotAtMs: NOW + HOUR }]);
      expect(await store.runs.nextDueMs(NOW + 2 * HOUR)).toBeNull();
    });

    test('goes before the slot: of two runs of a job the one that is planned first is due', async () => {
      const { store, fence } = await seen();
      const planned = opening(NOW + HOUR, { as: 'catch-up', startAtMs: NOW + 5 * HOUR });
      await decide(store, fence, planned, opening(NOW + 2 * HOUR));
      expect(await store.runs.due(NOW + 6 * HOUR)).toMatchObject([{ slotAtMs: NOW + 2 * HOUR }]);
    });
  });

  describe('a run that is canceled', () => {
    test('leaves its partitions where they are, parked ones too', async () => {
      const { store, fence } = await seen();
      const { id: runId } = await startRun(store, fence, ['a', 'b']);
      const claim = { runId, job: JOB, partition: 'a', fence };
      await store.runs.claim(claim, NOW);
      const end = { kind: 'park', untilMs: NOW + DAY, reason: 'spent' } as const;
      await store.runs.endTurn({ claim, end, settlement: NOTHING, nowMs: NOW });
      await store.runs.settle({ runId, fence, nowMs: NOW });
      await store.runs.cancel({ runId, reason: 'not wanted', fence, nowMs: NOW + HOUR });
      const canceled = { state: 'canceled', reason: 'not wanted', endedAtMs: NOW + HOUR, resumesAtMs: null };
      expect(await store.runs.get(runId)).toMatchObject(canceled);
      expect((await store.runs.partitions(runId)).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
      expect(await store.checkpoints.read(JOB, 'a')).toMatchObject({ status: 'idle', parkedUntilMs: null });
      expect([await store.runs.unfinished(JOB), await store.runs.nextDueMs(NOW)]).toEqual([null, null]);
    });

    test('lets a turn under way end, and stays canceled', async () => {
      const { store, fence } = await seen();
      const { id: runId } = await startRun(store, fence);
      const claim = { runId, job: JOB, partition: 'shop-1', fence };
      await store.runs.claim(claim, NOW);
      await store.runs.cancel({ runId, reason: 'not wanted', fence, nowMs: NOW });
      await store.runs.endTurn({ claim, end: { kind: 'interrupt' }, settlement: NOTHING, nowMs: NOW });
      expect(await store.runs.settle({ runId, fence, nowMs: NOW + HOUR })).toMatchObject({ state: 'canceled' });
      await store.runs.fail({ runId, reason: 'gone', fence, nowMs: NOW + HOUR });
      expect(await store.runs.get(runId)).toMatchObject({ state: 'canceled', reason: 'not wanted', endedAtMs: NOW });
      expect(await store.checkpoints.read(JOB, 'shop-1')).toMatchObject({ status: 'idle' });
    });

    test('after its end stays what it was', async () => {
      const { store, fence } = await seen();
      const { id: runId } = await startRun(store, fence, []);
      const done = await store.runs.settle({ runId, fence, nowMs: NOW });
      await store.runs.cancel({ runId, reason: 'not wanted', fence, nowMs: NOW + HOUR });
      expect(await store.runs.get(runId)).toEqual(done);
    });
  });
}
