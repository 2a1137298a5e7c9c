import type { RunPartition } from '../../job/run';
import type { JobFacts } from './facts';

/** Partitions of the run that wait for the same instant, or failed, for the same reason. */
export interface StuckFinding {
  readonly kind: 'partitions-parked' | 'partitions-failed';
  readonly runId: number;
  readonly count: number;
  /** The first of them. */
  readonly keys: readonly string[];
  /** Null for failed ones. */
  readonly untilMs: number | null;
  readonly reason: string | null;
}

/** Different reasons that are told; the rest is in `offpeak runs ID`. */
const GROUPS_MAX = 5;
const KEYS_MAX = 3;

/** The largest groups first. */
export function findStuck({ partitions }: Pick<JobFacts, 'partitions'>): StuckFinding[] {
  const groups = new Map<string, RunPartition[]>();
  for (const partition of partitions) {
    const { state, parkedUntilMs, reason } = partition;
    if (state !== 'parked' && state !== 'failed') continue;
    const name = JSON.stringify([state, parkedUntilMs, reason]);
    const group = groups.get(name);
    if (group) group.push(partition);
    else groups.set(name, [partition]);
  }
  const largest = [...groups.values()].sort((a, b) => b.length - a.length);
  return largest.slice(0, GROUPS_MAX).flatMap(findingOf);
}

function findingOf(group: readonly RunPartition[]): StuckFinding[] {
  const [first] = group;
  if (!first) return [];
  return [
    {
      kind: first.state === 'parked' ? 'partitions-parked' : 'partitions-failed',
      runId: first.runId,
      count: group.length,
      keys: group.slice(0, KEYS_MAX).map(({ partition }) => partition.key),
      untilMs: first.parkedUntilMs,
      reason: first.reason,
    },
  ];
}
