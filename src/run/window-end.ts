import type { Job } from '../job/parse';
import type { Run } from '../job/run';
import { closesAtMs, type Hours, nextOpenMs } from '../schedule/hours';
import { closedBecause, describeClosure } from '../schedule/hours-closed';
import type { HoursOf } from '../schedule/job-hours';
import type { Clock } from '../time/clock';
import { keepsHours } from './gate';
import type { PutDown } from './put-down';

/** The longest sleep between two looks at the wall clock, which may step. */
const LOOK_MS_MAX = 60_000;

export interface WindowEndParts {
  readonly hoursOf: HoursOf;
  readonly clock: Clock;
}

/** A run under way, and how it is told to end. */
export interface WatchedRun {
  readonly job: Job;
  readonly run: Run;
  readonly putDown: PutDown;
}

/** Takes a run, and ends it as its job says when its hours close before it is complete. */
export async function withinHours(
  { hoursOf, clock }: WindowEndParts,
  { job, run, putDown }: WatchedRun,
  take: () => Promise<Run>,
): Promise<Run> {
  const policy = job.schedule?.onWindowEnd ?? 'drain';
  if (policy === 'ignore' || !keepsHours(run)) return take();
  const hours = hoursOf(job);
  const ended = new AbortController();
  const watching = untilClosed(hours, clock, ended.signal).then((isClosed) => {
    if (!isClosed) return;
    if (policy === 'drain') putDown.drain();
    else putDown.order(endAt(hours, clock.nowMs()));
  });
  try {
    return await take();
  } finally {
    ended.abort();
    await watching;
  }
}

/** True when the hours closed, false when the signal came first. */
async function untilClosed(hours: Hours, clock: Clock, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const leftMs = closesAtMs(hours, clock.nowMs()) - clock.nowMs();
    if (leftMs <= 0 || signal.aborted) return !signal.aborted;
    await clock.sleep(Math.min(leftMs, LOOK_MS_MAX), signal);
  }
}

/** Parked until they open. Where no opening is in sight it waits without an instant: the gate holds it. */
function endAt(hours: Hours, nowMs: number): Parameters<PutDown['order']>[0] {
  const untilMs = nextOpenMs(hours, nowMs);
  const closure = closedBecause(hours, nowMs);
  if (untilMs === Infinity || closure === null) return { kind: 'interrupt' };
  return { kind: 'park', untilMs, reason: `its hours closed: ${describeClosure(closure)}` };
}
