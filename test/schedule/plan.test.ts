import fc from 'fast-check';
import { type Plan, planStarts } from '../../src/schedule/plan';
import type { PlanJob, PlanRequest } from '../../src/schedule/plan-request';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const RATES = [{ name: 'shop', perMinute: 60 }];
/** Small: the properties hold whatever the search has time for. */
const WORK_MAX = 200_000;

interface Told extends Partial<Omit<PlanJob, 'slots' | 'durationMs' | 'rates'>> {
  readonly minutes?: number;
  readonly perMinute?: number;
  readonly from?: number;
  readonly to?: number;
}

function job(name: string, { minutes = 30, perMinute = 30, from = 0, to = 360, ...rest }: Told = {}): PlanJob {
  const slot = { slotAtMs: from * MINUTE_MS, earliestMs: from * MINUTE_MS, latestEndMs: to * MINUTE_MS };
  return { name, slots: [slot], durationMs: minutes * MINUTE_MS, rates: { shop: perMinute }, ...rest };
}

function plan(jobs: readonly PlanJob[], request: Partial<PlanRequest> = {}): Plan {
  return planStarts({ rates: RATES, jobs, workMax: WORK_MAX, plannedShare: 1, ...request });
}

/** The first ten minutes of each hour. */
function avoiding({ slots, ...rest }: PlanJob): PlanJob {
  const avoid = Array.from({ length: 6 }, (_, hour) => ({
    startMs: hour * HOUR_MS,
    endMs: hour * HOUR_MS + 10 * MINUTE_MS,
  }));
  return { ...rest, slots: slots.map((slot) => ({ ...slot, avoid })) };
}

function offsetsOf({ jobs }: Plan): Record<string, number> {
  return Object.fromEntries(jobs.map((planned) => [planned.job, planned.offsetMs / MINUTE_MS]));
}

