import { isLease } from '../../src/job/lease';
import type { SlotDecision } from '../../src/job/slot';
import { drawsOf } from '../../src/limit/budget';
import { combineHours } from '../../src/schedule/hours';
import { previewSlots } from '../../src/schedule/preview';
import { parseTimetable } from '../../src/schedule/timetable';
import type { Store } from '../../src/store/open';
import { windowAt } from '../../src/time/window';
import { openSlot } from '../run/setup';
import {
  type Asked,
  attempt,
  DAY_MS,
  type ForecastDesk,
  HOUR_MS,
  MINUTE_MS,
  openForecastDesk,
  perDay,
  perSecond,
  UTC,
} from './forecast-setup';

const FROM = '2026-03-02T00:00:00Z';
const MIDNIGHT = Date.parse('2026-03-03T00:00:00Z');
const daily = (time: string, windows?: readonly string[]) => {
  const [hour, minute] = time.split(':').map(Number);
  return { cron: `${minute} ${hour} * * *`, timezone: 'UTC', ...(windows && { windows }) };
};

/** 1,000 calls of 100 ms, one after the other, from 22:00 on, and 600 a day. */
const overdrawn: Asked = {
  from: FROM,
  days: 2,
  budgets: [perDay(600)],
  jobs: [{ name: 'orders', schedule: daily('22:00'), calls: 1_000, callsP50: 500 }],
};

const QUICK = { callsMax: 200 };

