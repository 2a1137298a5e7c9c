import type { Forecast, ForecastRun } from '../../schedule/forecast';
import { formatDuration } from '../../time/duration';
import { clockBeside } from './days';
import type { PlanDocument } from './document';

const MINUTE_MS = 60_000;

/** A stretch of a run on a time axis. */
export interface Stretch {
  readonly kind: StretchKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** `runs` half of such runs are still at it; `may-run` up to the end of four in five; `parked` it waits for a reset. */
export type StretchKind = 'runs' | 'may-run' | 'parked';

/** The runs of the forecast, in order of their starts. Without one those of the plan, which knows one end of each. */
export function runsOf({ forecast, jobs }: PlanDocument): readonly ForecastRun[] {
  const runs = forecast?.runs ?? jobs.flatMap(plannedRuns);
  return [...runs].sort((a, b) => a.startMs - b.startMs || (a.job < b.job ? -1 : 1));
}

/** What a run does from its start on, without gaps; what does not end within the span goes on to its end. */
export function stretchesOf(run: ForecastRun, spanEndMs: number): Stretch[] {
  const halfMs = run.finishP50Ms ?? spanEndMs;
  const endMs = Math.max(halfMs, run.finishP80Ms ?? spanEndMs);
  const stretches: Stretch[] = [];
  const work = (fromMs: number, toMs: number): void => {
    add(stretches, { kind: 'runs', fromMs, toMs: Math.min(toMs, halfMs) });
    add(stretches, { kind: 'may-run', fromMs: Math.max(fromMs, halfMs), toMs });
  };
  let atMs = run.startMs;
  for (const park of [...run.parks].sort((a, b) => a.atMs - b.atMs)) {
    if (park.atMs >= endMs) break;
    work(atMs, park.atMs);
    add(stretches, { kind: 'parked', fromMs: park.atMs, toMs: Math.min(park.untilMs, spanEndMs) });
    atMs = park.untilMs;
  }
  work(atMs, endMs);
  return stretches;
}

/** What is to be said of a run beside its figures. */
export function remarksOf(run: ForecastRun, timezone: string): string[] {
  const at = (atMs: number): string => clockBeside(atMs, run.startMs, timezone);
  return [
    ...(run.isMovedByClocks ? ['the clocks skip the time of its schedule: it runs after the gap'] : []),
    ...run.parks.map(({ atMs, untilMs, reason }) => `parks at ${at(atMs)} until ${at(untilMs)}: ${reason}`),
    ...(run.slackMs !== null && run.slackMs < 0
      ? [`ends ${formatDuration(-run.slackMs)} after its deadline at ${at(run.deadlineAtMs ?? run.startMs)}`]
      : []),
    ...(run.finishP80Ms === null ? ['does not end within this span'] : []),
  ];
}

/** How long before its deadline a run ends, or after it; empty without one. */
export function slackText(slackMs: number | null): string {
  if (slackMs === null) return '';
  return slackMs < 0 ? `-${formatDuration(-slackMs)}` : formatDuration(slackMs);
}

/** How much later than its slot's time begins a job starts: `+17 min`. */
export function offsetText(offsetMs: number): string {
  return `+${Math.round(offsetMs / MINUTE_MS)} min`;
}

/** The runs of each job. */
export function runsByJob(document: PlanDocument): Map<string, ForecastRun[]> {
  const byJob = new Map<string, ForecastRun[]>();
  for (const run of runsOf(document)) byJob.set(run.job, [...(byJob.get(run.job) ?? []), run]);
  return byJob;
}

function plannedRuns({ job, starts, demand }: PlanDocument['jobs'][number]): Forecast['runs'] {
  return starts.map(({ slotAtMs, startMs, endMs }) => ({
    job,
    slotAtMs,
    startMs,
    finishP50Ms: endMs,
    finishP80Ms: endMs,
    calls: demand.calls,
    callsCarried: 0,
    parks: [],
    deadlineAtMs: null,
    slackMs: null,
    isMovedByClocks: false,
  }));
}

function add(stretches: Stretch[], stretch: Stretch): void {
  if (stretch.toMs > stretch.fromMs) stretches.push(stretch);
}
