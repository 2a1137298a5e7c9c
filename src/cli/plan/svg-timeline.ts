import type { ForecastRun } from '../../schedule/forecast';
import type { PlanSpan } from '../../schedule/plan-request';
import { clockAt, clockBeside } from './days';
import type { JobShown, PlanDocument } from './document';
import { remarksOf, type Stretch, stretchesOf } from './runs';
import {
  bar,
  cutToPx,
  type Drawing,
  element,
  escaped,
  GUTTER_PX,
  label,
  PLOT_END_PX,
  stacked,
  tip,
  WIDTH_PX,
  widthOfPx,
  xOf,
} from './svg';
import { gutterText, hourAxis, hourLines, outsideOf, upright } from './svg-axis';

const ROW_PX = 22;
const BAR_PX = 12;
const BAR_TOP_PX = (ROW_PX - BAR_PX) / 2;
const PARK_PX = 4;
/** More runs a day speak for themselves. */
const TIMES_MAX = 2;

/** One day: a row for each job with its time, its runs, its parks and its deadlines, under an axis of the zone's hours. */
export function timelineDrawing(
  document: PlanDocument,
  day: PlanSpan,
  runs: ReadonlyMap<string, readonly ForecastRun[]>,
): Drawing {
  const { jobs, span, timezone } = document;
  const axis = hourAxis(day, timezone);
  const heightPx = jobs.length * ROW_PX;
  const rows = jobs.map((job, at) => {
    const row = rowOf(job, { day, document, runs: runs.get(job.job) ?? [] });
    return element('g', { transform: `translate(0 ${at * ROW_PX})` }, row);
  });
  const body = [hourLines(day, timezone, heightPx), ...rows, outsideOf(day, span, heightPx)].join('');
  return stacked([axis, { body, heightPx }], 0);
}

interface Row {
  readonly day: PlanSpan;
  readonly document: PlanDocument;
  readonly runs: readonly ForecastRun[];
}

function rowOf(job: JobShown, { day, document, runs }: Row): string {
  const { span, timezone } = document;
  const whole = { y: 2, heightPx: ROW_PX - 4 };
  const windows = job.starts.map(({ earliestMs, latestEndMs }) =>
    bar({ fromMs: earliestMs, toMs: latestEndMs }, day, { ...whole, kind: 'window' }),
  );
  const blackouts = job.blackouts.map(({ startMs, endMs, reason }) =>
    bar({ fromMs: startMs, toMs: endMs }, day, { ...whole, kind: 'blackout', title: `blackout: ${reason}` }),
  );
  const seen = runs.filter((run) => (run.finishP80Ms ?? span.endMs) > day.startMs && run.startMs < day.endMs);
  const name = element(
    'g',
    {},
    tip(`${job.job} on ${job.platform}: ${job.reasonText}`),
    gutterText(ROW_PX / 2 + 4, escaped(cutToPx(job.job, GUTTER_PX - 16))),
  );
  return [
    element('line', { x1: GUTTER_PX, x2: PLOT_END_PX, y1: ROW_PX, y2: ROW_PX, class: 'row' }),
    name,
    ...windows,
    ...blackouts,
    ...seen.map((run) => runMark(run, { day, timezone, spanEndMs: span.endMs })),
    ...runs.flatMap((run) => deadlineMark(run, day, timezone)),
    ...(seen.length <= TIMES_MAX ? seen.map((run) => times(run, { day, timezone, spanEndMs: span.endMs })) : []),
  ].join('');
}

interface Mark {
  readonly day: PlanSpan;
  readonly timezone: string;
  readonly spanEndMs: number;
}

function runMark(run: ForecastRun, { day, timezone, spanEndMs }: Mark): string {
  const bars = stretchesOf(run, spanEndMs).map((stretch) => stretchBar(stretch, day));
  return element('g', {}, tip(runText(run, timezone)), ...bars);
}

function stretchBar({ kind, fromMs, toMs }: Stretch, day: PlanSpan): string {
  const isParked = kind === 'parked';
  const heightPx = isParked ? PARK_PX : BAR_PX;
  return bar({ fromMs, toMs }, day, { kind, y: isParked ? (ROW_PX - PARK_PX) / 2 : BAR_TOP_PX, heightPx });
}

function deadlineMark({ deadlineAtMs, slackMs }: ForecastRun, day: PlanSpan, timezone: string): string[] {
  if (deadlineAtMs === null || deadlineAtMs < day.startMs || deadlineAtMs > day.endMs) return [];
  const kind = slackMs !== null && slackMs < 0 ? 'deadline late' : 'deadline';
  const x = xOf(deadlineAtMs, day);
  const flag = element('path', { d: `M${x.toFixed(1)} 1h-6l6 6z`, class: `${kind} flag` });
  const title = tip(`deadline ${clockAt(deadlineAtMs, timezone)}`);
  return [element('g', {}, title, upright(x, ROW_PX - 1, kind), flag)];
}

/** When it starts, beside its bar: after it, or before it where it is parked or at the right edge. */
function times(run: ForecastRun, { day, timezone, spanEndMs }: Mark): string {
  if (run.startMs < day.startMs) return '';
  const text = clockAt(run.startMs, timezone);
  const lastMs = stretchesOf(run, spanEndMs).at(-1)?.toMs ?? run.startMs;
  const y = ROW_PX / 2 + 4;
  const afterX = xOf(lastMs, day) + 5;
  const isRoom = run.parks.length === 0 && afterX + widthOfPx(text) < WIDTH_PX;
  if (isRoom) return label({ x: afterX, y }, 'time', text);
  return label({ x: xOf(run.startMs, day) - 5, y }, 'time end', text);
}

/** A run in words, for its tooltip. */
function runText(run: ForecastRun, timezone: string): string {
  const at = (atMs: number | null): string => (atMs === null ? '?' : clockBeside(atMs, run.startMs, timezone));
  const ends =
    run.finishP50Ms === run.finishP80Ms
      ? at(run.finishP50Ms)
      : `${at(run.finishP50Ms)} (four in five by ${at(run.finishP80Ms)})`;
  return [`${run.job}: ${clockAt(run.startMs, timezone)} to ${ends}, ${Math.round(run.calls)} calls`]
    .concat(remarksOf(run, timezone))
    .join('; ');
}
