import stringWidth from 'string-width';
import { planDiff } from '../../../src/cli/plan/diff';
import type { PlanDocument } from '../../../src/cli/plan/document';
import { planText } from '../../../src/cli/plan/text';
import { planStarts } from '../../../src/schedule/plan';
import type { PlanJob } from '../../../src/schedule/plan-request';
import { examplePlan } from './example';

const COLUMNS = 100;
const HOUR_MS = 3_600_000;

function lines(document: PlanDocument): string[] {
  // Colours are off where there is no terminal, as here.
  return planText(document).split('\n');
}

function lineOf(document: PlanDocument, beginning: string): string {
  return lines(document).find((line) => line.startsWith(beginning)) ?? '';
}

describe('the picture on a terminal', () => {
  test('fits into 100 columns, whatever the names are', () => {
    const plan = examplePlan();
    const wide: PlanDocument = {
      ...plan,
      jobs: plan.jobs.map((job) => ({ ...job, platform: '快手' })),
      peaks: plan.peaks.map((peak) => ({ ...peak, rate: `快手店铺 ${peak.rate}` })),
      infeasible: [quotaShortfall(0), quotaShortfall(24)],
    };
    for (const document of [plan, wide]) {
      for (const line of lines(document)) expect(stringWidth(line.trimEnd())).toBeLessThanOrEqual(COLUMNS);
    }
  });

  test('keeps the cells in line under names of Chinese characters', () => {
    const plan = examplePlan();
    const named = {
      ...plan,
      jobs: plan.jobs.map((job, at) => (at === 0 ? { ...job, job: '订单订单订单订单订单订单' } : job)),
    };
    const [axis = '', first = '', second = ''] = lines(named).slice(1);
    expect(stringWidth(first)).toBe(stringWidth(second));
    expect(first.startsWith('订单订单订单订单订单…')).toBe(true);
    expect(axis.indexOf('00:00')).toBe(24);
  });

  test('shows runs, what they may take, parks, windows, blackouts and deadlines', () => {
    const plan = examplePlan();
    expect(lineOf(plan, 'yida-approvals')).toMatch(/ ·{6}░+█+━{30,}$/);
    expect(lineOf(plan, 'zhipu-summaries')).toMatch(/░+█+▓+░+·┃·+$/);
    expect(lineOf(plan, 'kuaishou-stock')).toMatch(/×{6}/);
  });

  test('says when a quota will be gone and what is carried over', () => {
    expect(lineOf(examplePlan(), '  Mon 03-02')).toMatch(/█+▓+ {2}96 %, p80 100 %, gone at 05:14, 420 carried over$/);
  });

  test('has one line for each day, and lists the runs of the first day only', () => {
    const shown = lines(examplePlan());
    expect(shown.filter((line) => /^\w{3} 03-0\d +\d+ +\d+ % {2,}[▁-█·]{72}$/.test(line))).toHaveLength(7);
    expect(shown.filter((line) => line.startsWith('zhipu-tags'))).toHaveLength(3); // its row, its run, its reason
    expect(shown.length).toBeLessThan(110);
  });

  test('draws the plan alone where there is no forecast', () => {
    const plan = examplePlan({ isForecast: false, days: 1 });
    expect(lineOf(plan, 'yida-approvals')).not.toContain('━');
    expect(planText(plan)).not.toContain('Day by day');
  });

  test('names hours by the clock of the zone, also where they are no full hours of UTC', () => {
    const plan = examplePlan();
    const [, axis = ''] = lines({ ...plan, timezone: 'Asia/Kolkata' });
    // 21:30 in Kolkata is the first cell: 00:00 is seven and a half of them later.
    expect(axis.indexOf('00:00')).toBe(24 + 7);
  });

  test('has one line for what is missing at the same hours of several days', () => {
    const text = planText({ ...examplePlan(), infeasible: [0, 24, 48].map(quotaShortfall) }).replace(/\n {2}/g, ' ');
    expect(text).toContain(
      'cannot be: shop day: 2026-03-02 00:00 to 2026-03-03 00:00 Asia/Shanghai lacks 20 calls for',
    );
    expect(text).toContain('a, b (and 2 more times until 2026-03-05)');
  });

  test('keeps control characters of foreign text from the terminal', () => {
    const plan = examplePlan();
    const reason = 'spent \u001b[2J';
    const runs = (plan.forecast?.runs ?? []).map((run) => ({
      ...run,
      parks: run.parks.map((park) => ({ ...park, reason })),
    }));
    const text = planText({
      ...plan,
      forecast: { span: plan.span, coveredUntilMs: plan.span.endMs, passes: 1, quotas: [], runs },
    });
    expect(text).toContain('spent ·[2J');
  });
});

describe('a difference between plans', () => {
  const at = (hour: number): number => Date.parse('2026-03-02T00:00Z') + hour * HOUR_MS;
  const slot = { slotAtMs: at(0), earliestMs: at(0), latestEndMs: at(2) };
  const job = (name: string, perMinute: number): PlanJob => ({
    name,
    slots: [slot],
    durationMs: HOUR_MS,
    rates: { shop: perMinute },
    quotas: { day: perMinute * 60 },
  });
  const planned = (jobs: readonly PlanJob[]) => {
    const quotas = [{ name: 'day', limit: 5_000, windows: [{ startMs: at(0), endMs: at(24) }] }];
    const request = { rates: [{ name: 'shop', perMinute: 60 }], quotas, jobs };
    return { request, plan: planStarts(request) };
  };
  const subject = { job: 'c', file: 'jobs/c.ts', kind: 'added' as const };

  test('names what moves, the peaks and quotas before and after, and what fits no longer', () => {
    const before = planned([job('a', 30), job('b', 30)]);
    const diff = planDiff(subject, { before, after: planned([job('a', 30), job('b', 30), job('c', 80)]) });
    expect(diff.moved.find((moved) => moved.job === 'c')).toMatchObject({ offsetBeforeMs: null, startBeforeMs: null });
    expect(diff.peaks).toEqual([{ rate: 'shop', shareBefore: 0.5, shareAfter: expect.any(Number) as number }]);
    expect(diff.quotas).toEqual([{ name: 'day', limit: 5_000, plannedBefore: 3_600, plannedAfter: 8_400 }]);
    expect(diff.infeasible.map(({ kind }) => kind)).toEqual(['rate', 'quota']);
    const text = planText({ ...examplePlan(), diff });
    expect(text).toContain('What jobs/c.ts changes (c is a new job)');
    expect(text).toContain('no longer fits: shop: ');
    expect(text).toMatch(/\nday +3,600 \(72 %\) +8,400 \(168 %\)/);
  });

  test('leaves out what was missing before, unless more is missing now', () => {
    const [less, more] = [planned([job('a', 90)]), planned([job('a', 95)])];
    const changed = { ...subject, job: 'a' };
    expect(planDiff(changed, { before: less, after: less })).toMatchObject({
      moved: [],
      peaks: [],
      quotas: [],
      infeasible: [],
    });
    expect(planDiff(changed, { before: less, after: more }).infeasible.map(({ kind }) => kind)).toEqual(['quota']);
    expect(planDiff(changed, { before: more, after: less }).infeasible).toEqual([]);
  });
});

function quotaShortfall(hour: number): PlanDocument['infeasible'][number] {
  const fromMs = Date.parse('2026-03-02T00:00+08:00') + hour * HOUR_MS;
  return { kind: 'quota', quota: 'shop day', fromMs, toMs: fromMs + 24 * HOUR_MS, jobs: ['a', 'b'], callsMissing: 20 };
}
