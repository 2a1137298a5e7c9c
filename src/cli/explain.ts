import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { BrokenJob } from '../job/load';
import type { Job } from '../job/parse';
import { parseTimetable } from '../schedule/timetable';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { collectFacts } from './explain/collect';
import { explainJob, explainSlot, type Told, type Topic, tellNow } from './explain/explanation';
import { formatSlot } from './jobs';
import { plain, print, printJson } from './print';
import { brokenNamed, dayOf, jobNamed, type Project, UTC_DAY } from './project';
import { assertSlot, parseSlotOption } from './slot-option';

interface ExplainOptions extends GlobalOptions {
  readonly slot?: string;
}

/** The last slot and the last run are among these. */
const ROWS_READ = 200;
/** All that is kept of most jobs: a slot of long ago is asked for. */
const ROWS_READ_OF_SLOT = 5_000;
const EXIT_BROKEN = 2;

const HELP = `
Says why it is not running and when it goes on, why it starts when it does, what became of its last slot, and what comes
next. Reads the store and the config alone: it works with and without a daemon, and calls no platform.

Examples:
  offpeak explain kuaishou-orders
  offpeak explain kuaishou-orders --slot 2026-11-21T01:25
  offpeak explain kuaishou-orders --json`;

/** `offpeak explain JOB`: why it runs when it does, or why it does not. Exit code 2 when its job file is broken. */
export function addExplain(program: Command): void {
  withGlobals(program.command('explain <job>').description('say why a job runs when it does, or why it does not'))
    .option('--slot <instant>', "what became of this slot, or what will: ISO 8601, without an offset in the job's zone")
    .addHelpText('after', HELP)
    .action(async (name: string, options: ExplainOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const broken = project.jobs.some((job) => job.name === name) ? undefined : brokenNamed(project, name);
        if (broken) {
          showBroken(name, broken, options);
          return;
        }
        const job = jobNamed(project, name);
        const slotAtMs = options.slot === undefined ? null : slotOf(job, options.slot);
        const rowsMax = slotAtMs === null ? ROWS_READ : ROWS_READ_OF_SLOT;
        const facts = await collectFacts({ project, store, clock: systemClock, rowsMax }, job);
        const at = (atMs: number): string => instantOf(project, job, atMs);
        const told = slotAtMs === null ? explainJob(facts, at) : explainSlot(facts, slotAtMs, at);
        if (options.json)
          printJson({ job: name, platform: job.platform, nowMs: facts.nowMs, slotAtMs, findings: told });
        else show(`${color.bold(name)}  on platform ${job.platform}, at ${at(facts.nowMs)}`, told, slotAtMs);
      });
    });
}

/** Everything of a job in its own zone; in that of its platform where it has none. */
function instantOf(project: Project, job: Job, atMs: number): string {
  return job.schedule ? formatSlot(job, atMs) : formatInstant(atMs, dayOf(project, job.name));
}

function slotOf(job: Job, text: string): number {
  const { schedule, name } = job;
  if (!schedule) throw new OffpeakError('USAGE', `job ${name} has no schedule: it runs by hand only`);
  const slotAtMs = parseSlotOption(text, schedule);
  assertSlot(slotAtMs, { job, timetable: parseTimetable(schedule, name), text });
  return slotAtMs;
}

function showBroken(name: string, { file, error }: BrokenJob, { json }: ExplainOptions): void {
  const { code, message } = error;
  const finding = { kind: 'broken', file, code, message } as const;
  const nowMs = systemClock.nowMs();
  const told = [tellNow(finding, (atMs) => formatInstant(atMs, UTC_DAY))];
  if (json) printJson({ job: name, platform: null, nowMs, slotAtMs: null, findings: told });
  else show(color.bold(plain(name)), told, null);
  process.exitCode = EXIT_BROKEN;
}

function show(head: string, told: readonly Told[], slotAtMs: number | null): void {
  print(head);
  const topics = [...new Set(told.map(({ topic }) => topic))];
  for (const topic of topics) {
    print(`\n${color.dim(headingOf(topic, slotAtMs))}`);
    for (const { text } of told.filter((each) => each.topic === topic)) print(`  ${plain(text)}`);
  }
}

function headingOf(topic: Topic, slotAtMs: number | null): string {
  switch (topic) {
    case 'now':
      return 'now';
    case 'start':
      return 'why at that time';
    case 'slot':
      return slotAtMs === null ? 'last slot' : 'this slot';
    case 'next':
      return slotAtMs === null ? 'next slot' : 'this slot';
  }
}
