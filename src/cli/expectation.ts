import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { demandOfJob } from '../schedule/job-demand';
import { weekdayOf } from '../schedule/plan-slots';
import type { Store } from '../store/open';
import { readPast } from './plan-history';

export interface FirstStart {
  readonly job: Job;
  readonly run: Run;
  readonly fence: number;
}

/** Keeps what a scheduled run is believed to take at its first start, for `offpeak calibrate`. */
export async function keepExpectation(store: Store, { job, run, fence }: FirstStart): Promise<void> {
  if (run.startedAtMs !== null || (run.kind !== 'schedule' && run.kind !== 'catch-up')) return;
  const demand = demandOfJob(job, await readPast(store, job));
  const p80 = demand.weekdays?.[weekdayOf(job.schedule?.timezone ?? 'UTC', run.slotAtMs)] ?? demand.p80;
  await store.expectations.put(
    {
      runId: run.id,
      // On a quiet day of the week the median of all days may be above what four in five of its runs take.
      callsP50: Math.min(demand.p50.calls, p80.calls),
      callsP80: p80.calls,
      durationP50Ms: Math.min(demand.p50.durationMs, p80.durationMs),
      durationP80Ms: p80.durationMs,
      pastRuns: demand.basis.kind === 'history' ? demand.basis.runs : 0,
    },
    fence,
  );
}
