/** How the daemon stands, as it shows in `pm2 show`, `pm2 monit` and `pm2 jlist`. */
export interface DaemonState {
  readonly role: 'serving' | 'standing by' | 'stopping';
  /** `kuaishou-orders 2026-03-02 01:25 Asia/Shanghai`; null when no job has a schedule. */
  readonly nextStart: string | null;
  /** Runs that make calls now. */
  readonly running: number;
  readonly parked: Waiting;
  /** What an operator has paused; left out where that cannot be told. */
  readonly paused?: Waiting;
  /** How long the run that could have started first has waited for its start, ms. */
  readonly lagMs: number;
  readonly quotas: readonly QuotaLeft[];
}

export interface Waiting {
  readonly count: number;
  /** When the first of them goes on, for people; null when none does, or when nobody knows. */
  readonly until: string | null;
}

/** The budget of a platform that is used up first. */
export interface QuotaLeft {
  readonly platform: string;
  readonly budget: string;
  readonly left: number;
  readonly limit: number;
}

export interface Metric {
  readonly value: number | string;
  readonly unit?: string;
}

/** pm2 keeps the last value of every name, so that every name is told each time, also with nothing to tell. */
export function metricsOf(state: DaemonState): Readonly<Record<string, Metric>> {
  const { role, nextStart, running, parked, paused, lagMs, quotas } = state;
  return {
    Role: { value: role },
    'Next start': { value: nextStart ?? 'none' },
    Running: { value: running, unit: 'runs' },
    Parked: { value: parked.count, unit: waitingUnit('runs', parked) },
    ...(paused ? { Paused: { value: paused.count, unit: waitingUnit('', paused) } } : {}),
    Lag: { value: Math.round(lagMs / 1_000), unit: 's' },
    ...Object.fromEntries(quotas.map((quota) => [`Quota left ${quota.platform}`, quotaMetric(quota)])),
  };
}

function waitingUnit(what: string, { until }: Waiting): string {
  return [what, until === null ? '' : `until ${until}`].filter((part) => part !== '').join(', ');
}

function quotaMetric({ left, limit, budget }: QuotaLeft): Metric {
  return { value: left, unit: `of ${limit} ${budget}` };
}
