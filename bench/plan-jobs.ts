import { chanceOf } from '../src/schedule/chance';
import type { PlanJob, PlanQuota, PlanRate, PlanSlot, PlanSpan } from '../src/schedule/plan-request';

export const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** The window of most jobs: 00:00-06:00. */
export const NIGHT_MINUTES = 360;
const NARROW_SHARE = 0.3;
/** Durations are log-normal. */
const DURATION = { medianMinutes: 15, sigma: 0.9, minutesMax: 180 };

export interface Synthetic {
  readonly jobs: readonly PlanJob[];
  readonly rates: readonly PlanRate[];
  readonly quotas: readonly PlanQuota[];
}

interface Kind {
  readonly count: number;
  readonly seed: number;
  readonly days: number;
}

/** Nightly jobs of one platform; some have narrower windows of one to three hours. */
export function onePlatform({ count, seed, days }: Kind): Synthetic {
  const chance = chanceOf(seed);
  const jobs = Array.from({ length: count }, (_, at) => syntheticJob(`job-${at}`, days, chance));
  return { jobs, rates: [{ name: 'p0', perMinute: count }], quotas: [] };
}

/** The same jobs with the first ten minutes of each hour to avoid. */
export function avoidingHourStarts(work: Synthetic): Synthetic {
  const jobs = work.jobs.map((job) => ({
    ...job,
    slots: job.slots.map((slot) => ({ ...slot, avoid: hourStarts(slot) })),
  }));
  return { ...work, jobs };
}

function hourStarts({ earliestMs, latestEndMs }: PlanSlot): PlanSpan[] {
  const spans: PlanSpan[] = [];
  for (let startMs = Math.floor(earliestMs / HOUR_MS) * HOUR_MS; startMs < latestEndMs; startMs += HOUR_MS)
    spans.push({ startMs, endMs: startMs + 10 * MINUTE_MS });
  return spans;
}

/** One more job like them. */
export function anotherJob(name: string, days: number, seed: number): PlanJob {
  return syntheticJob(name, days, chanceOf(seed));
}

/**
 * Three platforms; a third of the jobs draw on two of them at once. Each has a quota over three hours that holds little more
 * than half of a night's calls: it binds on both halves of the night.
 */
export function coupled({ count, seed, days }: Kind): Synthetic {
  const chance = chanceOf(seed);
  const rates = ['p0', 'p1', 'p2'].map((name) => ({ name, perMinute: count }));
  const jobs = Array.from({ length: count }, (_, at): PlanJob => {
    const job = syntheticJob(`job-${at}`, days, chance);
    const perMinute = job.rates['p0'] as number;
    const first = Math.floor(chance() * 3);
    const used = chance() < 1 / 3 ? [first, (first + 1) % 3] : [first];
    const perRun = (perMinute * job.durationMs) / MINUTE_MS;
    return {
      ...job,
      rates: Object.fromEntries(used.map((platform) => [`p${platform}`, perMinute])),
      quotas: Object.fromEntries(used.map((platform) => [`q${platform}`, perRun])),
    };
  });
  return { jobs, rates, quotas: ['q0', 'q1', 'q2'].map((name) => halfNights(name, jobs, days)) };
}

function syntheticJob(name: string, days: number, chance: () => number): PlanJob {
  const { medianMinutes, sigma, minutesMax } = DURATION;
  const minutes = Math.min(minutesMax, Math.max(1, Math.round(medianMinutes * Math.exp(sigma * normal(chance)))));
  const isNarrow = chance() < NARROW_SHARE;
  const length = isNarrow ? Math.max(minutes, Math.round(60 + chance() * 120)) : NIGHT_MINUTES;
  const from = Math.floor(chance() * (NIGHT_MINUTES - length + 1));
  const rate = 0.1 + 0.9 * chance();
  const slots = Array.from({ length: days }, (_, day) => {
    const slotAtMs = day * DAY_MS + from * MINUTE_MS;
    return { slotAtMs, earliestMs: slotAtMs, latestEndMs: slotAtMs + length * MINUTE_MS };
  });
  return { name, slots, durationMs: minutes * MINUTE_MS, rates: { p0: rate } };
}

function halfNights(name: string, jobs: readonly PlanJob[], days: number): PlanQuota {
  const halfMs = (NIGHT_MINUTES / 2) * MINUTE_MS;
  const windows = Array.from({ length: days * 8 }, (_, at) => ({ startMs: at * halfMs, endMs: (at + 1) * halfMs }));
  const perNight = jobs.reduce((sum, { quotas = {} }) => sum + (quotas[name] ?? 0), 0);
  return { name, limit: perNight * 0.55, windows };
}

/** Box and Muller's. */
function normal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}
