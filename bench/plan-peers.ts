import { chanceOf } from '../src/schedule/chance';
import { hashOf } from '../src/schedule/hash';
import type { PlanJob } from '../src/schedule/plan-request';
import { MINUTE_MS, type Synthetic } from './plan-jobs';

/** Other ways to choose offsets, in minutes; each job gets one. */
export const PEERS = {
  'all at start': (jobs) => jobs.map(() => 0),
  'jitter 60 min': (jobs, seed) => {
    const chance = chanceOf(seed);
    return jobs.map(() => Math.floor(chance() * 61));
  },
  hash: (jobs) => jobs.map((job) => hashOf(job.name) % (slackOf(job) + 1)),
  even: (jobs) => jobs.map((job, at) => Math.round((slackOf(job) * at) / Math.max(1, jobs.length - 1))),
  greedy: (jobs) => greedy(jobs),
} as const satisfies Record<string, (jobs: readonly PlanJob[], seed: number) => number[]>;

export type Peer = keyof typeof PEERS;

export interface Measured {
  /** The highest demand over what no plan can be below, of the rate where that is highest. */
  readonly ratio: number;
  /** Jobs with a run that starts before its window or ends after it. */
  readonly outside: number;
  /** Quota windows that are overdrawn. */
  readonly overdrawn: number;
}

/** Counted from the starts alone, by other code than the planner's. */
export function measure(
  { jobs, rates, quotas }: Synthetic,
  starts: readonly (readonly number[])[],
  least: readonly number[],
): Measured {
  const ratios = rates.map(({ name, perMinute }, at) => {
    const load = new Map<number, number>();
    for (const [index, job] of jobs.entries()) {
      const demand = job.rates[name] as number | undefined;
      if (demand === undefined) continue;
      for (const startMs of starts[index] ?? []) {
        for (let ms = startMs; ms < startMs + job.durationMs; ms += MINUTE_MS)
          load.set(ms, (load.get(ms) ?? 0) + demand);
      }
    }
    return [...load.values()].reduce((most, one) => Math.max(most, one), 0) / perMinute / (least[at] ?? 1);
  });
  const outside = jobs.filter((job, index) =>
    job.slots.some(({ earliestMs, latestEndMs }, slot) => {
      const startMs = starts[index]?.[slot] ?? Number.NaN;
      return !(startMs >= earliestMs && startMs + job.durationMs <= latestEndMs);
    }),
  ).length;
  return { ratio: Math.max(...ratios), outside, overdrawn: overdrawn({ jobs, quotas }, starts) };
}

function overdrawn(
  { jobs, quotas }: Pick<Synthetic, 'jobs' | 'quotas'>,
  starts: readonly (readonly number[])[],
): number {
  return quotas.flatMap(({ name, limit, windows }) =>
    windows.filter(({ startMs, endMs }) => {
      let used = 0;
      for (const [index, job] of jobs.entries()) {
        const amount = job.quotas?.[name] ?? 0;
        for (const at of amount > 0 ? (starts[index] ?? []) : []) {
          const overlapMs = Math.min(at + job.durationMs, endMs) - Math.max(at, startMs);
          if (overlapMs > 0) used += (amount * overlapMs) / job.durationMs;
        }
      }
      return used > limit * (1 + 1e-9);
    }),
  ).length;
}

export function startsAt(jobs: readonly PlanJob[], offsets: readonly number[]): number[][] {
  return jobs.map((job, at) => job.slots.map(({ earliestMs }) => earliestMs + (offsets[at] ?? 0) * MINUTE_MS));
}

function slackOf({ slots, durationMs }: PlanJob): number {
  return Math.min(...slots.map(({ earliestMs, latestEndMs }) => (latestEndMs - earliestMs - durationMs) / MINUTE_MS));
}

/** The largest first, each where it raises the load least: what the planner begins with. On the first night, as all are alike. */
function greedy(jobs: readonly PlanJob[]): number[] {
  const loads = new Map<string, Float64Array>();
  const offsets = jobs.map(() => 0);
  const area = (job: PlanJob): number => demandOf(job)[0] * job.durationMs * Object.keys(job.rates).length;
  const order = jobs.map((job, at) => ({ job, at })).sort((a, b) => area(b.job) - area(a.job));
  for (const { job, at } of order) {
    const [demand, names] = demandOf(job);
    const from = (job.slots[0]?.earliestMs ?? 0) / MINUTE_MS;
    const minutes = job.durationMs / MINUTE_MS;
    for (const name of names) if (!loads.has(name)) loads.set(name, new Float64Array(1_440));
    let best = { offset: 0, peak: Infinity };
    for (let offset = 0; offset <= slackOf(job); offset += 1) {
      let peak = 0;
      for (const name of names) {
        const load = loads.get(name) ?? [];
        for (let minute = from + offset; minute < from + offset + minutes; minute += 1)
          peak = Math.max(peak, load[minute] ?? 0);
      }
      if (peak < best.peak) best = { offset, peak };
    }
    for (const name of names) {
      const load = loads.get(name) ?? new Float64Array();
      for (let minute = from + best.offset; minute < from + best.offset + minutes; minute += 1)
        load[minute] = (load[minute] ?? 0) + demand;
    }
    offsets[at] = best.offset;
  }
  return offsets;
}

function demandOf({ rates }: PlanJob): [number, string[]] {
  return [Object.values(rates)[0] as number, Object.keys(rates)];
}
