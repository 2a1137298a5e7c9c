import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { estimateDemand } from '../schedule/demand';
import { weekdayOf } from '../schedule/plan-slots';
import type { Store } from '../store/open';
import { readHistories } from './plan-history';
import type { Project } from './project';

export interface FirstStart {
  readonly job: Job;
  readonly run: Run;
  readonly fence: number;
}

/** Keeps what a scheduled run is believed to take at its first start, for `offpeak calibrate`. */
export async function keepExpectation(project: Project, store: Store, { job, run, fence }: FirstStart): Promise<void> {
  if (run.startedAtMs !== null || (run.kind !== 'schedule' && run.kind !== 'catch-up')) return;
  const [history] = await readHistories(project, store, [job]);
  const weekday = (atMs: number): number => weekdayOf(job.schedule?.timezone ?? 'UTC', atMs);
  const runs = history?.past ?? [];
  const demand = estimateDemand({ runs, estimate: job.estimate, others: [], weekdayOf: weekday });
  const p80 = demand.weekdays?.[weekday(run.slotAtMs)] ?? demand.p80;
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
