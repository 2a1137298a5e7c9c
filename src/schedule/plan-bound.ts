import { type GridJob, levelOf, type PlanGrid } from './plan-grid';

/** What no choice of starts can satisfy: who stands in whose way, and how much is missing. */
export type Shortfall =
  /** A job that takes longer than the time that one of its slots has. */
  | {
      readonly kind: 'window';
      readonly fromMs: number;
      readonly toMs: number;
      readonly jobs: readonly string[];
      readonly minutesMissing: number;
    }
  /** Jobs that must all run within a span that is too short for their calls at what is planned with of the rate. */
  | {
      readonly kind: 'rate';
      readonly rate: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly jobs: readonly string[];
      readonly minutesMissing: number;
    }
  /** Jobs that must all run within one window of a quota that does not hold their calls. */
  | {
      readonly kind: 'quota';
      readonly quota: string;
      readonly fromMs: number;
      readonly toMs: number;
      readonly jobs: readonly string[];
      readonly callsMissing: number;
    };

const MINUTE_MS = 60_000;

/** Everything that makes a request infeasible; the worst span of each group of overlapping slots. */
export function shortfalls(grid: PlanGrid): Shortfall[] {
  return [
    ...windowShortfalls(grid),
    ...grid.rates.flatMap((_, rate) => rateShortfalls(grid, rate)),
    ...quotaShortfalls(grid),
  ];
}

/**
 * A level that the peak of a rate cannot be below, as a share of its limit: the most crowded span (all work that must lie
 * in it over its length: Yao, Demers and Shenker's critical interval), the work that cannot but run at one minute, and the
 * highest demand of one job.
 */
export function leastPeak(grid: PlanGrid, rate: number): number {
  const crowded = groupsOf(tasksOf(grid, rate)).map((group) => mostCrowded(group).level);
  const single = grid.jobs.map((job) => highestOf(job, rate));
  return [...crowded, ...single].reduce((most, level) => Math.max(most, level), compulsoryPeak(grid, rate));
}

function highestOf({ boxes, slots }: GridJob, rate: number): number {
  const share = slots.reduce((most, slot) => Math.max(most, slot.share), 0);
  return boxes.reduce((most, box) => (box.rate === rate ? Math.max(most, levelOf(box, { share })) : most), 0);
}

function windowShortfalls({ jobs, startMs }: PlanGrid): Shortfall[] {
  return jobs.flatMap((job) =>
    job.slots
      .filter(({ missingMinutes }) => missingMinutes > 0)
      .map(({ startMinute, missingMinutes }) => ({
        kind: 'window' as const,
        fromMs: startMs + startMinute * MINUTE_MS,
        toMs: startMs + (startMinute + job.minutes - missingMinutes) * MINUTE_MS,
        jobs: [job.name],
        minutesMissing: missingMinutes,
      })),
  );
}

function rateShortfalls(grid: PlanGrid, rate: number): Shortfall[] {
  return groupsOf(tasksOf(grid, rate)).flatMap((group) => {
    const { level, from, to, jobs } = mostCrowded(group);
    if (level <= grid.levelMax) return [];
    return {
      kind: 'rate' as const,
      rate: grid.rates[rate]?.name ?? '',
      fromMs: grid.startMs + from * MINUTE_MS,
      toMs: grid.startMs + to * MINUTE_MS,
      jobs,
      minutesMissing: Math.ceil((level / grid.levelMax - 1) * (to - from)),
    };
  });
}

function quotaShortfalls({ quotas, jobs, startMs }: PlanGrid): Shortfall[] {
  return quotas.flatMap(({ name, limit, bounds, drawn }, quota) =>
    bounds.slice(1).flatMap((to, window) => {
      const from = bounds[window] ?? 0;
      const draws = jobs.flatMap((job) => {
        const inside = job.slots.filter((slot) => slot.startMinute >= from && endOf(job, slot) <= to);
        const within = inside.reduce((sum, { share }) => sum + share, 0);
        const amount = (job.draws.find((draw) => draw.quota === quota)?.amount ?? 0) * within;
        return amount > 0 ? [{ name: job.name, amount }] : [];
      });
      const missing = draws.reduce((sum, { amount }) => sum + amount, window === 0 ? drawn : 0) - limit;
      if (missing <= 0 || draws.length === 0) return [];
      return {
        kind: 'quota' as const,
        quota: name,
        fromMs: startMs + from * MINUTE_MS,
        toMs: startMs + to * MINUTE_MS,
        jobs: draws.map((draw) => draw.name),
        callsMissing: Math.ceil(missing),
      };
    }),
  );
}

/** One slot's work on a rate: share of the limit times minutes, somewhere in `[from, to)`. */
interface Task {
  readonly job: string;
  readonly from: number;
  readonly to: number;
  readonly work: number;
}

function tasksOf({ jobs }: PlanGrid, rate: number): Task[] {
  const tasks = jobs.flatMap((job) => {
    const boxes = job.boxes.filter((box) => box.rate === rate);
    const work = boxes.reduce((sum, { level, minutes }) => sum + level * minutes, 0);
    if (work === 0) return [];
    // One that does not fit into its time is told of by itself.
    const fitting = job.slots.filter(({ missingMinutes }) => missingMinutes === 0);
    return fitting.map((slot) => ({
      job: job.name,
      from: slot.startMinute,
      to: endOf(job, slot),
      work: work * slot.share,
    }));
  });
  return tasks.sort((a, b) => a.from - b.from || a.to - b.to);
}

function endOf(job: GridJob, slot: { startMinute: number; slackMinutes: number }): number {
  return slot.startMinute + slot.slackMinutes + job.minutes;
}

/** Tasks whose times overlap, one after the other: no crowded span reaches over the end of a group. */
function groupsOf(tasks: readonly Task[]): Task[][] {
  const groups: Task[][] = [];
  let end = -Infinity;
  for (const task of tasks) {
    if (task.from >= end) groups.push([]);
    groups.at(-1)?.push(task);
    end = Math.max(end, task.to);
  }
  return groups;
}

interface Crowded {
  readonly level: number;
  readonly from: number;
  readonly to: number;
  readonly jobs: readonly string[];
}

function mostCrowded(group: readonly Task[]): Crowded {
  const byEnd = [...group].sort((a, b) => a.to - b.to);
  let found = { level: 0, from: 0, to: 0 };
  for (const from of new Set(group.map((task) => task.from))) {
    let work = 0;
    for (const task of byEnd) {
      if (task.from < from) continue;
      work += task.work;
      const level = work / (task.to - from);
      if (level > found.level) found = { level, from, to: task.to };
    }
  }
  const within = group.filter(({ from, to }) => from >= found.from && to <= found.to);
  return { ...found, jobs: [...new Set(within.map(({ job }) => job))] };
}

/** A job whose slack is shorter than itself runs at some minutes wherever it starts. */
function compulsoryPeak({ jobs, minutes }: PlanGrid, rate: number): number {
  const load = new Float64Array(minutes + 1);
  for (const job of jobs) {
    for (const box of job.boxes) {
      if (box.rate !== rate) continue;
      for (const slot of job.slots) {
        const from = slot.startMinute + slot.slackMinutes + box.at;
        const to = slot.startMinute + box.at + box.minutes;
        const level = levelOf(box, slot);
        for (let minute = from; minute < to; minute += 1) load[minute] = (load[minute] ?? 0) + level;
      }
    }
  }
  return load.reduce((most, level) => Math.max(most, level), 0);
}
