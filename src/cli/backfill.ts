import { type Command, InvalidArgumentError, Option } from 'commander';
import { OffpeakError } from '../errors';
import { BACKFILL_CHUNKS_MAX, type BackfillRequest, chunkCount } from '../job/backfill';
import { backfillOf } from '../job/backfill-job';
import type { Job } from '../job/parse';
import { sharedQuota } from '../platform/shared-quota';
import { parseInstant } from '../schedule/preview';
import { parseDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { type BackfillCost, backfillCost } from './backfill-cost';
import { addBackfillChange, addBackfillList, spanText, zoneOf } from './backfill-list';
import { changing, type GlobalOptions, inspecting, withGlobals } from './command';
import { byOption, operatorName } from './operator';
import { count, note, print, printJson } from './print';
import { jobNamed, type Project } from './project';

interface BackfillOptions extends GlobalOptions {
  readonly from?: string;
  readonly to?: string;
  readonly step: number;
  readonly order: 'old' | 'new';
  /** Calls a window; null for the surplus. */
  readonly budget: number | null;
  readonly by?: string;
  readonly dryRun?: true;
}

const STEP_DEFAULT = '1d';
const STEP_MS_MIN = 60_000;

const HELP = `
The span is done in chunks, one after the other and beside the job's scheduled runs, whose checkpoints it does not touch. It
keeps the job's hours, goes last, and uses what the scheduled runs of the day are not expected to need. Works while the daemon
runs, which does the work.

Examples:
  offpeak backfill kuaishou-orders --from 2026-03-01 --to 2026-06-01 --dry-run
  offpeak backfill kuaishou-orders --from 2026-03-01 --to 2026-06-01 --step 7d --budget 2000
  offpeak backfill ls
  offpeak backfill cancel 3`;

/** `offpeak backfill …`: a span of the past is done again. */
export function addBackfill(program: Command): void {
  const command = program
    .command('backfill <job>')
    .description('do a span of the past again, in chunks, with the calls that scheduled runs leave')
    .option('--from <when>', "its begin: a date, or an ISO 8601 instant; without an offset in the job's zone")
    .option('--to <when>', 'its end, which is not part of it, and not in the future')
    .addOption(
      new Option('--step <duration>', `length of a chunk, counted from --from (default: ${STEP_DEFAULT})`)
        .argParser(parseStep)
        .default(parseStep(STEP_DEFAULT), STEP_DEFAULT),
    )
    .addOption(new Option('--order <end>', 'which end comes first').choices(['old', 'new']).default('old'))
    .addOption(
      new Option('--budget <calls>', '`surplus`, or at most so many calls in a window of the quota, within the surplus')
        .argParser(parseBudget)
        .default(null, 'surplus'),
    )
    .addOption(byOption())
    .option('--dry-run', 'only say what it would take')
    .addHelpText('after', HELP);
  withGlobals(command).action(async (name: string, options: BackfillOptions) => {
    await (options.dryRun ? tell(name, options) : ask(name, options));
  });
  addBackfillList(command);
  addBackfillChange(command);
}

function parseStep(text: string): number {
  const stepMs = parseDuration(text);
  if (stepMs !== null && Number.isInteger(stepMs) && stepMs >= STEP_MS_MIN) return stepMs;
  throw new InvalidArgumentError('Expected a duration of at least 1m, such as 1d.');
}

function parseBudget(text: string): number | null {
  if (text === 'surplus') return null;
  const calls = Number(text);
  if (Number.isSafeInteger(calls) && calls > 0) return calls;
  throw new InvalidArgumentError('Expected `surplus`, or a whole number of calls of at least 1.');
}

async function tell(name: string, options: BackfillOptions): Promise<void> {
  await inspecting(options, async ({ project, store }) => {
    const job = jobNamed(project, name);
    const request = requestOf(project, job, options);
    const cost = await backfillCost({ project, store, job, request });
    if (options.json) printJson({ request, cost });
    else print(costLines(cost, request).join('\n'));
  });
}

async function ask(name: string, options: BackfillOptions): Promise<void> {
  await changing(options, async ({ project, store }) => {
    const job = jobNamed(project, name);
    const request = requestOf(project, job, options);
    const cost = await backfillCost({ project, store, job, request });
    const backfill = await store.backfills.ask(request);
    const daemon = await store.lease.holder(request.askedAtMs);
    if (options.json) {
      printJson({ backfill, cost, daemon });
      return;
    }
    note(`backfill ${backfill.id}: ${spanText(project, backfill)}`);
    for (const line of costLines(cost, request)) note(line);
    note(
      daemon
        ? `process ${daemon.pid} takes this up within some seconds; \`offpeak backfill ls\` shows how far it is`
        : 'no process runs: the next `offpeak start` does it',
    );
  });
}

/** Throws USAGE, or JOB_INVALID for a job that cannot be backfilled. */
function requestOf(project: Project, job: Job, options: BackfillOptions): BackfillRequest {
  backfillOf(job);
  const { from, to, step: stepMs, order, budget: callsMax, by = operatorName() } = options;
  const askedAtMs = systemClock.nowMs();
  const timezone = zoneOf(project, job);
  const fromMs = instantOf('--from', from, timezone);
  const toMs = instantOf('--to', to, timezone);
  if (fromMs >= toMs)
    throw new OffpeakError('USAGE', `--from: expected an instant before --to, got ${JSON.stringify(from)}`);
  if (toMs > askedAtMs)
    throw new OffpeakError('USAGE', `--to: expected an instant that has passed, got ${JSON.stringify(to)}`);
  const chunks = chunkCount({ fromMs, toMs, stepMs });
  if (chunks > BACKFILL_CHUNKS_MAX) {
    const message = `--step: expected at most ${count(BACKFILL_CHUNKS_MAX)} chunks, got ${count(chunks)}`;
    throw new OffpeakError('USAGE', message, { hint: 'Take a longer one.' });
  }
  if (callsMax !== null && !hasSharedQuota(project, job)) {
    const message = `--budget: platform ${job.platform} has no quota that all its calls draw on, got ${callsMax}`;
    throw new OffpeakError('USAGE', message, { hint: 'Leave it out: the backfill goes last where calls wait.' });
  }
  return { job: job.name, fromMs, toMs, stepMs, order, callsMax, by: project.vault.scrub(by), askedAtMs };
}

function hasSharedQuota({ config }: Project, job: Job): boolean {
  const platform = config.platforms[job.platform];
  return platform !== undefined && sharedQuota(platform) !== null;
}

function instantOf(option: string, text: string | undefined, timezone: string): number {
  if (text === undefined) throw new OffpeakError('USAGE', 'expected the span: --from and --to');
  const atMs = parseInstant(text, timezone);
  if (atMs !== null) return atMs;
  const expected = 'expected a date such as 2026-03-01, or an ISO 8601 instant';
  throw new OffpeakError('USAGE', `${option}: ${expected}, got ${JSON.stringify(text)}`);
}

function costLines({ chunks, calls, guess, quota, days }: BackfillCost, { callsMax }: BackfillRequest): string[] {
  const lines = [`${count(chunks)} chunk${chunks === 1 ? '' : 's'}, about ${count(calls)} calls: ${guess}`];
  if (!quota) return [...lines, 'its platform has no quota that all calls draw on: only its pace holds it back'];
  const { budget, limit, surplus, callsPerWindow } = quota;
  lines.push(`${budget} leaves ${count(surplus)} of ${count(limit)} to backfills`);
  const pace = callsMax !== null && callsPerWindow === callsMax ? `${count(callsMax)} calls` : 'the surplus';
  lines.push(days === null ? 'it would not end: there is no surplus' : `about ${daysText(days)} at ${pace} a window`);
  return lines;
}

function daysText(days: number): string {
  return days < 0.1 ? 'less than 0.1 days' : `${days.toFixed(1)} days`;
}
