import type { Run } from '../../src/job/run';
import { chanceOf } from '../../src/schedule/chance';
import { nextSlotMs, slotsBetween } from '../schedule/slots-between';
import { HOUR_MS, keyOf, liveThroughNights, type Nights } from './nights-life';
import { CALLS_PER_DAY } from './nights-project';

/** More of them: `OFFPEAK_NIGHTS=100 npx jest test/run/nights.test.ts`. */
const SEEDS = Number(process.env['OFFPEAK_NIGHTS'] ?? 1);
const START = '2026-03-06T12:00:00-05:00';
const DAYS = 3;

describe.each(Array.from({ length: SEEDS }, (_, at) => at + 1))('nights of trouble, seed %i', (seed) => {
  let nights: Nights;
  let runs: readonly Run[];

  beforeAll(async () => {
    nights = await liveThroughNights({ seed, startAt: START, days: DAYS }, chanceOf(seed));
    runs = await nights.store.runs.list({ limit: 100_000 });
  }, 120_000);
  afterAll(() => nights.store.close());

  test('nothing starts beside another run of its job, outside hours, in a pause or before its planned start', () => {
    expect(nights.faults.length === 0 ? [] : nights.story).toEqual([]);
  });

  test('every slot is decided, once', async () => {
    const names = nights.project.jobs.map(({ name }) => name);
    const fence = (await nights.store.lease.acquire('test', nights.endMs + HOUR_MS)) as { fence: number };
    const decided = await nights.store.runs.decidedUntil({ jobs: names, fence: fence.fence, nowMs: nights.endMs });
    for (const job of nights.project.jobs) {
      const rows = runs.filter(({ job: of, kind }) => of === job.name && kind !== 'manual');
      const slots = rows.reduce((sum, row) => sum + row.slots, 0);
      expect([job.name, slots]).toEqual([job.name, slotsBetween(job, Date.parse(START), decided.get(job.name)!)]);
      expect(nextSlotMs(job, decided.get(job.name)!)).toBeGreaterThan(nights.endMs);
    }
  });

  test('every run that begins comes to its end', () => {
    const open = runs.filter(({ endedAtMs, slotAtMs }) => endedAtMs === null && slotAtMs < nights.endMs - 26 * HOUR_MS);
    expect(open).toEqual([]);
    expect(runs.filter(({ state }) => state === 'failed')).toEqual([]);
  });

  test('every page is committed once and in order, through parks, pauses, restarts and kills', async () => {
    for (const [key, pages] of nights.committed) {
      expect([key, pages]).toEqual([key, pages.map((_, at) => at)]);
    }
    for (const run of runs.filter(({ state }) => state === 'done')) {
      for (const { partition } of await nights.store.runs.partitions(run.id)) {
        const pages = nights.committed.get(
          keyOf({ job: run.job, partition: partition.key, runAtMs: run.startedAtMs! }),
        );
        expect([run.id, run.job, pages?.length]).toEqual([run.id, run.job, nights.pagesOf(run.job)]);
      }
    }
  });

  test('no page is asked for again but for those that a kill cut off', () => {
    const again = [...nights.served.values()].reduce((sum, times) => sum + times - 1, 0);
    expect(again).toBeLessThanOrEqual(nights.kills * 20);
  });

  test('no quota is overdrawn', () => {
    expect(Math.max(...nights.callsOfDay.values())).toBeLessThanOrEqual(CALLS_PER_DAY);
    expect(runs.some(({ totals }) => totals.parks > 0)).toBe(true);
  });
});
