import { type PlanDocument, planDocument } from '../../../src/cli/plan/document';
import type { Forecast, ForecastRun } from '../../../src/schedule/forecast';
import { hoursOfJobs } from '../../../src/schedule/job-hours';
import { type Plan, planStarts } from '../../../src/schedule/plan';
import type { PlanJob, PlanRequest, PlanSpan } from '../../../src/schedule/plan-request';
import { planSlots } from '../../../src/schedule/plan-slots';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
export const SHANGHAI = 'Asia/Shanghai';
/** Monday 00:00 in Shanghai. */
const MONDAY_MS = Date.parse('2026-03-02T00:00+08:00');

interface Told {
  readonly name: string;
  readonly platform: string;
  readonly cron: string;
  readonly windows?: readonly string[];
  readonly minutes: number;
  readonly calls: number;
  readonly rate: string;
  readonly quota?: string;
  /** `HH:mm` of the day of the slot. */
  readonly deadline?: string;
}

const SHOP = { platform: 'kuaishou', rate: 'kuaishou app-qps app=ks1', quota: 'kuaishou app-day app=ks1' };
const FORMS = { platform: 'yida', rate: 'yida corp-qps', quota: 'yida corp-day' };
const MODEL = { platform: 'zhipu', rate: 'zhipu in-flight model=glm-4' };
const NIGHT = ['01:00-06:00'];

const JOBS: readonly Told[] = [
  { name: 'kuaishou-orders', ...SHOP, cron: '0 1 * * *', windows: NIGHT, minutes: 75, calls: 5_200, deadline: '08:00' },
  {
    name: 'kuaishou-refunds',
    ...SHOP,
    cron: '0 1 * * *',
    windows: NIGHT,
    minutes: 40,
    calls: 1_900,
    deadline: '08:00',
  },
  { name: 'kuaishou-items', ...SHOP, cron: '0 1 * * *', windows: NIGHT, minutes: 55, calls: 2_600 },
  { name: 'kuaishou-comments', ...SHOP, cron: '0 2 * * *', windows: ['02:00-05:00'], minutes: 25, calls: 700 },
  { name: 'kuaishou-stock', ...SHOP, cron: '0 0-16/4 * * *', minutes: 12, calls: 150 },
  { name: 'yida-approvals', ...FORMS, cron: '0 2 * * *', windows: NIGHT, minutes: 50, calls: 1_500 },
  { name: 'yida-archive', ...FORMS, cron: '0 2 * * 1,4', windows: NIGHT, minutes: 110, calls: 3_800 },
  { name: 'yida-forms', ...FORMS, cron: '0 1 * * *', windows: NIGHT, minutes: 65, calls: 2_100, deadline: '07:00' },
  { name: 'yida-members', ...FORMS, cron: '0 3 * * *', windows: ['03:00-05:00'], minutes: 15, calls: 260 },
  { name: 'zhipu-embeddings', ...MODEL, cron: '0 0 * * *', windows: ['00:00-08:00'], minutes: 150, calls: 4_000 },
  {
    name: 'zhipu-summaries',
    ...MODEL,
    cron: '0 0 * * *',
    windows: ['22:00-08:00'],
    minutes: 190,
    calls: 6_200,
    deadline: '08:30',
  },
  { name: 'zhipu-tags', ...MODEL, cron: '0 0 * * *', windows: ['00:00-08:00'], minutes: 80, calls: 2_400 },
];

const RATES = [
  { name: SHOP.rate, perMinute: 120 },
  { name: FORMS.rate, perMinute: 90 },
  { name: MODEL.rate, perMinute: 60 },
];
const QUOTAS = [
  { name: SHOP.quota, limit: 12_500 },
  { name: FORMS.quota, limit: 7_700 },
];

const HOURS_OF = hoursOfJobs({ hours: null, platformHours: {} });
const ENDS = { onBlackout: 'shift', onWindowEnd: 'drain' } as const;

export interface Example {
  readonly days?: number;
  readonly isForecast?: boolean;
}

/** The plan of twelve jobs on three platforms, and what is forecast of it: a quota that runs out on Monday. */
export function examplePlan({ days = 7, isForecast = true }: Example = {}): PlanDocument {
  const span = { startMs: MONDAY_MS, endMs: MONDAY_MS + days * DAY_MS };
  const request = requestOf(span);
  const plan = planStarts(request);
  return planDocument({
    plan,
    request,
    demands: JOBS.map(({ name, platform, minutes, calls, cron }) => {
      const figures = { calls, durationMs: minutes * MINUTE_MS };
      return {
        job: { name, platform, schedule: { cron, timezone: SHANGHAI } },
        demand: {
          ...figures,
          p50: figures,
          p80: figures,
          mean: figures,
          weekdays: null,
          basis: { kind: 'history', runs: 14 },
        },
      };
    }),
    blackouts: { 'kuaishou-stock': [blackout(span)] },
    span,
    isApplied: true,
    plannedAtMs: span.startMs,
    wouldMove: [],
    forecast: isForecast ? forecastOf(plan, span) : null,
    diff: null,
  });
}

