import type { StuckGroup } from '../../job/run';
import type { JobFacts } from './facts';

export interface StuckFinding extends Pick<StuckGroup, 'count' | 'keys' | 'reason'> {
  readonly kind: 'partitions-parked' | 'partitions-failed';
  readonly runId: number;
  /** Null for failed ones. */
  readonly untilMs: number | null;
}

/** Different reasons that are told; the rest is in `offpeak runs ID`. */
export const GROUPS_MAX = 5;
export const KEYS_MAX = 3;

/** The largest groups first. */
export function findStuck({ run, stuck }: Pick<JobFacts, 'run' | 'stuck'>): StuckFinding[] {
  if (run === null) return [];
  return stuck.map(({ state, parkedUntilMs, ...group }) => ({
    ...group,
    kind: state === 'parked' ? 'partitions-parked' : 'partitions-failed',
    runId: run.id,
    untilMs: parkedUntilMs,
  }));
}
