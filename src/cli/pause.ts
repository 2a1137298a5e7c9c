import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { LeaseHolder } from '../job/lease';
import type { OperatorPause, Paused } from '../job/operator-pause';
import { parseInstant } from '../schedule/preview';
import { parseDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { type DayRule, formatInstant } from '../time/window';
import { changing, type GlobalOptions, withGlobals } from './command';
import { byOption, operatorName, reasonOption, withoutSecrets } from './operator';
import { dayOfPaused, pausedName, untilText } from './paused';
import { note, plain, printJson } from './print';
import { assertPlatform, jobNamed, type Project } from './project';

interface PauseOptions extends GlobalOptions {
  readonly platform?: string;
  readonly reason: string;
  readonly until?: string;
  readonly by?: string;
}

/** A longer pause is one without an end. */
const PAUSE_DAYS_MAX = 366;

const HELP = `
No run of it starts or goes on, by schedule or by hand; one under way is put down after its present page, and goes on
there. Slots that come meanwhile are skipped. Works while the daemon runs. \`offpeak pauses\` lists what is paused.

Examples:
  offpeak pause kuaishou-orders --reason 'the shop moves house' --until 2h
  offpeak pause --platform kuaishou --reason 'maintenance, their ticket 4711' --until 2026-11-22T06:00
  offpeak resume --platform kuaishou`;

/** `offpeak pause JOB...` and `offpeak pause --platform NAME`: an operator's pause. */
export function addPause(program: Command): void {
  const command = program
    .command('pause [jobs...]')
    .description('let jobs, or everything of a platform, rest until a given instant or until `offpeak resume`')
    .option('--platform <name>', 'every job of this platform')
    .addOption(reasonOption())
    .option(
      '--until <when>',
      'how long, such as 2h, or an ISO 8601 instant; without an offset in the zone of the platform',
    )
    .addOption(byOption())
    .addHelpText('after', HELP);
  withGlobals(command).action(async (jobs: string[], options: PauseOptions) => {
    await pause(jobs, options);
  });
}

async function pause(jobs: readonly string[], options: PauseOptions): Promise<void> {
  const which = pausedOf(jobs, options);
  if (which.length === 0) {
    throw new OffpeakError('USAGE', 'expected what is to rest: jobs or --platform', {
      hint: '`offpeak pauses` lists what is paused.',
    });
  }
  await changing(options, async ({ project, store }) => {
    const sinceMs = systemClock.nowMs();
    const { reason, until, by = operatorName() } = options;
    const pauses = pausesFor(project, which, { reason, by, sinceMs, until });
    const replaced = await store.operatorPauses.put(pauses);
    const daemon = await store.lease.holder(sinceMs);
    if (options.json) printJson({ paused: pauses, replaced, daemon });
    else report(project, { pauses, replaced, daemon });
  });
}

/** What a command line names: jobs, or one platform. */
export function pausedOf(jobs: readonly string[], { platform }: { readonly platform?: string }): Paused[] {
  if (platform === undefined) return [...new Set(jobs)].map((name) => ({ kind: 'job', name }));
  if (jobs.length === 0) return [{ kind: 'platform', name: platform }];
  throw new OffpeakError('USAGE', 'expected either jobs or --platform, got both');
}

export interface PauseTerms extends Pick<OperatorPause, 'reason' | 'by' | 'sinceMs'> {
  /** A duration or ISO 8601; until somebody ends it when left out. */
  readonly until: string | undefined;
}

/** Pauses of what the project has. Throws USAGE for what it has not, and for an end that is none. */
export function pausesFor(
  project: Project,
  which: readonly Paused[],
  { until, ...stated }: PauseTerms,
): OperatorPause[] {
  const terms = { ...stated, ...withoutSecrets(stated, project.vault) };
  for (const paused of which) assertKnown(project, paused);
  return which.map((paused) => {
    const untilMs = until === undefined ? null : parseUntil(until, terms.sinceMs, dayOfPaused(project, paused));
    return { ...paused, ...terms, untilMs };
  });
}

/** Throws with the nearest name for what the project does not have. */
export function assertKnown(project: Project, { kind, name }: Paused): void {
  if (kind === 'platform') assertPlatform(project, name);
  else jobNamed(project, name);
}

function parseUntil(text: string, nowMs: number, day: DayRule): number {
  const durationMs = parseDuration(text);
  const timezone = day.kind === 'civil' ? day.timezone : 'UTC';
  const untilMs = durationMs === null ? parseInstant(text, timezone) : Math.round(nowMs + durationMs);
  const got = `got ${JSON.stringify(text)}`;
  if (untilMs === null) {
    const expected = 'expected a duration such as 2h, or an ISO 8601 instant such as 2026-11-22T06:00';
    throw new OffpeakError('USAGE', `--until: ${expected}, ${got}`);
  }
  if (untilMs <= nowMs) throw new OffpeakError('USAGE', `--until: expected an instant to come, ${got}`);
  if (untilMs - nowMs <= PAUSE_DAYS_MAX * 86_400_000) return untilMs;
  throw new OffpeakError('USAGE', `--until: expected at most ${PAUSE_DAYS_MAX} days, ${got}`, {
    hint: 'Leave it out for a pause until `offpeak resume`.',
  });
}

interface Report {
  readonly pauses: readonly OperatorPause[];
  readonly replaced: readonly OperatorPause[];
  readonly daemon: LeaseHolder | null;
}

function report(project: Project, { pauses, replaced, daemon }: Report): void {
  for (const before of replaced) {
    const since = formatInstant(before.sinceMs, dayOfPaused(project, before));
    note(
      `replaced: ${pausedName(before)} was paused by ${plain(before.by)} since ${since}, ` +
        `${untilText(project, before)}: ${plain(before.reason)}`,
    );
  }
  for (const each of pauses) note(`paused: ${pausedName(each)}, ${untilText(project, each)}`);
  note(
    daemon
      ? `process ${daemon.pid} takes this up within some seconds: what is under way ends with its present page`
      : 'no process runs: the next `offpeak start` keeps to it',
  );
}
