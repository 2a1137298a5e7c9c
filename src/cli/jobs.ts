import type { Command } from 'commander';
import pc from 'picocolors';
import { isOver, type OperatorPause } from '../job/operator-pause';
import type { Job } from '../job/parse';
import { parseTimetable, slotAfterMs } from '../schedule/timetable';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { pausedCell, pauseLines } from './paused';
import { note, noteError, plain, print, printJson, table } from './print';
import { type Project, secretFaults } from './project';

/** `offpeak jobs`: what is defined, and what is broken. Exit code 2 when a job file is broken. */
export function addJobs(program: Command): void {
  withGlobals(program.command('jobs').description('list the jobs, their schedules, and job files that are broken'))
    .addHelpText('after', '\nExample:\n  offpeak jobs --json')
    .action(async (options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const nowMs = systemClock.nowMs();
        const pauses = await store.operatorPauses.list(nowMs);
        if (options.json) printJson(toJson(project, pauses, nowMs));
        else show(project, pauses, nowMs);
        if (project.broken.length > 0) process.exitCode = 2;
      });
    });
}

function toJson(project: Project, pauses: readonly OperatorPause[], nowMs: number): unknown {
  return {
    jobs: project.jobs.map((job) => ({
      ...summary(job),
      nextSlotAtMs: nextMs(job, nowMs),
      pauses: pauses.filter((pause) => isOver(pause, job)),
    })),
    broken: project.broken.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
    warnings: warningsOf(project),
  };
}

function show(project: Project, pauses: readonly OperatorPause[], nowMs: number): void {
  const rows = project.jobs.map((job) =>
    cells(job, pausedCell(project, job, { pauses, nowMs }) ?? nextText(job, nowMs)),
  );
  print(table(['job', 'platform', 'schedule', 'next', 'file'], rows));
  if (pauses.length > 0) print(`\n${pauseLines(project, pauses, nowMs).join('\n')}`);
  for (const warning of warningsOf(project)) note(pc.yellow(`warning: ${plain(warning)}`));
  for (const { error } of project.broken) noteError('broken', error);
}

/** The next slot of a job; null when it runs by hand only. */
export function nextMs({ schedule, name }: Job, nowMs: number): number | null {
  return schedule ? slotAfterMs(parseTimetable(schedule, name), nowMs) : null;
}

/** A slot for people, in the job's own zone. */
export function formatSlot({ schedule }: Job, atMs: number | null): string {
  if (atMs === null || !schedule) return 'by hand';
  return formatInstant(atMs, { kind: 'civil', at: '00:00', timezone: schedule.timezone });
}

function warningsOf(project: Project): string[] {
  return [...project.warnings, ...unusable(project)];
}

/** A platform without its secrets is no fault of a job file, but its jobs cannot run. */
function unusable(project: Project): string[] {
  return [...secretFaults(project).values()].map(({ message }) => `${message}; its jobs cannot run`);
}

function summary(job: Job): Record<string, unknown> {
  return { name: job.name, platform: job.platform, schedule: job.schedule, file: job.file };
}

function nextText(job: Job, nowMs: number): string {
  return formatSlot(job, nextMs(job, nowMs));
}

function cells(job: Job, next: string): string[] {
  const { schedule } = job;
  const when = schedule ? [schedule.cron ?? `every ${schedule.every}`, ...(schedule.windows ?? [])].join('  ') : '-';
  return [job.name, job.platform, when, next, job.file];
}
