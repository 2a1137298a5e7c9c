import type { Job } from '../../src/job/parse';
import type { Run } from '../../src/job/run';
import { gateOf } from '../../src/run/gate';
import { type JobOutlook, JobOutlooks } from '../../src/run/share-outlook';
import { hoursOfJobs } from '../../src/schedule/job-hours';
import { scheduled } from './scheduler-setup';

const GATE = gateOf(hoursOfJobs({ hours: null, platformHours: {} }));

const NOW = Date.parse('2026-03-02T09:00:00+08:00');
const RESET = Date.parse('2026-03-03T00:00:00+08:00');
const at = (time: string): number => Date.parse(`2026-03-02T${time}:00+08:00`);

function runOf(attempts: number, changes: Partial<Run> = {}): Run {
  const totals = { partitions: 1, partitionsDone: 1, partitionsParked: 0, partitionsFailed: 0 };
  return {
    id: 1,
    job: 'orders',
    slotAtMs: NOW - 86_400_000,
    kind: 'schedule',
    state: 'done',
    because: null,
    reason: null,
    intoRunId: null,
    slots: 1,
    past: null,
    startAtMs: null,
    startedAtMs: NOW,
    endedAtMs: NOW,
    resumesAtMs: null,
    totals: { ...totals, pages: 1, records: 1, attempts, parks: 0, resumes: 0 },
    ...changes,
  };
}

interface Known {
  readonly past?: readonly Run[];
  readonly unfinished?: Run;
  readonly startOf?: (job: Job, slotAtMs: number) => number;
}

async function outlook(job: Job, { past = [], unfinished, startOf }: Known): Promise<JobOutlook | undefined> {
  const outlooks = new JobOutlooks({
    jobs: [job],
    gate: GATE,
    startOf,
    clock: { nowMs: () => NOW, monotonicMs: () => NOW, sleep: () => Promise.resolve() },
    runs: {
      list: ({ states, kinds, limit }) =>
        Promise.resolve(
          past
            .filter(({ state, kind }) => (states?.includes(state) ?? true) && (kinds?.includes(kind) ?? true))
            .slice(0, limit),
        ),
      unfinished: () => Promise.resolve(unfinished ?? null),
    },
  });
  return (await outlooks.of({ endMs: RESET })).get(job.name);
}

/** Twelve runs, of which four in five took no more than 100. */
const PAST = Array.from({ length: 12 }, (_, n) => runOf(n < 10 ? 100 : 500));

describe('what a job will still want of a window', () => {
  it('is p80 of its past runs for each slot before the reset, from the first of them on', async () => {
    const job = scheduled('orders', '0 12,18 * * *');
    expect(await outlook(job, { past: PAST })).toEqual({ calls: 200, isFirm: true, changesAtMs: at('12:00') });
  });

  it('is nothing when its run of the window is done and no further slot comes', async () => {
    expect(await outlook(scheduled('orders', '0 8 * * *'), { past: PAST })).toBeUndefined();
  });

  it('counts a slot that has come just now until it has its run', async () => {
    const job = scheduled('orders', '0 9 * * *');
    expect(await outlook(job, { past: PAST })).toMatchObject({ calls: 100 });
    expect(await outlook(job, { past: [runOf(10, { slotAtMs: NOW }), ...PAST] })).toBeUndefined();
  });

  it('counts slots that start in the hours of the job, and one run where several wait for one opening', async () => {
    const job = scheduled('orders', '0 9,10,11,23 * * *', ['12:00-22:00']);
    expect(await outlook(job, { past: PAST })).toEqual({ calls: 100, isFirm: true, changesAtMs: at('12:00') });
  });

  it('leaves out a slot whose run starts after the reset by the plan', async () => {
    const job = scheduled('orders', '30 22,23 * * *');
    const startOf = (_: Job, slotAtMs: number): number => slotAtMs + 45 * 60_000;
    expect(await outlook(job, { past: PAST, startOf })).toEqual({ calls: 100, isFirm: true, changesAtMs: at('23:15') });
  });

  it('is what the run under way has left, and any number when that took more than most', async () => {
    const job = scheduled('orders', '0 8 * * *');
    const under = (attempts: number) => outlook(job, { past: PAST, unfinished: runOf(attempts, { state: 'running' }) });
    expect(await under(30)).toEqual({ calls: 70, isFirm: true, changesAtMs: NOW });
    expect(await under(130)).toEqual({ calls: 0, isFirm: false, changesAtMs: NOW });
  });

  it('is not forgotten over the slots that a parked run left out since', async () => {
    const job = scheduled('orders', '0 12,18 * * *');
    const skipped = Array.from({ length: 200 }, () => runOf(0, { state: 'skipped', because: 'coalesced' }));
    expect(await outlook(job, { past: [...skipped, ...PAST] })).toMatchObject({ calls: 200, isFirm: true });
  });

  it('is nothing for a run that is parked beyond the reset', async () => {
    const unfinished = runOf(30, { state: 'parked', resumesAtMs: RESET + 2_000 });
    expect(await outlook(scheduled('orders', '0 8 * * *'), { past: PAST, unfinished })).toBeUndefined();
  });

  it('may be any number as long as few runs are known, backfills not counted', async () => {
    const job = scheduled('orders', '0 12 * * *');
    const few = PAST.slice(0, 9);
    expect(await outlook(job, { past: few })).toMatchObject({ calls: 100, isFirm: false });
    const backfills = Array.from({ length: 5 }, () => runOf(9_000, { kind: 'backfill' }));
    expect(await outlook(job, { past: [...backfills, ...few] })).toMatchObject({ calls: 100, isFirm: false });
  });
});
