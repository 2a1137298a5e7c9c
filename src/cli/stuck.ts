import { heldUntilMs, type OperatorPause } from '../job/operator-pause';
import type { Run, RunPartition } from '../job/run';
import { gateOf } from '../run/gate';
import { hoursOfJobs } from '../schedule/job-hours';
import { formatInstant } from '../time/window';
import { color } from './color';
import { count, cut, plain } from './print';
import { dayOf, type Project } from './project';

/** Parked and failed partitions that are named; the rest is in `offpeak runs ID`. */
const PARTITIONS_SHOWN = 10;
const REASON_CHARS_SHOWN = 100;

/** Parked and failed partitions that are read, for `--json`: of a run of a million all may be. */
export const STUCK_READ_MAX = 100;

/** A run, and the first of its partitions that are parked or failed. */
export interface Taken {
  readonly run: Run;
  readonly stuck: readonly RunPartition[];
  /** What operators have paused. */
  readonly pauses: readonly OperatorPause[];
}

/** A line for each of the first of them: until when it waits, and why. */
export function stuckLines(project: Project, taken: Taken): string[] {
  const { run, stuck } = taken;
  const all = run.totals.partitionsParked + run.totals.partitionsFailed;
  const lines = stuck.slice(0, PARTITIONS_SHOWN).map((share) => stuckLine(project, taken, share));
  if (all > PARTITIONS_SHOWN) lines.push(`  … and ${count(all - PARTITIONS_SHOWN)} more: \`offpeak runs ${run.id}\``);
  return lines;
}

function stuckLine(project: Project, taken: Taken, { partition, state, parkedUntilMs, reason }: RunPartition): string {
  const until = parkedUntilMs === null ? '' : `, ${formatResume(project, taken, parkedUntilMs)}`;
  const what = state === 'failed' ? color.red(state) : color.yellow(`${state}${until}`);
  return `  ${taken.run.job}/${plain(partition.key)}  ${what}  ${color.dim(plain(cut(reason ?? '', REASON_CHARS_SHOWN)))}`;
}

/** When a park of this run really ends: no pause may last, and a scheduled run goes on inside its hours only. */
export function formatResume(project: Project, { run, pauses }: Omit<Taken, 'stuck'>, untilMs: number): string {
  const job = project.jobs.find(({ name }) => name === run.job);
  const heldMs = job ? heldUntilMs(pauses, job, untilMs) : untilMs;
  if (heldMs === Infinity) return 'resumes when `offpeak resume` says so';
  const resumeMs = job ? gateOf(hoursOfJobs(project.config)).nextStartMs(job, run, heldMs) : heldMs;
  return resumeMs === Infinity
    ? 'resumes when its hours open'
    : `resumes at ${formatInstant(resumeMs, dayOf(project, run.job))}`;
}
