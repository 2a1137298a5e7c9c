import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { Schedule } from '../job/definition';
import { type OperatorPause, pauseAt, pauseReason } from '../job/operator-pause';
import type { Job } from '../job/parse';
import { SKIP_KEPT_MS, type SkipAhead, skipOf, skipReason } from '../job/skip-ahead';
import { checkSchedule } from '../schedule/check';
import { combineHours, type Hours } from '../schedule/hours';
import { causeText } from '../schedule/hours-closed';
import { hoursOfJobs } from '../schedule/job-hours';
import { isoOf, parseInstant, previewSlots, type SlotPreview } from '../schedule/preview';
import { parseTimetable, type Timetable } from '../schedule/timetable';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { type GlobalOptions, inspecting, parseCount, withGlobals } from './command';
import { note, plain, print, printJson, table } from './print';
import { jobNamed } from './project';
import { resolvedText, writtenText } from './timetable-text';

interface NextOptions extends GlobalOptions {
  readonly cron?: string;
  readonly every?: string;
  readonly phase?: string;
  readonly timezone?: string;
  readonly dayMatch?: string;
  readonly as?: string;
  readonly from?: string;
  readonly count: number;
}

const COUNT_MAX = 10_000;
/** Whom `H` is resolved for when nobody is named. */
const NAME_DEFAULT = 'example';

const EXAMPLES = `
Examples:
  offpeak next shop-items -n 20
  offpeak next --cron '30 2 * * *' --timezone Europe/Berlin --from 2026-03-28 -n 3
  offpeak next --cron 'H H(1-5) * * 1#1' --timezone Asia/Shanghai --as shop-items --json
  offpeak next --every 6h --phase 10m`;

/** `offpeak next`: the slots to come, of a job or of any schedule. */
export function addNext(program: Command): void {
  const command = program
    .command('next')
    .argument('[job]', 'the job whose slots are shown; left out: those of --cron or --every')
    .description('show the next slots of a job, or of any cron expression or interval without a job');
  withGlobals(command)
    .option('--cron <expression>', 'five fields, or a nickname such as @daily')
    .option('--every <interval>', 'an interval in real time, such as 6h')
    .option('--phase <offset>', 'with --every: whole minutes into the interval, or H')
    .option('--timezone <zone>', "IANA zone of the expression, and of what is shown (default: the job's, or UTC)")
    .option('--day-match <how>', 'with --cron, when day of month and day of week are both given: both or either')
    .option('--as <name>', `the job name that H is resolved for (default: ${NAME_DEFAULT})`)
    .option('--from <instant>', 'ISO 8601; without an offset a time in the zone (default: now)')
    .option('-n, --count <number>', `how many slots, at most ${COUNT_MAX}`, parseCount, 5)
    .addHelpText('after', EXAMPLES)
    .action(async (name: string | undefined, options: NextOptions) => {
      assertOptions(name, options);
      show(name === undefined ? ofOptions(options) : await ofJob(name, options), options);
    });
}

/** What operators want of a slot; null where nobody said anything. */
interface Asked {
  readonly skip: SkipAhead | null;
  /** One that lasts at the slot. */
  readonly pause: OperatorPause | null;
}

interface SlotShown extends SlotPreview, Partial<Asked> {}

interface Shown {
  readonly job: string | null;
  readonly schedule: Schedule;
  readonly timetable: Timetable;
  /** In which instants are shown. */
  readonly timezone: string;
  readonly hours: Hours;
  /** Null where there is no job. */
  readonly askedOf: ((slotAtMs: number) => Asked) | null;
}

function assertOptions(name: string | undefined, { cron, every, phase, dayMatch, as, timezone, count }: NextOptions) {
  const given = [name, cron, every].filter((value) => value !== undefined).length;
  if (given !== 1) {
    const got = given === 0 ? 'none of them' : 'more than one';
    const hint = "For example: offpeak next --cron '30 2 * * *' --timezone Europe/Berlin";
    throw new OffpeakError('USAGE', `expected a job, --cron or --every, got ${got}`, { hint });
  }
  const stray = [
    phase !== undefined && every === undefined ? '--phase belongs to --every' : null,
    dayMatch !== undefined && cron === undefined ? '--day-match belongs to --cron' : null,
    name !== undefined && as !== undefined ? '--as belongs to --cron and --every' : null,
    name !== undefined && timezone !== undefined ? '--timezone belongs to --cron and --every: a job has its own' : null,
    count > COUNT_MAX ? `--count: expected at most ${COUNT_MAX}, got ${count}` : null,
  ].filter((fault) => fault !== null);
  if (stray.length > 0) throw new OffpeakError('USAGE', stray.join('; '));
}