function requestOf(span: PlanSpan): PlanRequest {
  const windows = Array.from({ length: Math.ceil((span.endMs - span.startMs) / DAY_MS) }, (_, at) => ({
    startMs: span.startMs + at * DAY_MS,
    endMs: span.startMs + (at + 1) * DAY_MS,
  }));
  return {
    rates: RATES,
    quotas: QUOTAS.map((quota) => ({ ...quota, windows })),
    jobs: JOBS.map((told) => planJob(told, span)),
  };
}

function planJob({ name, cron, windows, minutes, calls, rate, quota }: Told, span: PlanSpan): PlanJob {
  const durationMs = minutes * MINUTE_MS;
  const schedule = { cron, timezone: SHANGHAI, ...(windows ? { windows } : {}) };
  return {
    name,
    slots: planSlots(
      schedule,
      { name, durationMs, hours: HOURS_OF({ platform: '', schedule: { ...schedule, ...ENDS } }) },
      span,
    ),
    durationMs,
    rates: { [rate]: calls / minutes },
    ...(quota === undefined ? {} : { quotas: { [quota]: calls } }),
  };
}

function forecastOf(plan: Plan, span: PlanSpan): Forecast {
  const runs = plan.jobs.flatMap(({ job, starts }) => {
    const told = JOBS.find(({ name }) => name === job);
    return told ? starts.map((start) => runOf(told, start)) : [];
  });
  const all = runs.map(parked);
  const goneAtMs = all.flatMap(({ parks }) => parks.map(({ atMs }) => atMs))[0] ?? null;
  return { span, coveredUntilMs: span.endMs, passes: 4, runs: all, quotas: quotasOf(span, goneAtMs) };
}

function runOf(told: Told, { slotAtMs, startMs }: { slotAtMs: number; startMs: number }): ForecastRun {
  const finishP50Ms = startMs + told.minutes * 0.78 * MINUTE_MS;
  const finishP80Ms = startMs + told.minutes * MINUTE_MS;
  const deadlineAtMs = told.deadline === undefined ? null : atClock(slotAtMs, told.deadline);
  return {
    job: told.name,
    slotAtMs,
    startMs,
    finishP50Ms,
    finishP80Ms,
    calls: Math.round(told.calls * 0.8),
    callsCarried: 0,
    parks: [],
    deadlineAtMs,
    slackMs: deadlineAtMs === null ? null : deadlineAtMs - finishP80Ms,
    isMovedByClocks: false,
  };
}

/** Monday's approvals come last, meet the end of the quota, and go on the night after. */
function parked(run: ForecastRun): ForecastRun {
  if (run.job !== 'yida-approvals' || run.slotAtMs !== MONDAY_MS + 2 * 3_600_000) return run;
  const atMs = run.startMs + 28 * MINUTE_MS;
  const untilMs = MONDAY_MS + DAY_MS + 62 * MINUTE_MS;
  const [finishP50Ms, finishP80Ms] = [untilMs + 8 * MINUTE_MS, untilMs + 20 * MINUTE_MS];
  const reason = `${FORMS.quota} of 7,700 is spent`;
  return { ...run, finishP50Ms, finishP80Ms, callsCarried: 420, parks: [{ atMs, untilMs, reason }] };
}

function quotasOf(span: PlanSpan, goneAtMs: number | null): Forecast['quotas'] {
  return QUOTAS.map(({ name, limit }, quota) => ({
    name,
    limit,
    windows: Array.from({ length: Math.ceil((span.endMs - span.startMs) / DAY_MS) }, (_, day) => {
      const startMs = span.startMs + day * DAY_MS;
      const isGone = quota === 1 && day === 0;
      const isHeavy = quota === 1 && day === 3;
      const share = quota === 0 ? 0.72 : isHeavy ? 0.82 : 0.41;
      return {
        startMs,
        endMs: startMs + DAY_MS,
        usedP50: Math.round(limit * (isGone ? 0.96 : share)),
        usedP80: isGone ? limit : Math.round(limit * share * 1.15),
        goneAtMs: isGone ? goneAtMs : null,
        goneShare: isGone ? 0.5 : 0,
        callsCarried: isGone ? 420 : 0,
        callsCarriedMean: isGone ? 210 : 0,
      };
    }),
  }));
}

function blackout({ startMs }: PlanSpan): PlanSpan & { reason: string } {
  return { startMs: startMs + 20 * 3_600_000, endMs: startMs + 22 * 3_600_000, reason: 'stocktaking' };
}

function atClock(slotAtMs: number, clock: string): number {
  const dayMs = MONDAY_MS + Math.floor((slotAtMs - MONDAY_MS) / DAY_MS) * DAY_MS;
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return dayMs + (hour * 60 + minute) * MINUTE_MS;
}
