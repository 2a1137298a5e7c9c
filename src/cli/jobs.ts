import type { Command } from 'commander';
import pc from 'picocolors';
import type { Job } from '../job/parse';
import { windowText } from '../schedule/hours-rule';
import { parseTimetable, slotAfterMs } from '../schedule/timetable';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { type GlobalOptions, withGlobals } from './command';
import { note, noteError, plain, print, printJson, table } from './print';
import { loadProject, type Project, secretFaults } from './project';

/** `offpeak jobs`: what is defined, and what is broken. Exit code 2 when a job file is broken. */
export function addJobs(program: Command): void {
  withGlobals(program.command('jobs').description('list the jobs, their schedules, and job files that are broken'))
    .addHelpText('after', '\nExample:\n  offpeak jobs --json')
    .action(async (options: GlobalOptions) => {
      const project = await loadProject(options);
      const { jobs, broken } = project;
      const warnings = [...project.warnings, ...unusable(project)];
      const nowMs = systemClock.nowMs();
      if (options.json) {
        printJson({
          jobs: jobs.map((job) => ({ ...summary(job), nextSlotAtMs: nextMs(job, nowMs) })),
          broken: broken.map(({ file, error }) => ({ file, code: error.code, message: error.message })),
          warnings,
        });
      } else {
        print(
          table(
            ['job', 'platform', 'schedule', 'next', 'file'],
            jobs.map((job) => cells(job, nowMs)),
          ),
        );
        for (const warning of warnings) note(pc.yellow(`warning: ${plain(warning)}`));
        for (const { error } of broken) noteError('broken', error);
      }
      if (broken.length > 0) process.exitCode = 2;
    });
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

/** A platform without its secrets is no fault of a job file, but its jobs cannot run. */
function unusable(project: Project): string[] {
  return [...secretFaults(project).values()].map(({ message }) => `${message}; its jobs cannot run`);
}

function summary(job: Job): Record<string, unknown> {
  return { name: job.name, platform: job.platform, schedule: job.schedule, file: job.file };
}

function cells(job: Job, nowMs: number): string[] {
  const { schedule } = job;
  const when = schedule
    ? [schedule.cron ?? `every ${schedule.every}`, ...(schedule.windows ?? []).map(windowText)].join('  ')
    : '-';
  return [job.name, job.platform, when, formatSlot(job, nextMs(job, nowMs)), job.file];
}
