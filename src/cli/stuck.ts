import pc from 'picocolors';
import type { Run, RunPartition } from '../job/run';
import { gateOf } from '../run/gate';
import { hoursOfJobs } from '../schedule/job-hours';
import { formatInstant } from '../time/window';
import { cut, plain } from './print';
import { dayOf, type Project } from './project';

/** Parked and failed partitions that are named; the rest is in `offpeak runs ID`. */
const PARTITIONS_SHOWN = 10;
const REASON_CHARS_SHOWN = 100;

/** A run, and those of its partitions that are parked or failed. */
export interface Taken {
  readonly run: Run;
  readonly stuck: readonly RunPartition[];
}

/** Parked or failed: what people look for. */
export function isStuck({ state }: RunPartition): boolean {
  return state === 'parked' || state === 'failed';
}

/** A line for each of the first of them: until when it waits, and why. */
export function stuckLines(project: Project, { run, stuck }: Taken): string[] {
  const lines = stuck.slice(0, PARTITIONS_SHOWN).map((share) => stuckLine(project, run, share));
  const [first] = stuck;
  if (first && stuck.length > PARTITIONS_SHOWN)
    lines.push(`  … and ${stuck.length - PARTITIONS_SHOWN} more: \`offpeak runs ${first.runId}\``);
  return lines;
}

function stuckLine(project: Project, run: Run, { partition, state, parkedUntilMs, reason }: RunPartition): string {
  const until = parkedUntilMs === null ? '' : `, resumes ${formatResume(project, run, parkedUntilMs)}`;
  const what = state === 'failed' ? pc.red(state) : pc.yellow(`${state}${until}`);
  return `  ${run.job}/${plain(partition.key)}  ${what}  ${pc.dim(plain(cut(reason ?? '', REASON_CHARS_SHOWN)))}`;
}

/** `at 2026-03-03 01:00 Asia/Shanghai`: when a park of this run really ends. A scheduled run goes on inside its hours only. */
export function formatResume(project: Project, run: Run, untilMs: number): string {
  const job = project.jobs.find(({ name }) => name === run.job);
  const resumeMs = job ? gateOf(hoursOfJobs(project.config)).nextStartMs(job, run, untilMs) : untilMs;
  return resumeMs === Infinity ? 'when its hours open' : `at ${formatInstant(resumeMs, dayOf(project, run.job))}`;
}
