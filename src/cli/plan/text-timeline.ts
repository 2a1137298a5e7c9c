import type { ForecastRun } from '../../schedule/forecast';
import type { PlanSpan } from '../../schedule/plan-request';
import { color } from '../color';
import { fitted, plain } from '../print';
import { fullHoursOf } from './days';
import type { JobShown, PlanDocument } from './document';
import { runsByJob, stretchesOf } from './runs';

/** Every line is a name, and a cell for each twenty minutes of a day: 96 columns. */
export const NAME_COLUMNS = 22;
export const CELLS = 72;
const GAP = '  ';
/** More are in the page. */
const JOBS_SHOWN_MAX = 60;

const MARKS = {
  none: { glyph: '·', paint: color.dim },
  window: { glyph: '░', paint: color.dim },
  blackout: { glyph: '×', paint: color.red },
  runs: { glyph: '█', paint: color.cyan },
  'may-run': { glyph: '▓', paint: color.cyan },
  parked: { glyph: '━', paint: color.yellow },
  deadline: { glyph: '┃', paint: color.magenta },
  late: { glyph: '┃', paint: color.red },
} as const;

type Mark = keyof typeof MARKS;

/** A row for each job over a day: its window, its runs with their parks, its deadlines. */
export function timelineText(document: PlanDocument, day: PlanSpan): string {
  const runs = runsByJob(document);
  const shown = document.jobs.slice(0, JOBS_SHOWN_MAX);
  const rows = shown.map((job) => rowText(job, { day, runs: runs.get(job.job) ?? [], spanEndMs: document.span.endMs }));
  const more = document.jobs.length - shown.length;
  return [
    hoursText(day, document.timezone),
    ...rows,
    ...(more > 0 ? [color.dim(`and ${more} more jobs, see --html`)] : []),
    color.dim('█ runs  ▓ up to its end in four of five cases  ━ parked  ░ its window  × blackout  ┃ deadline'),
  ].join('\n');
}

/** A name, cut or filled up, and what belongs to it. */
export function named(name: string, text: string): string {
  return `${fitted(plain(name), NAME_COLUMNS)}${GAP}${text}`;
}

/** Every third full hour of the zone, where its cell is. */
export function hoursText(day: PlanSpan, timezone: string): string {
  let text = '';
  for (const { atMs, hour } of fullHoursOf(day, timezone)) {
    const at = cellOf(atMs, day);
    const clock = `${String(hour).padStart(2, '0')}:00`;
    if (hour % 3 === 0 && at >= text.length && at + clock.length <= CELLS) text = text.padEnd(at) + clock;
  }
  return color.dim(named('', text));
}

interface Row {
  readonly day: PlanSpan;
  readonly runs: readonly ForecastRun[];
  readonly spanEndMs: number;
}

function rowText(job: JobShown, { day, runs, spanEndMs }: Row): string {
  const cells = Array<Mark>(CELLS).fill('none');
  const fill = (mark: Mark, fromMs: number, toMs: number): void => {
    if (toMs <= day.startMs || fromMs >= day.endMs) return;
    const first = Math.max(0, cellOf(fromMs, day));
    const last = Math.min(CELLS - 1, cellOf(Math.max(fromMs, toMs - 1), day));
    cells.fill(mark, first, last + 1);
  };
  for (const { earliestMs, latestEndMs } of job.starts) fill('window', earliestMs, latestEndMs);
  for (const { startMs, endMs } of job.blackouts) fill('blackout', startMs, endMs);
  for (const run of runs) {
    // Backwards: the cell in which one stretch meets the next shows the earlier one.
    for (const { kind, fromMs, toMs } of stretchesOf(run, spanEndMs).reverse()) fill(kind, fromMs, toMs);
  }
  for (const { deadlineAtMs, slackMs } of runs) {
    if (deadlineAtMs !== null) fill((slackMs ?? 0) < 0 ? 'late' : 'deadline', deadlineAtMs, deadlineAtMs + 1);
  }
  return named(job.job, painted(cells));
}

/** Cells of one kind are painted together. */
function painted(cells: readonly Mark[]): string {
  let text = '';
  for (let from = 0; from < cells.length; ) {
    const kind = cells[from] ?? 'none';
    let to = from;
    while (cells[to] === kind) to += 1;
    const { glyph, paint } = MARKS[kind];
    text += paint(glyph.repeat(to - from));
    from = to;
  }
  return text;
}

function cellOf(atMs: number, { startMs, endMs }: PlanSpan): number {
  return Math.floor(((atMs - startMs) * CELLS) / (endMs - startMs));
}
