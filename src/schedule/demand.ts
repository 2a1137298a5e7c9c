/** What a past run of a job took. */
export interface PastRun {
  readonly calls: number;
  readonly durationMs: number;
}

/** What the next run of a job is believed to take, and what that is built on. */
export interface Demand {
  readonly calls: number;
  readonly durationMs: number;
  /** What every other run stays below, where `calls` holds for four in five. */
  readonly callsP50: number;
  readonly basis: DemandBasis;
}

export type DemandBasis =
  /** Its own runs: so many of them. */
  | { readonly kind: 'history'; readonly runs: number }
  /** It never ran: what other jobs of its platform take. */
  | { readonly kind: 'platform'; readonly jobs: number }
  /** Nothing ran yet. */
  | { readonly kind: 'default' };

/** Newest runs that are looked at. */
export const PAST_RUNS_MAX = 20;
/** Fewer runs say little: Airflow's deadlines by average run time ask for as many, too. */
export const CONFIDENT_RUNS = 10;
/** Of a platform on which nothing ran yet: a guess. */
const DEFAULT = { calls: 100, durationMs: 600_000 };
/** Four runs in five take no more. */
const QUANTILE = 0.8;

/** From the runs of the job itself, newest first; from what others of its platform take; or a default. */
export function estimateDemand(runs: readonly PastRun[], others: readonly Demand[]): Demand {
  const recent = runs.slice(0, PAST_RUNS_MAX);
  if (recent.length > 0) {
    return {
      calls: quantileOf(
        recent.map(({ calls }) => calls),
        QUANTILE,
      ),
      durationMs: quantileOf(
        recent.map(({ durationMs }) => durationMs),
        QUANTILE,
      ),
      callsP50: quantileOf(
        recent.map(({ calls }) => calls),
        0.5,
      ),
      basis: { kind: 'history', runs: recent.length },
    };
  }
  const known = others.filter(({ basis }) => basis.kind === 'history');
  if (known.length === 0) return { ...DEFAULT, callsP50: DEFAULT.calls, basis: { kind: 'default' } };
  const calls = quantileOf(
    known.map((other) => other.calls),
    0.5,
  );
  return {
    calls,
    callsP50: calls,
    durationMs: quantileOf(
      known.map(({ durationMs }) => durationMs),
      0.5,
    ),
    basis: { kind: 'platform', jobs: known.length },
  };
}

/** How sure an estimate is, in words. */
export function describeBasis(basis: DemandBasis): string {
  switch (basis.kind) {
    case 'history':
      return `from ${basis.runs} past run${basis.runs === 1 ? '' : 's'}${basis.runs < CONFIDENT_RUNS ? ', low confidence' : ''}`;
    case 'platform':
      return "never ran: assumed to be like the platform's other jobs";
    case 'default':
      return 'never ran: a guess';
  }
}

/** The smallest value that so large a share of all does not exceed. */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
