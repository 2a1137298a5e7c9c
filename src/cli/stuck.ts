import pc from 'picocolors';
import type { RunPartition } from '../job/run';
import { formatInstant } from '../time/window';
import { cut, plain } from './print';
import { dayOf, type Project } from './project';

/** Parked and failed partitions that are named; the rest is in `offpeak runs ID`. */
const PARTITIONS_SHOWN = 10;
const REASON_CHARS_SHOWN = 100;

/** Parked or failed: what people look for. */
export function isStuck({ state }: RunPartition): boolean {
  return state === 'parked' || state === 'failed';
}

/** A line for each of the first of them: until when it waits, and why. */
export function stuckLines(project: Project, stuck: readonly RunPartition[]): string[] {
  const lines = stuck.slice(0, PARTITIONS_SHOWN).map((share) => stuckLine(project, share));
  const [first] = stuck;
  if (first && stuck.length > PARTITIONS_SHOWN)
    lines.push(`  … and ${stuck.length - PARTITIONS_SHOWN} more: \`offpeak runs ${first.runId}\``);
  return lines;
}

function stuckLine(project: Project, { job, partition, state, parkedUntilMs, reason }: RunPartition): string {
  const until = parkedUntilMs === null ? '' : `, resumes at ${formatInstant(parkedUntilMs, dayOf(project, job))}`;
  const what = state === 'failed' ? pc.red(state) : pc.yellow(`${state}${until}`);
  return `  ${job}/${plain(partition.key)}  ${what}  ${pc.dim(plain(cut(reason ?? '', REASON_CHARS_SHOWN)))}`;
}
