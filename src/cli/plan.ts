import { type Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { type Plan, planStarts } from '../schedule/plan';
import { describeReason } from '../schedule/plan-reason';
import type { PlanRequest, PlanSpan } from '../schedule/plan-request';
import type { AppliedPlan } from '../schedule/plan-store';
import { fromApplied, replanCause } from '../schedule/replan';
import { systemClock } from '../time/system-clock';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { curves, reasons, type Shown, shortfallText, timelines } from './plan-picture';
import { type PlannedDemand, planRequestOf } from './plan-project';
import { planDigest } from './planning';
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
const MOVES_SHOWN = 10;

/** `offpeak plan`: when each job starts so that the load is level, why, and what the next plan would move. Exit code 1 when no choice of starts fits, 2 when a job file is broken. */
export function addPlan(program: Command): void {
  withGlobals(
    program.command('plan').description('show when the scheduled jobs start so that their load is level, and why'),
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
        const applied = await store.plans.get();
        const force = inForce(request, applied, { digest: planDigest(project), nowMs: systemClock.nowMs() });
        const shown = { plan: force.plan, jobs: request.jobs, demands, span, timezone: timezoneOf(demands) };
        if (options.json) printJson(document(shown, force));
        else show(shown, force);
        for (const { error } of project.broken) noteError('broken', error);
        if (shown.plan.infeasible.length > 0) process.exitCode = EXIT_INFEASIBLE;
        if (project.broken.length > 0) process.exitCode = EXIT_BROKEN;
      });
    });
}

/** The plan that is shown, and how it stands to the one that the daemon starts runs by. */
interface InForce {
  readonly plan: Plan;
  readonly isApplied: boolean;
  readonly plannedAtMs: number | null;
  /** Jobs that would start at another time if it was planned again now. */
  readonly wouldMove: readonly string[];
}

/** What the daemon applies; where it has none, or for other job files, what it will apply when it starts. */
function inForce(
  request: PlanRequest,
  applied: AppliedPlan | null,
  now: { readonly digest: string; readonly nowMs: number },
): InForce {
  const cause = replanCause(applied, now);
  const isApplied = cause === null || cause === 'daily';
  const from = fromApplied(request, applied);
  const next = planStarts(from);
  const plan = isApplied ? planStarts({ ...from, replan: 'keep' }) : next;
  return { plan, isApplied, plannedAtMs: applied?.plannedAtMs ?? null, wouldMove: next.moved };
}

function show(shown: Shown, force: InForce): void {
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
  note(plain(forceText(force)));
}

function forceText({ isApplied, plannedAtMs, wouldMove }: InForce): string {
  if (plannedAtMs === null) return 'Not in force yet: the daemon plans when it starts.';
  const moves = wouldMove.length === 0 ? 'no job' : wouldMove.slice(0, MOVES_SHOWN).join(', ');
  const more = wouldMove.length > MOVES_SHOWN ? ` and ${wouldMove.length - MOVES_SHOWN} more` : '';
  const since = new Date(plannedAtMs).toISOString().slice(0, 16);
  if (isApplied) return `In force since ${since}Z. The next plan would move ${moves}${more}.`;
  return `Job files or limits have changed since the plan of ${since}Z: when the daemon starts it moves ${moves}${more}.`;
}

function document({ plan, demands, span }: Shown, force: InForce): Record<string, unknown> {
  return {
    span,
    isApplied: force.isApplied,
    plannedAtMs: force.plannedAtMs,
    wouldMove: force.wouldMove,
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
