import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { planStarts } from '../schedule/plan';
import { describeReason } from '../schedule/plan-reason';
import type { PlanSpan } from '../schedule/plan-request';
import { systemClock } from '../time/system-clock';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { curves, reasons, type Shown, shortfallText, timelines } from './plan-picture';
import { type PlannedDemand, planRequestOf } from './plan-project';
import { note, noteError, plain, print, printJson } from './print';

interface PlanOptions extends GlobalOptions {
  readonly days: number;
  readonly at?: number;
}

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;
const DAYS_MAX = 31;
const SHORTFALLS_SHOWN = 10;
const EXIT_INFEASIBLE = 1;
const EXIT_BROKEN = 2;
const NOT_APPLIED = 'The daemon does not apply the offsets yet: starts follow the cron expression.';

/** `offpeak plan`: which offsets would level the load, and why. Exit code 1 when no choice of starts fits, 2 when a job file is broken. */
export function addPlan(program: Command): void {
  withGlobals(
    program
      .command('plan')
      .description(`show when the scheduled jobs should start so that their load is level. ${NOT_APPLIED}`),
  )
    .option('--days <count>', `how many days, 1 to ${DAYS_MAX}`, parseDays, DAYS_DEFAULT)
    .option(
      '--at <date>',
      'from when on, such as 2026-03-29 or 2026-03-29T00:00+01:00 (UTC without an offset); default now',
      parseAt,
    )
    .addHelpText(
      'after',
      '\nExits with 1 when no choice of starts fits.\n\nExamples:\n  offpeak plan\n  offpeak plan --days 1 --at 2026-03-29 --json',
    )
    .action(async (options: PlanOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const startMs = options.at ?? systemClock.nowMs();
        const span = { startMs, endMs: startMs + options.days * DAY_MS };
        const { request, demands } = await planRequestOf(project, store, span);
        const shown = { plan: planStarts(request), jobs: request.jobs, demands, span, timezone: timezoneOf(demands) };
        if (options.json) printJson(document(shown));
        else show(shown);
        for (const { error } of project.broken) noteError('broken', error);
        if (shown.plan.infeasible.length > 0) process.exitCode = EXIT_INFEASIBLE;
        if (project.broken.length > 0) process.exitCode = EXIT_BROKEN;
      });
    });
}

function show(shown: Shown): void {
  if (shown.plan.jobs.length === 0) {
    print('no job has a schedule');
    return;
  }
  print(
    `${timelines(shown)}\n${pc.dim(`█ runs  ░ could run  · outside its window; the first day, ${shown.timezone}`)}`,
  );
  print(`\n${curves(shown)}`);
  print(`\n${reasons(shown)}`);
  const { infeasible } = shown.plan;
  for (const shortfall of infeasible.slice(0, SHORTFALLS_SHOWN)) {
    print(pc.red(plain(`cannot be: ${shortfallText(shortfall, shown.timezone)}`)));
  }
  if (infeasible.length > SHORTFALLS_SHOWN) print(`and ${infeasible.length - SHORTFALLS_SHOWN} more, see --json`);
  note(pc.yellow(NOT_APPLIED));
}

function document({ plan, demands, span }: Shown): Record<string, unknown> {
  return {
    span,
    isApplied: false,
    jobs: plan.jobs.map((planned) => {
      const found = demands.find(({ job }) => job.name === planned.job);
      return {
        ...planned,
        reasonText: describeReason(planned.reason),
        platform: found?.job.platform,
        demand: found?.demand,
      };
    }),
    peaks: plan.peaks.map(({ rate, atMs, perMinute, share, leastShare }) => ({
      rate,
      atMs,
      perMinute,
      share,
      leastShare,
    })),
    infeasible: plan.infeasible,
  };
}

/** The zone of all jobs, or UTC when they have several. */
function timezoneOf(demands: readonly PlannedDemand[]): string {
  const [first = 'UTC', ...others] = new Set(demands.map(({ job }) => job.schedule?.timezone ?? 'UTC'));
  return others.length === 0 ? first : 'UTC';
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isSafeInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${DAYS_MAX}.`);
}

function parseAt(text: string): PlanSpan['startMs'] {
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.test(text);
  const atMs = isDate ? Date.parse(/T\d\d:\d\d(:\d\d)?$/.test(text) ? `${text}Z` : text) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  throw new InvalidArgumentError('Expected a date such as 2026-03-29 or 2026-03-29T00:00+01:00.');
}
