import { CONFIDENT_RUNS, type Demand, describeBasis } from '../../schedule/demand';
import type { ForecastRun } from '../../schedule/forecast';
import type { PlanSpan } from '../../schedule/plan-request';
import { color } from '../color';
import { count, cut, Painted, plain, table, wrapped } from '../print';
import { clockAt, clockBeside } from './days';
import type { PlanDocument } from './document';
import { offsetText, remarksOf, runsOf, slackText } from './runs';

const RUNS_SHOWN_MAX = 40;
const JOBS_SHOWN_MAX = 40;
const NAME_COLUMNS = 24;
const WHY_COLUMNS = 62;
const REMARK_COLUMNS = 96;

/** The runs that start on a day; what is to be said of one stands below it. */
export function runsText(document: PlanDocument, day: PlanSpan): string {
  const runs = runsOf(document).filter(({ startMs }) => startMs >= day.startMs && startMs < day.endMs);
  if (runs.length === 0) return color.dim('no run starts on this day');
  const shown = runs.slice(0, RUNS_SHOWN_MAX);
  const head = ['job', 'slot', 'start', 'p50 end', 'p80 end', 'calls', 'carried', 'to deadline'];
  const [first = '', ...lines] = table(
    head,
    shown.map((run) => cells(run, document.timezone)),
  ).split('\n');
  const rows = lines.flatMap((line, at) => [line, ...remarks(shown[at], document.timezone)]);
  const more = runs.length - shown.length;
  return [first, ...rows, ...(more > 0 ? [color.dim(`and ${more} more runs, see --html or --json`)] : [])].join('\n');
}

/** Why each job starts when it does. */
export function reasonsText({ jobs }: PlanDocument): string {
  const shown = jobs.slice(0, JOBS_SHOWN_MAX);
  const rows = shown.map(({ job, offsetMs, reasonText, demand }) => [
    cut(job, NAME_COLUMNS),
    offsetText(offsetMs),
    new Painted(wrapped(plain(`${reasonText}${doubtText(demand)}`), WHY_COLUMNS)),
  ]);
  const more = jobs.length - shown.length;
  return `${table(['job', 'offset', 'why then'], rows)}${more > 0 ? color.dim(`\nand ${more} more jobs, see --html or --json`) : ''}`;
}

function cells(run: ForecastRun, timezone: string): (string | Painted)[] {
  const at = (atMs: number | null): string => (atMs === null ? 'later' : clockBeside(atMs, run.startMs, timezone));
  const slack = slackText(run.slackMs);
  return [
    cut(plain(run.job), NAME_COLUMNS),
    at(run.slotAtMs),
    clockAt(run.startMs, timezone),
    at(run.finishP50Ms),
    at(run.finishP80Ms),
    count(Math.round(run.calls)),
    run.callsCarried > 0 ? count(Math.round(run.callsCarried)) : '',
    new Painted(slack.startsWith('-') ? color.red(slack) : slack),
  ];
}

/** What the figures are built on, where that is little. */
function doubtText({ basis }: Demand): string {
  return basis.kind === 'history' && basis.runs >= CONFIDENT_RUNS ? '' : ` (${describeBasis(basis)})`;
}

function remarks(run: ForecastRun | undefined, timezone: string): string[] {
  if (!run) return [];
  return remarksOf(run, timezone).map((text) => color.yellow(`  ${cut(plain(text), REMARK_COLUMNS)}`));
}
