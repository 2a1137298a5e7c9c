import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { Job, JobSchedule } from '../job/parse';
import { SKIPPED_SLOTS_MAX, type SkipAhead } from '../job/skip-ahead';
import { parseTimetable, slotAfterMs, type Timetable } from '../schedule/timetable';
import { systemClock } from '../time/system-clock';
import { changing, type GlobalOptions, parseCount, withGlobals } from './command';
import { formatSlot } from './jobs';
import { byOption, operatorName, reasonOption, withoutSecrets } from './operator';
import { note, printJson } from './print';
import { jobNamed } from './project';
import { assertSlot, parseSlotOption } from './slot-option';

interface SkipOptions extends GlobalOptions {
  readonly count?: number;
  readonly slot?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly undo?: true;
}

const HELP = `
A run that has begun is not touched. Slots that are skipped are not made up for. Works while the daemon runs.

Examples:
  offpeak skip kuaishou-orders --reason 'stocktaking tonight'
  offpeak skip kuaishou-orders -n 3 --reason 'the shop is closed'
  offpeak skip kuaishou-orders --slot 2026-11-22T01:25 --reason 'stocktaking'
  offpeak skip kuaishou-orders --undo`;

/** `offpeak skip JOB`: the next slots, or one, shall not run. */
export function addSkip(program: Command): void {
  const command = program
    .command('skip <job>')
    .description('let the next slots of a job, or one of them, pass without a run')
    .option('-n, --count <number>', 'how many of the next slots (default: 1)', parseCount)
    .option('--slot <instant>', "this one, in ISO 8601; without an offset in the job's zone")
    .option('--undo', 'take back what is skipped of the job: all of it, or --slot')
    .addOption(reasonOption().makeOptionMandatory(false))
    .addOption(byOption())
    .addHelpText('after', HELP);
  withGlobals(command).action(async (name: string, options: SkipOptions) => {
    if (options.slot !== undefined && options.count !== undefined) {
      throw new OffpeakError('USAGE', 'expected either --slot or --count, got both');
    }
    await (options.undo ? undo(name, options) : skip(name, options));
  });
}

async function skip(name: string, options: SkipOptions): Promise<void> {
  const { reason, by = operatorName() } = options;
  if (reason === undefined) throw new OffpeakError('USAGE', 'expected --reason, for whoever wonders later');
  await changing(options, async ({ project, store }) => {
    const job = jobNamed(project, name);
    const askedAtMs = systemClock.nowMs();
    const slots = slotsOf(job, options, askedAtMs);
    const said = withoutSecrets({ reason, by }, project.vault);
    const wanted = slots.map((slotAtMs) => ({ job: name, slotAtMs, ...said, askedAtMs }));
    const skipped = await store.skipsAhead.put(wanted);
    if (options.json) {
      printJson({ skipped });
      return;
    }
    for (const slotAtMs of slots) {
      const isNew = skipped.some((each) => each.slotAtMs === slotAtMs);
      note(`${isNew ? 'skipped' : 'skipped already'}: ${name} at ${formatSlot(job, slotAtMs)}`);
    }
  });
}

async function undo(name: string, options: SkipOptions): Promise<void> {
  await changing(options, async ({ project, store }) => {
    const job = jobNamed(project, name);
    const afterMs = systemClock.nowMs();
    const slot = options.slot === undefined ? {} : { slotAtMs: slotsOf(job, options, afterMs)[0] ?? afterMs };
    const taken: SkipAhead[] = await store.skipsAhead.remove({ job: name, ...slot, afterMs });
    if (options.json) {
      printJson({ takenBack: taken });
      return;
    }
    if (taken.length === 0) note('nothing that was asked for is skipped');
    for (const { slotAtMs } of taken) note(`runs again: ${name} at ${formatSlot(job, slotAtMs)}`);
  });
}

/** The slots to come that a command line names. */
function slotsOf(job: Job, { slot, count = 1 }: SkipOptions, nowMs: number): number[] {
  const { schedule, name } = job;
  if (!schedule) throw new OffpeakError('USAGE', `job ${name} has no schedule: it runs by hand only`);
  if (count > SKIPPED_SLOTS_MAX) {
    throw new OffpeakError('USAGE', `--count: expected at most ${SKIPPED_SLOTS_MAX}, got ${count}`, {
      hint: `To let it rest for long: offpeak pause ${name} --until …`,
    });
  }
  const timetable = parseTimetable(schedule, name);
  if (slot !== undefined) return [parseSlot(slot, { job, schedule, timetable, nowMs })];
  const slots: number[] = [];
  for (let atMs = nowMs; slots.length < count; ) {
    atMs = slotAfterMs(timetable, atMs);
    slots.push(atMs);
  }
  return slots;
}

interface SlotOf {
  readonly job: Job;
  readonly schedule: JobSchedule;
  readonly timetable: Timetable;
  readonly nowMs: number;
}

function parseSlot(text: string, { job, schedule, timetable, nowMs }: SlotOf): number {
  const atMs = parseSlotOption(text, schedule);
  if (atMs <= nowMs) {
    throw new OffpeakError('USAGE', `--slot: expected a slot to come, got ${JSON.stringify(text)}`);
  }
  assertSlot(atMs, { job, timetable, text });
  return atMs;
}