const someJobs = fc
  .array(
    fc.record({
      minutes: fc.integer({ min: 1, max: 120 }),
      perMinute: fc.integer({ min: 1, max: 60 }),
      from: fc.integer({ min: 0, max: 240 }),
      room: fc.integer({ min: 0, max: 200 }),
      nights: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 15 },
  )
  .map((all) =>
    all.map(({ minutes, perMinute, from, room, nights }, at): PlanJob => {
      const one = job(`job-${at}`, { minutes, perMinute, from, to: from + minutes + room });
      const slots = Array.from({ length: nights }, (_, night) => ({
        slotAtMs: one.slots[0]!.slotAtMs + night * 24 * HOUR_MS,
        earliestMs: one.slots[0]!.earliestMs + night * 24 * HOUR_MS,
        latestEndMs: one.slots[0]!.latestEndMs + night * 24 * HOUR_MS,
      }));
      return { ...one, slots };
    }),
  );

describe('a plan', () => {
  test('puts jobs that fit into a row one after the other', () => {
    const { peaks, jobs } = plan(Array.from({ length: 12 }, (_, at) => job(`job-${at}`)));
    expect(peaks[0]).toMatchObject({ rate: 'shop', perMinute: 30, share: 0.5, leastShare: 0.5 });
    expect(new Set(jobs.map(({ offsetMs }) => offsetMs / MINUTE_MS))).toEqual(
      new Set(Array.from({ length: 12 }, (_, at) => at * 30)),
    );
  });

  test('starts a job that is alone at its slot', () => {
    expect(offsetsOf(plan([job('alone')]))).toEqual({ alone: 0 });
  });

  test('says what the offset is good for', () => {
    const { jobs } = plan([job('big', { minutes: 180 }), job('small')]);
    expect(jobs[0]?.reason).toEqual({ kind: 'levelled', share: 0.5, shareAtSlot: 0.5, avoids: false });
    expect(jobs[1]?.reason).toEqual({ kind: 'levelled', share: 0.5, shareAtSlot: 1, avoids: false });
  });

  test('levels each minute of a job whose demand is not even', () => {
    const uneven = [...Array<number>(10).fill(60), ...Array<number>(20).fill(6)];
    const jobs = ['a', 'b', 'c'].map((name) => ({ ...job(name, { to: 50 }), rates: { shop: uneven } }));
    expect(plan(jobs).peaks[0]?.share).toBeCloseTo(1.2, 4); // the third runs beside the tails of both others;
  });

  test('keeps what is pinned, and plans around it', () => {
    const jobs = [job('pinned', { pinnedOffsetMs: 10 * MINUTE_MS, minutes: 300 }), job('other', { to: 120 })];
    const planned = plan(jobs);
    expect(offsetsOf(planned)).toEqual({ pinned: 10, other: 0 });
    expect(planned.jobs.map(({ reason }) => reason.kind)).toEqual(['levelled', 'pinned']);
  });

  test('says where a job has no choice, and where it shares no limit', () => {
    const jobs = [job('tight', { minutes: 30, to: 30 }), { ...job('own'), rates: {} }];
    const reasons = Object.fromEntries(plan(jobs).jobs.map((planned) => [planned.job, planned.reason]));
    expect(reasons).toEqual({ tight: { kind: 'no-slack' }, own: { kind: 'alone', avoids: false } });
  });

  test('takes no offset for none', () => {
    const jobs = ['a', 'b'].map((name) => job(name, { perMinute: 60, pinnedOffsetMs: null, previousOffsetMs: null }));
    expect(Object.values(offsetsOf(plan(jobs))).sort()).toEqual([0, 30]);
    expect(plan(jobs).jobs.map(({ reason }) => reason.kind)).toEqual(['levelled', 'levelled']);
  });

  test('lets the job of the better priority stay at its slot', () => {
    const jobs = [job('later', { priority: 7, minutes: 40 }), job('sooner', { priority: 1, minutes: 20 })];
    expect(offsetsOf(plan(jobs))).toEqual({ later: 20, sooner: 0 });
  });

  test('starts out of the spans to avoid, and says so', () => {
    const { jobs } = plan(['a', 'b'].map((name) => avoiding(job(name, { to: 90 }))));
    expect(jobs.map(({ offsetMs }) => offsetMs / MINUTE_MS).sort()).toEqual([10, 40]);
    expect(jobs[0]?.reason).toMatchObject({ kind: 'levelled', avoids: true });
    const alone = plan([{ ...avoiding(job('alone')), rates: {} }]).jobs[0];
    expect(alone).toMatchObject({ offsetMs: 10 * MINUTE_MS, reason: { kind: 'alone', avoids: true } });
  });

  test('gets past a minute of overlap that no short move takes away', () => {
    const night = [
      job('yida-approvals', { minutes: 50, perMinute: 30, from: 60, to: 300 }),
      job('yida-archive', { minutes: 110, perMinute: 34.6, from: 60, to: 300 }),
      job('yida-forms', { minutes: 65, perMinute: 32.3, to: 300 }),
      job('yida-members', { minutes: 15, perMinute: 17.3, from: 120, to: 240 }),
    ];
    const rates = [{ name: 'shop', perMinute: 90 }];
    expect(plan(night.map(avoiding), { rates, workMax: 2_000_000 }).peaks[0]?.perMinute).toBeCloseTo(34.6, 3);
  });

  test('starts in a span to avoid before it overloads a limit or where there is no other time', () => {
    const crowd = ['a', 'b'].map((name) => avoiding(job(name, { to: 65, perMinute: 60 })));
    const planned = plan(crowd);
    expect(Math.min(...Object.values(offsetsOf(planned)))).toBeLessThanOrEqual(5);
    expect(planned.peaks[0]?.share).toBe(1);
    const narrow = plan([avoiding(job('narrow', { to: 35 }))]);
    expect(narrow).toMatchObject({ jobs: [{ offsetMs: 0 }], infeasible: [] });
  });

  test('overloads a limit when more of it is used than it plans with', () => {
    const pair = ['a', 'b'].map((name) => job(name, { to: 30 }));
    expect(plan(pair).infeasible).toEqual([]);
    expect(plan(pair, { plannedShare: 0.8 })).toMatchObject({ infeasible: [{ kind: 'rate', minutesMissing: 8 }] });
    expect(plan(pair, { plannedShare: 0.8 }).peaks[0]?.share).toBeCloseTo(1, 5);
  });

  test('takes a quiet day for what it is', () => {
    const busy = job('busy', { to: 30 });
    const quiet = job('quiet', { to: 30 });
    const slots = quiet.slots.map((slot) => ({ ...slot, share: 0.1 }));
    expect(plan([busy, { ...quiet, slots }]).peaks[0]?.share).toBeCloseTo(0.55, 5);
  });

  test('counts what was drawn already in the first window of a quota', () => {
    const windows = [0, 180].map((from) => ({ startMs: from * MINUTE_MS, endMs: (from + 180) * MINUTE_MS }));
    const one = { ...job('one'), quotas: { day: 900 } };
    const quotas = [{ name: 'day', limit: 1_000, windows, drawn: 400 }];
    expect(offsetsOf(plan([one], { quotas }))['one']).toBeGreaterThanOrEqual(160);
    const morning = { ...job('morning', { to: 180 }), quotas: { day: 900 } };
    expect(plan([morning], { quotas }).infeasible).toMatchObject([{ kind: 'quota', callsMissing: 300 }]);
  });

  test('moves calls behind the reset of a quota that would not hold them', () => {
    const windows = [
      { startMs: 0, endMs: 180 * MINUTE_MS },
      { startMs: 180 * MINUTE_MS, endMs: 360 * MINUTE_MS },
    ];
    const jobs = ['a', 'b'].map((name) => ({ ...job(name), quotas: { day: 900 } }));
    const planned = plan(jobs, { quotas: [{ name: 'day', limit: 1_000, windows }] });
    const offsets = Object.values(offsetsOf(planned)).sort((a, b) => a - b);
    expect(offsets[0]).toBeLessThanOrEqual(150);
    expect(offsets[1]).toBeGreaterThanOrEqual(177); // the first window holds 100 of its 900 calls
    expect(planned.infeasible).toEqual([]);
  });

  test('levels two platforms at once for the jobs that use both', () => {
    const rates = ['shop', 'forms'].map((name) => ({ name, perMinute: 60 }));
    const jobs = [
      job('shop-only', { to: 60 }),
      { ...job('forms-only', { to: 60 }), rates: { forms: 30 } },
      { ...job('both', { to: 60 }), rates: { shop: 30, forms: 30 } },
    ];
    expect(plan(jobs, { rates }).peaks.map(({ share }) => share)).toEqual([0.5, 0.5]);
  });

  test('of nothing is empty', () => {
    expect(plan([])).toMatchObject({ jobs: [], infeasible: [], moved: [], peaks: [{ share: 0, leastShare: 0 }] });
  });
});

describe('what cannot be satisfied is told', () => {
  test('a job that takes longer than its window, with the minutes that are missing', () => {
    expect(plan([job('long', { minutes: 90, from: 60, to: 120 })]).infeasible).toEqual([
      { kind: 'window', fromMs: HOUR_MS, toMs: 2 * HOUR_MS, jobs: ['long'], minutesMissing: 30 },
    ]);
  });

  test('jobs that must share an hour that is too short for them, and no others', () => {
    const crowd = ['a', 'b', 'c'].map((name) => job(name, { from: 60, to: 120, perMinute: 60 }));
    expect(plan([...crowd, job('free')]).infeasible).toEqual([
      { kind: 'rate', rate: 'shop', fromMs: HOUR_MS, toMs: 2 * HOUR_MS, jobs: ['a', 'b', 'c'], minutesMissing: 30 },
    ]);
  });

  test('jobs whose calls no window of the quota holds', () => {
    const quotas = [{ name: 'day', limit: 1_000, windows: [{ startMs: 0, endMs: 24 * HOUR_MS }] }];
    const jobs = ['a', 'b'].map((name) => ({ ...job(name), quotas: { day: 900 } }));
    expect(plan(jobs, { quotas }).infeasible).toEqual([
      { kind: 'quota', quota: 'day', fromMs: 0, toMs: 24 * HOUR_MS, jobs: ['a', 'b'], callsMissing: 800 },
    ]);
  });
});

describe('planning again', () => {
  const jobs = Array.from({ length: 30 }, (_, at) =>
    job(`job-${at}`, { minutes: 10 + ((at * 7) % 40), perMinute: 3 + (at % 9) }),
  );
  const first = offsetsOf(plan(jobs));
  const kept = jobs.map((one) => ({ ...one, previousOffsetMs: (first[one.name] ?? 0) * MINUTE_MS }));

  test('moves at most two jobs when nothing has changed, and a job that is alone never', () => {
    const again = plan(kept);
    expect(again.moved.length).toBeLessThanOrEqual(2);
    expect(plan(kept.slice(0, 1)).moved).toEqual([]);
  });

  test('moves at most two jobs when one is added', () => {
    const again = plan([...kept, job('new', { minutes: 60, perMinute: 20 })]);
    expect(again.moved.length).toBeLessThanOrEqual(2);
    const moved = Object.entries(offsetsOf(again)).filter(([name, offset]) => name !== 'new' && offset !== first[name]);
    expect(moved.map(([name]) => name).sort()).toEqual([...again.moved].sort());
  });

  test('moves a job out of a span that is to be avoided now', () => {
    const calm = plan([{ ...avoiding(job('one')), previousOffsetMs: 5 * MINUTE_MS }]);
    expect(calm).toMatchObject({ moved: ['one'], jobs: [{ offsetMs: 10 * MINUTE_MS }] });
  });

  test('moves none when asked to keep all, and places the new ones', () => {
    const stacked = jobs.map((one) => ({ ...one, previousOffsetMs: 0 }));
    const again = plan([...stacked, job('new', { minutes: 60, perMinute: 20 })], { replan: 'keep' });
    expect(again.moved).toEqual([]);
    expect(offsetsOf(again)['new']).toBeGreaterThan(0);
  });

  test('moves what it likes when asked for a fresh plan', () => {
    const stacked = jobs.map((one) => ({ ...one, previousOffsetMs: 0 }));
    expect(plan(stacked, { replan: 'fresh' }).moved.length).toBeGreaterThan(10);
    expect(plan(stacked).moved.length).toBeLessThanOrEqual(2);
  });

  test('forgets an offset that the window has no room for any more', () => {
    const narrow = job('narrow', { to: 40, previousOffsetMs: 200 * MINUTE_MS });
    expect(offsetsOf(plan([narrow, ...kept]))['narrow']).toBeLessThanOrEqual(10);
  });
});

describe('whatever the jobs are', () => {
  test('no run leaves its window, and every slot has one', () => {
    fc.assert(
      fc.property(someJobs, (jobs) => {
        const planned = new Map(plan(jobs).jobs.map((one) => [one.job, one]));
        for (const { name, slots, durationMs } of jobs) {
          const { starts } = planned.get(name)!;
          expect(starts.map(({ slotAtMs }) => slotAtMs)).toEqual(slots.map(({ slotAtMs }) => slotAtMs));
          for (const [at, { startMs, endMs }] of starts.entries()) {
            expect(startMs).toBeGreaterThanOrEqual(slots[at]!.earliestMs);
            expect(endMs).toBeLessThanOrEqual(slots[at]!.latestEndMs);
            expect(endMs - startMs).toBe(durationMs);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the same jobs in another order get the same plan', () => {
    fc.assert(
      fc.property(someJobs, (jobs) => {
        expect(plan([...jobs].reverse())).toEqual(plan(jobs));
      }),
      { numRuns: 40 },
    );
  });

  test('the peak is what the starts come to, never below the bound, and never above all at the slot', () => {
    fc.assert(
      fc.property(someJobs, (jobs) => {
        const planned = plan(jobs);
        const offsets = offsetsOf(planned);
        const peakOf = (offsetOf: (name: string) => number): number => {
          const load = new Map<number, number>();
          for (const { name, slots, durationMs, rates } of jobs) {
            for (const { earliestMs } of slots) {
              const from = earliestMs / MINUTE_MS + offsetOf(name);
              for (let minute = from; minute < from + durationMs / MINUTE_MS; minute += 1)
                load.set(minute, (load.get(minute) ?? 0) + (rates['shop'] as number));
            }
          }
          return Math.max(...load.values()) / 60;
        };
        const [peak] = planned.peaks;
        expect(peak!.share).toBeCloseTo(
          peakOf((name) => offsets[name] ?? 0),
          4,
        );
        expect(peak!.share).toBeGreaterThanOrEqual(peak!.leastShare - 1e-6);
        expect(peak!.share).toBeLessThanOrEqual(peakOf(() => 0) + 1e-4);
      }),
      { numRuns: 40 },
    );
  });

  test('a new job moves at most two others', () => {
    fc.assert(
      fc.property(someJobs, fc.integer({ min: 1, max: 60 }), (jobs, perMinute) => {
        const before = offsetsOf(plan(jobs));
        const kept = jobs.map((one) => ({ ...one, previousOffsetMs: (before[one.name] ?? 0) * MINUTE_MS }));
        expect(plan([...kept, job('new', { perMinute })]).moved.length).toBeLessThanOrEqual(2);
      }),
      { numRuns: 40 },
    );
  });
});