async function ofJob(name: string, options: NextOptions): Promise<Shown> {
  return inspecting(options, async ({ project, store }) => {
    const job = jobNamed(project, name);
    const { schedule } = job;
    if (!schedule) {
      const hint = `Give it a schedule, or start it: offpeak run ${name}`;
      throw new OffpeakError('USAGE', `job ${name} has no schedule: it runs by hand only`, { hint });
    }
    const hours = hoursOfJobs(project.config)(job);
    const timetable = parseTimetable(schedule, name);
    const askedOf = await operatorsOf(store, job);
    return { job: name, schedule, timetable, timezone: schedule.timezone, hours, askedOf };
  });
}

async function operatorsOf({ skipsAhead, operatorPauses }: Store, job: Job): Promise<(slotAtMs: number) => Asked> {
  const skips = await skipsAhead.list(systemClock.nowMs() - SKIP_KEPT_MS);
  const pauses = await operatorPauses.history();
  return (slotAtMs) => ({
    skip: skipOf(skips, job.name, slotAtMs),
    pause: pauseAt(pauses, job, slotAtMs),
  });
}

function ofOptions(options: NextOptions): Shown {
  const { timezone = 'UTC', as = NAME_DEFAULT } = options;
  const schedule = scheduleOf(options, timezone);
  const faults = checkSchedule(schedule, as);
  if (faults.length > 0) {
    throw new OffpeakError('USAGE', faults.map(({ path, message }) => `--${path}: ${message}`).join('\n'));
  }
  return {
    job: null,
    schedule,
    timetable: parseTimetable(schedule, as),
    timezone,
    hours: combineHours([]),
    askedOf: null,
  };
}

function scheduleOf({ cron = '', every, phase, dayMatch }: NextOptions, timezone: string): Schedule {
  if (every !== undefined) return phase === undefined ? { every, timezone } : { every, phase, timezone };
  if (dayMatch === undefined) return { cron, timezone };
  if (dayMatch === 'both' || dayMatch === 'either') return { cron, timezone, dayMatch };
  throw new OffpeakError('USAGE', `--day-match: expected both or either, got ${JSON.stringify(dayMatch)}`);
}

function show({ job, schedule, timetable, timezone, hours, askedOf }: Shown, options: NextOptions): void {
  const fromMs = options.from === undefined ? systemClock.nowMs() : parseInstant(options.from, timezone);
  if (fromMs === null) {
    const expected = 'expected an ISO 8601 instant such as 2026-03-28T12:00 or 2026-03-28T12:00+01:00';
    throw new OffpeakError('USAGE', `--from: ${expected}, got ${JSON.stringify(options.from)}`);
  }
  const { onBlackout = 'shift' } = schedule;
  const slots: SlotShown[] = previewSlots({ timetable, timezone, hours, onBlackout, fromMs, count: options.count }).map(
    (slot) => ({ ...slot, ...askedOf?.(slot.atMs) }),
  );
  const resolved = resolvedText(timetable);
  if (options.json) {
    printJson({ job, schedule, resolved, timezone, from: isoOf(fromMs, timezone), slots });
    return;
  }
  const written = writtenText(schedule);
  print(`${plain(written)}${written === resolved ? '' : `  is  ${plain(resolved)}`}  in  ${timezone}`);
  print(tableOf(slots));
  if (job === null && options.as === undefined && written !== resolved && timetable.kind === 'cron') {
    note(`H is resolved for a job named "${NAME_DEFAULT}": --as <name> names another.`);
  }
}

function tableOf(slots: readonly SlotShown[]): string {
  const hasStart = slots.some(({ startsAt }) => startsAt !== undefined);
  const remarks = slots.map(remarkOf);
  const hasRemark = remarks.some((remark) => remark !== '');
  return table(
    ['slot', ...(hasStart ? ['starts'] : []), ...(hasRemark ? [''] : [])],
    slots.map((slot, index) => [
      slot.at,
      ...(hasStart ? [startCell(slot)] : []),
      ...(hasRemark ? [plain(remarks[index] ?? '')] : []),
    ]),
  );
}

/** What a pause does to a slot is its job's to say, so that nothing is claimed of it. */
function startCell({ startsAt, skip, pause }: SlotShown): string {
  if (skip) return 'never';
  return pause ? '-' : (startsAt ?? 'never');
}

/** Why it does not run, or not when its expression says. */
function remarkOf({ isMovedByClocks, closures = [], skip, pause }: SlotShown): string {
  const remarks = [
    ...(skip ? [skipReason(skip)] : []),
    ...(pause ? [pauseReason(pause)] : []),
    ...(isMovedByClocks ? ['the clocks skip its time'] : []),
    ...closures.map(causeText),
  ];
  return [...new Set(remarks)].join('; ');
}
