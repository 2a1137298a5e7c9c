import type { Estimate } from '../job/estimate';

/** What a past run of a job took. */
export interface PastRun {
  readonly slotAtMs: number;
  readonly calls: number;
  readonly durationMs: number;
}

/** What a run takes. */
export interface Figures {
  readonly calls: number;
  readonly durationMs: number;
}

/**
 * What the next run of a job is believed to take, and what that is built on. Its own `calls` and `durationMs` are what is
 * planned with: four runs in five take no more, of the busiest day of the week where these are told apart.
 */
export interface Demand extends Figures {
  /** Every second run takes no more. */
  readonly p50: Figures;
  /** Four runs in five take no more, whatever the day. */
  readonly p80: Figures;
  /** An average in which each older run weighs a fifth less. */
  readonly mean: Figures;
  /** What four in five runs of each day of the week do not exceed, from Monday on; null while too few weeks are known. */
  readonly weekdays: readonly Figures[] | null;
  readonly basis: DemandBasis;
}

export type DemandBasis =
  /** Its own runs: so many of them. */
  | { readonly kind: 'history'; readonly runs: number }
  /** It never ran: what its author expects. */
  | { readonly kind: 'estimate' }
  /** It never ran: what other jobs of its platform take. */
  | { readonly kind: 'platform'; readonly jobs: number }
  /** Nothing ran yet. */
  | { readonly kind: 'default' };

/** What an estimate is made from. */
export interface DemandSources {
  /** Of the job itself, newest first. */
  readonly runs: readonly PastRun[];
  readonly estimate: Estimate | null;
  /** Of the same platform. */
  readonly others: readonly Demand[];
  /** The day of the week of a slot in the job's zone, 0 for Monday. */
  readonly weekdayOf: (slotAtMs: number) => number;
}

/** Newest runs that are looked at; those of a day of the week go further back. */
export const PAST_RUNS_MAX = 20;
/** Fewer runs say little: Airflow's deadlines by average run time ask for as many, too. */
export const CONFIDENT_RUNS = 10;
/** Days of the week are told apart once four of the same are known, which lie three weeks apart. */
const WEEKDAY_RUNS_MIN = 4;
const WEEKDAY_SPAN_MS_MIN = 21 * 86_400_000;
/** Of a platform on which nothing ran yet: a guess. */
const DEFAULT: Figures = { calls: 100, durationMs: 600_000 };
/** Four runs in five take no more. */
const QUANTILE = 0.8;
/** What the newest run weighs in the mean. */
const NEWEST_SHARE = 0.2;

/** From the runs of the job itself; from what its author or others of its platform say; or a default. */
export function estimateDemand({ runs, estimate, others, weekdayOf }: DemandSources): Demand {
  const recent = runs.slice(0, PAST_RUNS_MAX);
  if (recent.length > 0) {
    const p80 = quantileOf(recent, QUANTILE);
    const weekdays = byWeekday(runs, p80, weekdayOf);
    return {
      ...(weekdays ? quantileOf(weekdays, 1) : p80),
      p50: quantileOf(recent, 0.5),
      p80,
      mean: meanOf(recent),
      weekdays,
      basis: { kind: 'history', runs: recent.length },
    };
  }
  // An estimate without a duration lasts as long as its calls take at the limits.
  if (estimate) return level({ calls: estimate.calls, durationMs: estimate.durationMs ?? 0 }, { kind: 'estimate' });
  const known = others.filter(({ basis }) => basis.kind === 'history');
  if (known.length === 0) return level(DEFAULT, { kind: 'default' });
  return level(quantileOf(known, 0.5), { kind: 'platform', jobs: known.length });
}

/** How sure an estimate is, in words. */
export function describeBasis(basis: DemandBasis): string {
  switch (basis.kind) {
    case 'history':
      return `from ${basis.runs} past run${basis.runs === 1 ? '' : 's'}${basis.runs < CONFIDENT_RUNS ? ', low confidence' : ''}`;
    case 'estimate':
      return 'never ran: as its job file estimates';
    case 'platform':
      return "never ran: assumed to be like the platform's other jobs";
    case 'default':
      return 'never ran: a guess';
  }
}

function level(figures: Figures, basis: DemandBasis): Demand {
  return { ...figures, p50: figures, p80: figures, mean: figures, weekdays: null, basis };
}

/** A day with fewer runs is taken to be like all. */
function byWeekday(runs: readonly PastRun[], all: Figures, weekdayOf: DemandSources['weekdayOf']): Figures[] | null {
  const spanMs = (runs[0]?.slotAtMs ?? 0) - (runs.at(-1)?.slotAtMs ?? 0);
  if (spanMs < WEEKDAY_SPAN_MS_MIN) return null;
  const days = Array.from({ length: 7 }, (): PastRun[] => []);
  for (const run of runs) days[weekdayOf(run.slotAtMs)]?.push(run);
  return days.map((day) => (day.length < WEEKDAY_RUNS_MIN ? all : quantileOf(day, QUANTILE)));
}

/** The smallest figures that so large a share of all does not exceed, each by itself. */
function quantileOf(all: readonly Figures[], share: number): Figures {
  const at = Math.max(0, Math.ceil(share * all.length) - 1);
  const sorted = (of: (one: Figures) => number): number => all.map(of).sort((a, b) => a - b)[at] ?? 0;
  return { calls: sorted(({ calls }) => calls), durationMs: sorted(({ durationMs }) => durationMs) };
}

/** Exponentially weighted, newest first; the oldest carries what is left over. */
function meanOf(newestFirst: readonly Figures[]): Figures {
  const mean = { calls: 0, durationMs: 0 };
  for (const [at, { calls, durationMs }] of newestFirst.entries()) {
    const older = (1 - NEWEST_SHARE) ** at;
    const weight = at === newestFirst.length - 1 ? older : older * NEWEST_SHARE;
    mean.calls += weight * calls;
    mean.durationMs += weight * durationMs;
  }
  return mean;
}
