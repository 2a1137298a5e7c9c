import type { Command } from 'commander';
import { isOver, type OperatorPause } from '../job/operator-pause';
import type { Job } from '../job/parse';
import { type SkipAhead, skipOf } from '../job/skip-ahead';
import { windowText } from '../schedule/hours-rule';
import { parseTimetable, slotAfterMs } from '../schedule/timetable';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color, noteColor } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { pausedCell, pauseLines } from './paused';
import { type Cell, note, noteError, Painted, plain, print, printJson, table } from './print';
import { type Project, secretFaults } from './project';

/** `offpeak jobs`: what is defined, and what is broken. Exit code 2 when a job file is broken. */
export function addJobs(program: Command): void {
  withGlobals(program.command('jobs').description('list the jobs, their schedules, and job files that are broken'))
    .addHelpText('after', '\nExample:\n  offpeak jobs --json')
    .action(async (options: GlobalOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const nowMs = systemClock.nowMs();
        const resting = await restingAt(store, nowMs);
        if (options.json) printJson(toJson(project, resting));
        else show(project, resting);
        if (project.broken.length > 0) process.exitCode = 2;
      });
    });
}

/** What operators keep from running. */
export interface Resting {
  readonly pauses: readonly OperatorPause[];
  /** Of slots to come. */
  readonly skips: readonly SkipAhead[];
  readonly nowMs: number;
}

export async function restingAt({ operatorPauses, skipsAhead }: Store, nowMs: number): Promise<Resting> {
  return { pauses: await operatorPauses.list(nowMs), skips: await skipsAhead.list(nowMs), nowMs };
}

function toJson(project: Project, { pauses, nowMs }: Resting): unknown {
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

function show(project: Project, resting: Resting): void {
  const { pauses, nowMs } = resting;
  const rows = project.jobs.map((job) => cells(job, nextCell(project, job, resting)));
  print(table(['job', 'platform', 'schedule', 'next', 'file'], rows));
  if (pauses.length > 0) print(`\n${pauseLines(project, pauses, nowMs).join('\n')}`);
  for (const warning of warningsOf(project)) note(noteColor.yellow(`warning: ${plain(warning)}`));
  for (const { error } of project.broken) noteError('broken', error);
}

/** The next slot of a job; null when it runs by hand only. */
export function nextMs({ schedule, name }: Job, nowMs: number): number | null {
  return schedule ? slotAfterMs(parseTimetable(schedule, name), nowMs) : null;
}

/** When a job is next due, or why it is not. */
export function nextCell(project: Project, job: Job, { pauses, skips, nowMs }: Resting): Cell {
  const paused = pausedCell(project, job, { pauses, nowMs });
  if (paused !== null) return new Painted(color.yellow(paused));
  const slotAtMs = nextMs(job, nowMs);
  const isSkipped = slotAtMs !== null && skipOf(skips, job.name, slotAtMs) !== null;
  const next = formatSlot(job, slotAtMs);
  return isSkipped ? new Painted(`${next} ${color.yellow('skipped')}`) : next;
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

function cells(job: Job, next: Cell): Cell[] {
  const { schedule } = job;
  const when = schedule
    ? [schedule.cron ?? `every ${schedule.every}`, ...(schedule.windows ?? []).map(windowText)].join('  ')
    : '-';
  return [job.name, job.platform, when, next, job.file];
}
