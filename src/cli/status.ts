import type { Command } from 'commander';
import type { LeaseHolder } from '../job/lease';
import { isOver } from '../job/operator-pause';
import type { Job } from '../job/parse';
import { FORWARD_KINDS, RAN_STATES, type Run, type RunPartition } from '../job/run';
import { type DiskSpace, describeShortage } from '../limit/disk';
import { keepsHours } from '../run/gate';
import { type Hours, nextOpenMs } from '../schedule/hours';
import { type Closure, closedBecause, describeClosure } from '../schedule/hours-closed';
import { hoursOfJobs } from '../schedule/job-hours';
import type { Store } from '../store/open';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { color } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { nextCell, nextMs, type Resting, restingAt } from './jobs';
import { pauseLines } from './paused';
import { unknownLine } from './platform-unknown';
import { type Cell, count, cut, noteError, plain, print, printJson, table } from './print';
import type { Project } from './project';
import { shortSpace } from './project-store';
import { colour } from './runs';
import { STUCK_READ_MAX, stuckLines } from './stuck';

const REASON_CHARS_SHOWN = 100;

interface JobStatus {
  readonly job: Job;
  readonly run: Run | null;
  /** The first STUCK_READ_MAX that are parked or failed; the run's totals say how many there are. */
  readonly stuck: readonly RunPartition[];
  readonly nextSlotAtMs: number | null;
  /** What keeps its hours closed now; null when they are open. */
  readonly closed: Closure | null;
  /** When its hours are open: now, later, or null when no opening is in sight. */
  readonly opensAtMs: number | null;
}

/** `offpeak status`: who runs, where every job stands, and what waits until when. */
export function addStatus(program: Command): void {
  withGlobals(program.command('status').description('show where every job stands, what is parked and until when'))
    .addHelpText('after', '\nExample:\n  offpeak status --json')
    .action(async (options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const nowMs = systemClock.nowMs();
        const holder = await store.lease.holder(nowMs);
        const hoursOf = hoursOfJobs(project.config);
        const jobs = await Promise.all(project.jobs.map((job) => statusOf(store, job, { nowMs, hours: hoursOf(job) })));
        const unknownReplies = (await store.unknownReplies.list()).length;
        const found = { holder, jobs, project, unknownReplies, diskShort: shortSpace(project) };
        const status = { ...(await restingAt(store, nowMs)), ...found };
        if (options.json) printJson(toJson(status));
        else show(status);
      });
    });
}

async function statusOf(store: Store, job: Job, { nowMs, hours }: { nowMs: number; hours: Hours }): Promise<JobStatus> {
  const [run = null] = await store.runs.list({ job: job.name, states: RAN_STATES, kinds: FORWARD_KINDS, limit: 1 });
  const opensAtMs = nextOpenMs(hours, nowMs);
  return {
    job,
    run,
    stuck: run ? await store.runs.stuck(run.id, STUCK_READ_MAX) : [],
    nextSlotAtMs: nextMs(job, nowMs),
    closed: closedBecause(hours, nowMs),
    opensAtMs: opensAtMs === Infinity ? null : opensAtMs,
  };
}

interface Status extends Resting {
  readonly holder: LeaseHolder | null;
  readonly jobs: readonly JobStatus[];
  readonly project: Project;
  /** How many different ones are kept. */
  readonly unknownReplies: number;
  /** What the disk of the store has, where that is too little to call a platform; null where it is enough. */
  readonly diskShort: DiskSpace | null;
}

function toJson({ holder, jobs, project, pauses, unknownReplies, diskShort }: Status): unknown {
  return {
    daemon: holder,
    jobs: jobs.map(({ job, run, stuck, nextSlotAtMs, closed, opensAtMs }) => ({
      name: job.name,
      platform: job.platform,
      run,
      stuck,
      nextSlotAtMs,
      closed,
      opensAtMs,
      pauses: pauses.filter((pause) => isOver(pause, job)),
    })),
    pauses,
    broken: project.broken.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
    unknownReplies,
    diskShort,
  };
}

function show(status: Status): void {
  const { holder, jobs, project, pauses, nowMs, unknownReplies, diskShort } = status;
  print(
    holder
      ? daemonLine(holder)
      : `${color.bold('daemon')}  ${color.yellow('not running')}  (start it with \`offpeak start\`)`,
  );
  if (diskShort !== null) print(`${color.bold('disk')}    ${color.red(describeShortage(diskShort))}`);
  for (const line of pauseLines(project, pauses, nowMs)) print(line);
  print(
    `\n${table(
      ['job', 'state', 'partitions', 'records', 'calls', 'next'],
      jobs.map((each) => cells(each, nextCell(project, each.job, status))),
    )}`,
  );
  for (const { run, stuck, job, closed } of jobs) {
    if (run?.reason)
      print(`  ${job.name}  ${colour(run.state).text}  ${color.dim(plain(cut(run.reason, REASON_CHARS_SHOWN)))}`);
    if (run?.state === 'queued' && keepsHours(run) && closed !== null)
      print(`  ${job.name}  ${color.yellow('waits')}  ${color.dim(plain(describeClosure(closed)))}`);
    if (run) for (const line of stuckLines(project, { run, stuck, pauses })) print(line);
  }
  if (unknownReplies > 0) print(`\n${color.yellow(unknownLine(unknownReplies))}`);
  for (const { error } of project.broken) noteError('broken', error);
}

function daemonLine({ pid, host, command, heartbeatAtMs }: LeaseHolder): string {
  const ago = formatDuration(Math.max(0, systemClock.nowMs() - heartbeatAtMs));
  return `${color.bold('daemon')}  ${color.green('running')}  offpeak ${plain(command)}, process ${pid} on ${plain(host)}, last sign of life ${ago} ago`;
}

function cells({ job, run }: JobStatus, next: Cell): Cell[] {
  if (!run) return [job.name, 'never ran', '', '', '', next];
  const { totals } = run;
  const parts = [`${totals.partitionsDone}/${totals.partitions} done`];
  if (totals.partitionsParked > 0) parts.push(`${totals.partitionsParked} parked`);
  if (totals.partitionsFailed > 0) parts.push(`${totals.partitionsFailed} failed`);
  return [job.name, colour(run.state), parts.join(', '), count(totals.records), count(totals.attempts), next];
}
