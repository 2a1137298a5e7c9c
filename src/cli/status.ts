import type { Command } from 'commander';
import pc from 'picocolors';
import type { LeaseHolder } from '../job/lease';
import type { Job } from '../job/parse';
import type { Run, RunPartition } from '../job/run';
import type { Store } from '../store/open';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { formatSlot, nextMs } from './jobs';
import { count, note, print, printJson, table } from './print';
import type { Project } from './project';
import { colour } from './runs';

/** Parked and failed partitions named below the table; the rest is in `offpeak runs ID`. */
const PARTITIONS_SHOWN = 10;

interface JobStatus {
  readonly job: Job;
  readonly run: Run | null;
  /** Those that are parked or failed. */
  readonly stuck: readonly RunPartition[];
  readonly nextSlotAtMs: number | null;
}

/** `offpeak status`: who runs, where every job stands, and what waits until when. */
export function addStatus(program: Command): void {
  withGlobals(program.command('status').description('show where every job stands, what is parked and until when'))
    .addHelpText('after', '\nExample:\n  offpeak status --json')
    .action(async (options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const nowMs = systemClock.nowMs();
        const holder = await store.lease.holder(nowMs);
        const jobs = await Promise.all(project.jobs.map((job) => statusOf(store, job, nowMs)));
        if (options.json) printJson(toJson({ holder, jobs, project }));
        else show({ holder, jobs, project });
      });
    });
}

async function statusOf(store: Store, job: Job, nowMs: number): Promise<JobStatus> {
  const [run = null] = await store.runs.list({ job: job.name, limit: 1 });
  const shares = run ? await store.runs.partitions(run.id) : [];
  const stuck = shares.filter(({ state }) => state === 'parked' || state === 'failed');
  return { job, run, stuck, nextSlotAtMs: nextMs(job, nowMs) };
}

interface Status {
  readonly holder: LeaseHolder | null;
  readonly jobs: readonly JobStatus[];
  readonly project: Project;
}

function toJson({ holder, jobs, project }: Status): unknown {
  return {
    daemon: holder,
    jobs: jobs.map(({ job, run, stuck, nextSlotAtMs }) => ({
      name: job.name,
      platform: job.platform,
      run,
      stuck,
      nextSlotAtMs,
    })),
    broken: project.broken.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
  };
}

function show({ holder, jobs, project }: Status): void {
  print(
    holder
      ? daemonLine(holder)
      : `${pc.bold('daemon')}  ${pc.yellow('not running')}  (start it with \`offpeak start\`)`,
  );
  print(
    `\n${table(
      ['job', 'state', 'partitions', 'records', 'calls', 'next'],
      jobs.map((status) => cells(status)),
    )}`,
  );
  for (const status of jobs) for (const line of stuckLines(status, project)) print(line);
  for (const { error } of project.broken) note(pc.red(`broken: ${error.message}`));
}

function daemonLine({ pid, host, command, heartbeatAtMs }: LeaseHolder): string {
  const ago = formatDuration(Math.max(0, systemClock.nowMs() - heartbeatAtMs));
  return `${pc.bold('daemon')}  ${pc.green('running')}  offpeak ${command}, process ${pid} on ${host}, last sign of life ${ago} ago`;
}

function cells({ job, run, nextSlotAtMs }: JobStatus): string[] {
  const next = formatSlot(job, nextSlotAtMs);
  if (!run) return [job.name, 'never ran', '', '', '', next];
  const { totals } = run;
  const parts = [`${totals.partitionsDone}/${totals.partitions} done`];
  if (totals.partitionsParked > 0) parts.push(`${totals.partitionsParked} parked`);
  if (totals.partitionsFailed > 0) parts.push(`${totals.partitionsFailed} failed`);
  return [job.name, colour(run.state), parts.join(', '), count(totals.records), count(totals.attempts), next];
}

function stuckLines({ job, stuck }: JobStatus, project: Project): string[] {
  const day = project.config.platforms[job.platform]?.day ?? { kind: 'civil', at: '00:00', timezone: 'UTC' };
  const lines = stuck.slice(0, PARTITIONS_SHOWN).map(({ partition, state, parkedUntilMs, reason }) => {
    const what =
      state === 'parked' && parkedUntilMs !== null ? `parked, resumes at ${formatInstant(parkedUntilMs, day)}` : state;
    return `  ${job.name}/${partition.key}  ${state === 'failed' ? pc.red(what) : pc.yellow(what)}  ${pc.dim(reason ?? '')}`;
  });
  if (stuck.length > PARTITIONS_SHOWN) lines.push(`  … and ${stuck.length - PARTITIONS_SHOWN} more of ${job.name}`);
  return lines;
}
