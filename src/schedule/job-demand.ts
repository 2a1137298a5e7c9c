import type { Job } from '../job/parse';
import { type Demand, estimateDemand, type PastRun } from './demand';
import { weekdayOf } from './plan-slots';

/** What the next run of a job is believed to take: its days of the week are those of its own zone. Past runs newest first. */
export function demandOfJob(
  { estimate, schedule }: Pick<Job, 'estimate' | 'schedule'>,
  runs: readonly PastRun[],
  others: readonly Demand[] = [],
): Demand {
  const timezone = schedule?.timezone ?? 'UTC';
  return estimateDemand({ runs, estimate, others, weekdayOf: (atMs) => weekdayOf(timezone, atMs) });
}
