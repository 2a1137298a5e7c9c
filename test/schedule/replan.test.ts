import { planStarts } from '../../src/schedule/plan';
import type { PlanRequest } from '../../src/schedule/plan-request';
import type { AppliedPlan } from '../../src/schedule/plan-store';
import { fromApplied, PLAN_KEPT_MS, replanCause, toApplied } from '../../src/schedule/replan';

const MINUTE_MS = 60_000;
const NOW = Date.parse('2026-03-02T00:00Z');

const request: PlanRequest = {
  rates: [{ name: 'shop', perMinute: 60 }],
  jobs: ['a', 'b', 'c'].map((name) => ({
    name,
    slots: [{ slotAtMs: NOW, earliestMs: NOW, latestEndMs: NOW + 360 * MINUTE_MS }],
    durationMs: 30 * MINUTE_MS,
    rates: { shop: 60 },
  })),
};

function applied(offsets: Readonly<Record<string, number>>): AppliedPlan {
  const jobs = Object.entries(offsets).map(([job, minutes]) => ({
    job,
    offsetMs: minutes * MINUTE_MS,
    durationMs: 20 * MINUTE_MS,
    reason: { kind: 'no-slack' as const },
  }));
  return { plannedAtMs: NOW, digest: 'one', jobs };
}

describe('a plan is made', () => {
  const plan = applied({ a: 0 });

  test('when there is none, when the job files have changed, and once a day', () => {
    expect(replanCause(null, { digest: 'one', nowMs: NOW })).toBe('first');
    expect(replanCause(plan, { digest: 'two', nowMs: NOW })).toBe('changed');
    expect(replanCause(plan, { digest: 'one', nowMs: NOW + PLAN_KEPT_MS })).toBe('daily');
  });

  test('not before, however often a process starts', () => {
    expect(replanCause(plan, { digest: 'one', nowMs: NOW + PLAN_KEPT_MS - 1 })).toBeNull();
  });

  test('when the clock that dated the last one was far ahead', () => {
    expect(replanCause(plan, { digest: 'one', nowMs: NOW - PLAN_KEPT_MS })).toBe('daily');
  });
});

describe('what is in force', () => {
  test('is where the next plan starts from', () => {
    const plan = planStarts(fromApplied(request, applied({ a: 60, b: 120 })));
    expect(plan.jobs.slice(0, 2).map(({ offsetMs }) => offsetMs / MINUTE_MS)).toEqual([60, 120]);
    expect(plan.moved).toEqual([]);
  });

  test('stays to the letter for a job with a slot under way, and others are planned around it', () => {
    const was = { applied: applied({ a: 0, b: 0, c: 0 }), held: new Set(['b']) };
    const from = fromApplied(request, was.applied, was.held);
    const next = toApplied(planStarts(from), from, was);
    expect(next.map(({ job }) => job)).toEqual(['a', 'b', 'c']);
    expect(next[1]).toEqual(was.applied.jobs[1]);
    for (const at of [0, 2]) expect(next[at]).toMatchObject({ durationMs: 30 * MINUTE_MS });
    expect(Math.min(next[0]!.offsetMs, next[2]!.offsetMs)).toBeGreaterThanOrEqual(30 * MINUTE_MS);
  });

  test('holds nobody who has no place yet', () => {
    const from = fromApplied(request, applied({ a: 0 }), new Set(['a', 'b']));
    expect(from.jobs.map(({ pinnedOffsetMs }) => pinnedOffsetMs)).toEqual([0, undefined, undefined]);
  });
});