describe('a forecast', () => {
  it('is the same twice', async () => {
    const desk = await openForecastDesk(overdrawn);
    expect(await desk.forecast(QUICK)).toEqual(await desk.forecast(QUICK));
  });

  it('leaves the store as it was', async () => {
    const desk = await openForecastDesk(overdrawn);
    await desk.forecast(QUICK);
    expect(await desk.store.ledger.usage(MIDNIGHT - 1)).toEqual([]);
    expect(await desk.store.runs.list({ limit: 10 })).toHaveLength(4);
  });

  it('says when a quota runs out, what is carried over, and until when a run waits', async () => {
    const desk = await openForecastDesk(overdrawn);
    const { runs, quotas } = await desk.forecast({ callsMax: Infinity });
    const startMs = Date.parse('2026-03-02T22:00:00Z');
    const [first] = runs;
    expect(first).toMatchObject({ job: 'orders', startMs, calls: 500, callsCarried: 400 });
    expect(first?.finishP50Ms).toBe(startMs + 500 * 100);
    expect(first?.parks).toMatchObject([{ atMs: startMs + 600 * 100, untilMs: MIDNIGHT }]);
    // One call probes after the reset, then more and more follow.
    expect(first?.finishP80Ms).toBeGreaterThanOrEqual(MIDNIGHT + 400 * 100);
    expect(first?.finishP80Ms).toBeLessThan(MIDNIGHT + 5 * MINUTE_MS);
    const [day] = quotas[0]?.windows ?? [];
    expect(quotas[0]).toMatchObject({ name: 'shop app-day app=a1', limit: 600 });
    expect(day).toMatchObject({ usedP50: 500, usedP80: 600, callsCarried: 400 });
    expect(day?.goneAtMs).toBe(startMs + 599 * 100);
  });

  it('resumes after the reset inside the hours of the job', async () => {
    const jobs = [{ ...overdrawn.jobs[0]!, schedule: daily('22:00', ['06:00-07:00', '22:00-23:00']) }];
    const { runs } = await (await openForecastDesk({ ...overdrawn, jobs })).forecast();
    expect(runs[0]?.finishP80Ms).toBeGreaterThan(MIDNIGHT + 6 * HOUR_MS);
    expect(runs[0]?.finishP80Ms).toBeLessThan(MIDNIGHT + 6 * HOUR_MS + 5 * MINUTE_MS);
  });

  it('starts runs where the plan puts them, and holds them against their deadlines', async () => {
    const schedule = { ...daily('01:00'), deadline: '01:10' };
    const jobs = [{ name: 'orders', schedule, calls: 600, offsetMs: 7 * MINUTE_MS }];
    const desk = await openForecastDesk({ from: FROM, days: 1, budgets: [], jobs });
    const { runs } = await desk.forecast();
    const slotAtMs = Date.parse('2026-03-02T01:00:00Z');
    expect(runs).toMatchObject([{ slotAtMs, startMs: slotAtMs + 7 * MINUTE_MS, slackMs: 2 * MINUTE_MS }]);
  });

  it('starts the one run of the slots that wait for an opening where the plan puts it', async () => {
    const schedule = { cron: '*/20 * * * *', timezone: 'UTC', windows: ['22:00-23:00'] };
    const jobs = [{ name: 'orders', schedule, calls: 10, offsetMs: 7 * MINUTE_MS }];
    const { runs } = await (await openForecastDesk({ from: FROM, days: 1, budgets: [], jobs })).forecast();
    expect(new Date(runs[0]?.startMs ?? 0).toISOString().slice(11, 16)).toBe('22:07');
  });

  it('counts what is used of a quota already, and goes on with a run that is parked', async () => {
    const desk = await openForecastDesk(overdrawn);
    const night = { startMs: Date.parse('2026-03-02T23:00:00Z'), endMs: MIDNIGHT + DAY_MS };
    const { runs } = await desk.forecast({ span: night, store: await afterFirstNight(desk) });
    expect(runs[0]).toMatchObject({ slotAtMs: Date.parse('2026-03-02T22:00:00Z'), callsCarried: 400 });
    expect(runs[0]?.finishP80Ms).toBeGreaterThanOrEqual(MIDNIGHT + 400 * 100);
    // One call of the new day is over the rest that the new run needs.
    expect(runs[1]?.parks[0]?.atMs).toBe(Date.parse('2026-03-03T22:00:00Z') + 200 * 100);
  });

  it('goes on with a run that the store has parked', async () => {
    const desk = await openForecastDesk(overdrawn);
    const night = { startMs: Date.parse('2026-03-02T23:00:00Z'), endMs: MIDNIGHT + 12 * HOUR_MS };
    const { runs } = await desk.forecast({ span: night, store: await afterFirstNight(desk), callsMax: Infinity });
    expect(runs).toHaveLength(1);
    expect(runs[0]?.finishP50Ms).toBeGreaterThan(MIDNIGHT);
  });

  it('starts no run of a job that an operator has paused, until the pause ends', async () => {
    const desk = await openForecastDesk(overdrawn);
    const paused = {
      kind: 'job',
      name: 'orders',
      reason: 'audit',
      by: 'ann',
      sinceMs: Date.parse(FROM) - DAY_MS,
    } as const;
    await desk.store.operatorPauses.put([{ ...paused, untilMs: MIDNIGHT }]);
    const { runs } = await desk.forecast(QUICK);
    expect(runs.map(({ slotAtMs }) => slotAtMs)).toEqual([MIDNIGHT + 22 * HOUR_MS]);
  });

  it('ends early after too many steps, and says how far it came', async () => {
    const desk = await openForecastDesk(overdrawn);
    const { runs, quotas, span, coveredUntilMs } = await desk.forecast({ stepsMax: 400, callsMax: Infinity });
    expect(coveredUntilMs).toBeGreaterThan(span.startMs + 22 * HOUR_MS);
    expect(coveredUntilMs).toBeLessThan(span.startMs + 22 * HOUR_MS + MINUTE_MS);
    expect(runs).toHaveLength(1);
    expect(quotas[0]?.windows.every(({ startMs }) => startMs < coveredUntilMs)).toBe(true);
    expect((await desk.forecast(QUICK)).coveredUntilMs).toBe(span.endMs);
  });

  it('says nearly the same where several merchants share a partition', async () => {
    const users = Array.from({ length: 48 }, (_, at) => `m${at}`);
    const jobs = [48, 24, 12].map((merchants, at) => ({
      name: `job-${at}`,
      schedule: daily(`20:${10 * at}`),
      calls: 960,
      users: users.slice(0, merchants),
    }));
    const desk = await openForecastDesk({ from: FROM, days: 1, budgets: [perSecond(20), perDay(2_500)], jobs });
    const fine = await desk.forecast({ callsMax: Infinity, turnsMax: Infinity });
    const coarse = await desk.forecast({ callsMax: Infinity, turnsMax: 24 });
    expect(coarse.runs.map(({ job, startMs }) => [job, startMs])).toEqual(
      fine.runs.map(({ job, startMs }) => [job, startMs]),
    );
    for (const [at, run] of fine.runs.slice(0, 2).entries()) {
      expect(coarse.runs[at]?.calls).toBe(run.calls);
      expect(Math.abs((coarse.runs[at]?.finishP80Ms ?? 0) - (run.finishP80Ms ?? 0))).toBeLessThan(GROUPED_LATE_MS);
    }
    const [gone, goneGrouped] = [fine, coarse].map(({ quotas }) => quotas[0]?.windows[0]?.goneAtMs ?? 0);
    expect(gone).toBeGreaterThan(0);
    expect(Math.abs(gone! - goneGrouped!)).toBeLessThan(GROUPED_LATE_MS);
  });

  it('knows what a job takes, however many slots were skipped meanwhile', async () => {
    const asked = { ...overdrawn, jobs: [{ ...overdrawn.jobs[0]!, users: ['a', 'b', 'c'] }] };
    const desk = await openForecastDesk(asked);
    const before = await desk.forecast();
    const lease = await desk.store.lease.acquire('test', Date.parse(FROM));
    if (!isLease(lease)) throw new Error('the lease is taken');
    const decided = Array.from({ length: 100 }, (_, at) => Date.parse(FROM) - (100 - at) * MINUTE_MS);
    const decisions = decided.map((slotAtMs): SlotDecision => {
      return { kind: 'skip', slotAtMs, because: 'paused', reason: '', intoRunId: null, slots: 1 };
    });
    const { runs } = desk.store;
    await runs.decidedUntil({ jobs: ['orders'], fence: lease.fence, nowMs: decided[0]! - 1 });
    const jobs = [{ job: 'orders', decisions, decidedUntilMs: decided.at(-1)! }];
    await runs.decide({ jobs, fence: lease.fence, nowMs: Date.parse(FROM) });
    expect(await desk.forecast()).toEqual(before);
  });

  it('has no finish for a run that ends after its span', async () => {
    const jobs = [{ name: 'orders', schedule: daily('23:59'), calls: 1_000 }];
    const { runs } = await (await openForecastDesk({ from: FROM, days: 1, budgets: [], jobs })).forecast();
    expect(runs).toMatchObject([{ finishP50Ms: null, finishP80Ms: null, slackMs: null }]);
  });

  it('marks the slot that a change of the clocks moves, and counts a day of 23 hours', async () => {
    const timezone = 'America/New_York';
    const schedule = { cron: '30 2 * * *', timezone };
    const budgets = [{ ...perDay(1_000), per: { civil: 'day', at: '00:00', timezone } as const }];
    const jobs = [{ name: 'orders', schedule, calls: 10 }];
    const desk = await openForecastDesk({ from: '2026-03-07T05:00:00Z', days: 3, budgets, jobs });
    const { runs, quotas } = await desk.forecast();
    expect(runs.map(({ isMovedByClocks }) => isMovedByClocks)).toEqual([false, true, false]);
    expect(runs[1]?.slotAtMs).toBe(Date.parse('2026-03-08T07:00:00Z'));
    expect(quotas[0]?.windows.map(({ startMs, endMs }) => (endMs - startMs) / HOUR_MS)).toEqual([24, 23, 24]);
    const timetable = parseTimetable(schedule, 'orders');
    const hours = combineHours([]);
    const fromMs = desk.options.span.startMs;
    const shown = previewSlots({ timetable, timezone, hours, onBlackout: 'shift', fromMs, count: 3 });
    expect(shown.map(({ atMs }) => atMs)).toEqual(runs.map(({ slotAtMs }) => slotAtMs));
  });

  it('says nearly the same where a simulated call stands for ten', async () => {
    const users = Array.from({ length: 20 }, (_, at) => `m${at}`);
    const names = ['orders', 'refunds', 'items', 'stock'];
    const jobs = names.map((name, at) => ({
      name,
      schedule: daily('20:00'),
      calls: 300 + 60 * at,
      users: users.slice(0, 5 * (at + 1)),
    }));
    const desk = await openForecastDesk({ from: FROM, days: 1, budgets: [perSecond(10), perDay(1_100)], jobs });
    const fine = await desk.forecast({ callsMax: Infinity, turnsMax: Infinity });
    const coarse = await desk.forecast({ callsMax: 156 });
    expect(coarse.runs).toHaveLength(fine.runs.length);
    for (const [at, run] of fine.runs.entries()) {
      const bundled = coarse.runs[at];
      expect(bundled).toMatchObject({ job: run.job, startMs: run.startMs });
      expect(Math.abs((bundled?.calls ?? 0) - run.calls)).toBeLessThan(BUNDLED_CALLS);
      const ends = [run.finishP80Ms, bundled?.finishP80Ms].map((endMs) => endMs ?? MIDNIGHT) as [number, number];
      expect(Math.abs(ends[0] - ends[1])).toBeLessThan(BUNDLED_LATE_MS);
    }
    const used = coarse.quotas[0]?.windows[0]?.usedP80;
    expect(used).toBeGreaterThan(1_090);
    expect(used).toBeLessThanOrEqual(1_100);
    const [gone, goneBundled] = [fine, coarse].map(({ quotas }) => quotas[0]?.windows[0]?.goneAtMs ?? 0);
    expect(Math.abs(gone! - goneBundled!)).toBeLessThan(BUNDLED_LATE_MS);
  });
});

