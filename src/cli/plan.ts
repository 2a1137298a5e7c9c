import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { messageOf, OffpeakError } from '../errors';
import type { Forecast } from '../schedule/forecast';
import { blackoutSpans } from '../schedule/hours-closed';
import { hoursOfJobs } from '../schedule/job-hours';
import { planStarts } from '../schedule/plan';
import type { PlanSpan } from '../schedule/plan-request';
import type { Store } from '../store/open';
import { systemClock } from '../time/system-clock';
import { noteColor } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { type ForecastOptions, forecastOf } from './forecast';
import { movedFrom, onTopOf, type PlanDiff, type Planned, planDiff } from './plan/diff';
import { type Blackout, type PlanDocument, planDocument } from './plan/document';
import { forceText, type InForce, planInForce } from './plan/in-force';
import { planPage } from './plan/page';
import { planText } from './plan/text';
import { type PlannedDemand, planRequestOf } from './plan-project';
import { planDigest } from './planning';
import { note, noteError, plain, print, printJson } from './print';
import { loadOtherJob, type Project } from './project';

interface PlanOptions extends GlobalOptions {
  readonly days: number;
  readonly at?: number;
  readonly html?: string;
  readonly diff?: string;
  readonly fresh?: boolean;
  readonly forecast: boolean;
}

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 7;
const DAYS_MAX = 31;
const EXIT_INFEASIBLE = 1;
const EXIT_BROKEN = 2;

const HELP = `
Ends with 1 when no choice of starts fits, with 2 when a job file is broken.

Examples:
  offpeak plan
  offpeak plan --days 1 --at 2026-03-29           # the day on which the clocks change
  offpeak plan --html plan.html                   # one file, for a browser or for paper
  offpeak plan --diff jobs/new-orders.ts --json   # what this job file changes, for a check before a merge`;

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
    .option('--html <file>', 'also write the plan as a page: one HTML file without scripts')
    .option('--diff <job file>', 'plan with this job file, new or edited, and show what it changes')
    .option('--no-forecast', 'leave out the simulation of the days: what is planned only')
    .option('--fresh', 'forget the offsets of the last plan: all jobs may move')
    .addHelpText('after', HELP)
    .action(async (options: PlanOptions) => {
      await inspecting(options, async ({ project, store }) => {
        const document = await documentOf({ project, store, options });
        if (options.html !== undefined) writePage(options.html, document);
        if (options.json) printJson(document);
        else print(planText(document));
        if (document.jobs.length > 0 && !options.json) note(plain(forceText(document)));
        for (const { error } of project.broken) noteError('broken', error);
        if (document.infeasible.length > 0) process.exitCode = EXIT_INFEASIBLE;
        if (project.broken.length > 0) process.exitCode = EXIT_BROKEN;
      });
    });
}

interface Asked {
  readonly project: Project;
  readonly store: Store;
  readonly options: PlanOptions;
}

/** A plan, and what it was made from. */
interface ProjectPlanned extends Planned, InForce {
  readonly demands: readonly PlannedDemand[];
}

async function documentOf({ project, store, options }: Asked): Promise<PlanDocument> {
  const nowMs = systemClock.nowMs();
  const startMs = options.at ?? nowMs;
  const span = { startMs, endMs: startMs + options.days * DAY_MS };
  const applied = await store.plans.get();
  const planned = async (jobs: Project['jobs'], base?: Planned): Promise<ProjectPlanned> => {
    const asked = { ...project, jobs };
    const { request, demands } = await planRequestOf(asked, store, span);
    const inForce = planInForce(request, applied, { digest: planDigest(asked), nowMs });
    if (!options.fresh && !base) return { request, demands, ...inForce };
    const plan = planStarts(options.fresh || !base ? { ...request, replan: 'fresh' } : onTopOf(base.plan, request));
    return { request, demands, ...inForce, plan, isApplied: false, wouldMove: movedFrom(inForce.plan, plan) };
  };
  const { diff, ...shown } =
    options.diff === undefined
      ? { ...(await planned(project.jobs)), diff: null }
      : await withFile({ project, file: options.diff, planned });
  const asked = { ...project, jobs: shown.demands.map(({ job }) => job) };
  const forecast = options.forecast ? await forecastShown({ ...shown, project: asked, store, span }) : null;
  return planDocument({ ...shown, span, blackouts: blackoutsOf(asked, span), forecast, diff });
}

/** Some seconds for many jobs: whoever waits is told. */
async function forecastShown(options: ForecastOptions): Promise<Forecast> {
  if (process.stderr.isTTY) note(noteColor.dim(`simulating ${options.project.jobs.length} jobs …`));
  return forecastOf(options);
}

function blackoutsOf({ jobs, config }: Project, span: PlanSpan): Record<string, Blackout[]> {
  const hoursOf = hoursOfJobs(config);
  return Object.fromEntries(jobs.map((job) => [job.name, blackoutSpans(hoursOf(job), span)]));
}

/** The plan with a job file, on top of the plan without it. A file of the project itself is taken for a new one. */
async function withFile({
  project,
  file,
  planned,
}: {
  readonly project: Project;
  readonly file: string;
  readonly planned: (jobs: Project['jobs'], base?: Planned) => Promise<ProjectPlanned>;
}): Promise<ProjectPlanned & { readonly diff: PlanDiff }> {
  const path = resolve(file);
  const job = await loadOtherJob(project, path);
  const others = project.jobs.filter(({ name }) => name !== job.name);
  const present = project.jobs.find(({ name }) => name === job.name);
  const isOwn = present !== undefined && resolve(project.directory, present.file) === path;
  const before = await planned(isOwn || !present ? others : project.jobs);
  const after = await planned([...others, job], before);
  const kind = isOwn || !present ? 'added' : 'changed';
  return { ...after, diff: planDiff({ job: job.name, file: relative(process.cwd(), path), kind }, { before, after }) };
}

function writePage(file: string, document: PlanDocument): void {
  try {
    writeFileSync(file, planPage(document, systemClock.nowMs()), { mode: 0o600 });
  } catch (cause) {
    throw new OffpeakError('USAGE', `--html ${file}: cannot be written: ${messageOf(cause)}`, { cause });
  }
  note(`wrote ${plain(file)}`);
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
