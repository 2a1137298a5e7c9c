import { PAST_RUNS_MAX } from './demand';

/** What a job that is forecast has done, or what is assumed of it. */
export interface PastCalls {
  readonly job: string;
  readonly platform: string;
  /** Newest first. */
  readonly runs: readonly { readonly slotAtMs: number; readonly calls: number }[];
  /** Of each run, while there are none. */
  readonly assumed: number;
}

/** So many calls the run of a job makes that starts at `runAtMs`, in one pass. */
export type CallsOf = (job: string, runAtMs: number) => number;

/** The most passes: the next of random draws stays below the highest of four four times in five. */
export const PASSES_MAX = 4;

/** A weekday is told apart once so many of it are known, as in an estimated demand. */
const SAME_WEEKDAY_MIN = 3;
const SAME_WEEKDAY_MAX = 8;
const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;

/**
 * The calls of each pass. In each, a day of the span repeats a past day, the same one for all jobs of a platform: what makes
 * one job busy often makes the others busy, too. The past days of a platform are put in order by their calls and cut into as
 * many equal parts as there are passes; each pass has the middle of another part. Passes differ only where the past does.
 */
export function passesOf(jobs: readonly PastCalls[], startMs: number): CallsOf[] {
  const count = Math.max(1, ...platformsOf(jobs).map((own) => Math.min(PASSES_MAX, daysKnown(own, startMs))));
  const byJob = new Map(jobs.map((job) => [job.job, job]));
  const lags = new LagChoice(jobs, { startMs, passes: count });
  return Array.from({ length: count }, (_, pass): CallsOf => {
    return (name, runAtMs) => {
      const job = byJob.get(name);
      if (!job) return 0;
      const day = Math.max(0, Math.floor((runAtMs - startMs) / DAY_MS));
      return nearest(job, runAtMs - lags.daysBack(job.platform, day, pass) * DAY_MS);
    };
  });
}

/** How many days back each day of the span looks, by platform. */
class LagChoice {
  readonly #jobs: readonly PastCalls[];
  readonly #startMs: number;
  readonly #passes: number;
  readonly #chosen = new Map<string, readonly number[]>();

  constructor(jobs: readonly PastCalls[], of: { startMs: number; passes: number }) {
    this.#jobs = jobs;
    this.#startMs = of.startMs;
    this.#passes = of.passes;
  }

  daysBack(platform: string, day: number, pass: number): number {
    const key = `${platform} ${day}`;
    let chosen = this.#chosen.get(key);
    if (!chosen) {
      chosen = this.#choose(platform, day);
      this.#chosen.set(key, chosen);
    }
    // Turned by one each day, or one pass would have all the busy days.
    return chosen[(pass + day) % chosen.length] ?? day + 1;
  }

  #choose(platform: string, day: number): number[] {
    const own = this.#jobs.filter((job) => job.platform === platform);
    const lags = lagsOf(daysKnown(own, this.#startMs), day);
    const load = new Map(lags.map((lag) => [lag, loadOn(own, this.#startMs + (day - lag) * DAY_MS)]));
    lags.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0) || a - b);
    return Array.from({ length: this.#passes }, (_, part) => {
      return lags[Math.floor(((part + 0.5) * lags.length) / this.#passes)] ?? day + 1;
    });
  }
}

/** The same weekday where enough of it are known; else the days just before the span. */
function lagsOf(known: number, day: number): number[] {
  const lags = Array.from({ length: Math.min(PAST_RUNS_MAX, known) }, (_, at) => day + 1 + at);
  const firstWeek = WEEK_DAYS * Math.ceil((day + 1) / WEEK_DAYS);
  const weeks = Array.from({ length: SAME_WEEKDAY_MAX }, (_, at) => firstWeek + WEEK_DAYS * at);
  const same = weeks.filter((lag) => lag <= day + known);
  return same.length >= SAME_WEEKDAY_MIN ? same : lags;
}

function daysKnown(jobs: readonly PastCalls[], startMs: number): number {
  const oldestMs = Math.min(startMs, ...jobs.map(({ runs }) => runs.at(-1)?.slotAtMs ?? startMs));
  return Math.ceil((startMs - oldestMs) / DAY_MS);
}

function loadOn(jobs: readonly PastCalls[], fromMs: number): number {
  let calls = 0;
  for (const { runs } of jobs)
    for (const run of runs) if (run.slotAtMs >= fromMs && run.slotAtMs < fromMs + DAY_MS) calls += run.calls;
  return calls;
}

/** Of the run whose slot is nearest: a start is hours after its slot at times, and a change of the clocks moves both. */
function nearest({ runs, assumed }: PastCalls, atMs: number): number {
  let best = assumed;
  let leastMs = Infinity;
  for (const { slotAtMs, calls } of runs) {
    const awayMs = Math.abs(slotAtMs - atMs);
    if (awayMs >= leastMs) continue;
    best = calls;
    leastMs = awayMs;
  }
  return best;
}

function platformsOf(jobs: readonly PastCalls[]): PastCalls[][] {
  const found = new Map<string, PastCalls[]>();
  for (const job of jobs) found.set(job.platform, [...(found.get(job.platform) ?? []), job]);
  return [...found.values()];
}