/** Of runs that take 50 seconds. */
const GROUPED_LATE_MS = 5_000;
/** Of runs that take some two minutes together. */
const BUNDLED_LATE_MS = 15_000;
/** What a run gets of the last of a quota differs by some simulated calls of ten. */
const BUNDLED_CALLS = 40;

/** The store of a desk at 23:00: 600 calls of the day are made, and the run waits for the reset with 400 left. */
async function afterFirstNight({ store, project }: ForecastDesk): Promise<Store> {
  const [startMs, endMs] = [Date.parse('2026-03-02T22:00:00Z'), Date.parse('2026-03-02T22:01:00Z')];
  const copy = await store.fork(endMs);
  const lease = await copy.lease.acquire('test', startMs);
  if (!isLease(lease)) throw new Error('the lease is taken');
  const { fence } = lease;
  const run = await openSlot(copy, { job: 'orders', slotAtMs: startMs, kind: 'schedule', fence });
  const claim = { runId: run.id, job: 'orders', partition: 'all', fence };
  await copy.runs.start({ runId: run.id, partitions: [{ key: 'all', scope: {} }], fence, nowMs: startMs });
  await copy.runs.claim(claim, startMs);
  const [draw] = drawsOf(project.config.platforms['shop']!.budgets, { app: 'a1' });
  const block = { draw: draw!, window: windowAt(UTC, 'day', startMs), needed: 600, wanted: 600 };
  const reserved = await copy.ledger.reserve({ platform: 'shop', blocks: [block], fence, nowMs: startMs });
  if (reserved.kind !== 'reserved') throw new Error('the day is empty');
  const used = reserved.blocks.map(({ drawn }) => ({ ...drawn, spent: drawn.amount }));
  const attempts = Array.from({ length: 600 }, () => attempt(startMs, 100));
  const end = { kind: 'park', untilMs: MIDNIGHT, reason: 'app-day of 600 is spent' } as const;
  await copy.runs.endTurn({ claim, end, settlement: { used, unsent: [], attempts }, nowMs: endMs });
  await copy.runs.settle({ runId: run.id, fence, nowMs: endMs });
  await copy.lease.release(fence, endMs);
  return copy;
}
