import type { PlanSpan } from '../../schedule/plan-request';
import { count } from '../print';
import { type Burn, burnText, type QuotaBurn } from './burn';
import { clockAt, momentAt } from './days';
import type { PlanDocument } from './document';
import { percent } from './shortfall-text';
import {
  bar,
  cutToPx,
  type Drawing,
  element,
  escaped,
  GUTTER_PX,
  label,
  PLOT_END_PX,
  rounded,
  stacked,
  WIDTH_PX,
  widthOfPx,
  xOf,
} from './svg';
import { dayAxis, dayLines, gutterText, levelName } from './svg-axis';

const CHART_PX = 72;
const TOP_PX = 6;

/** How the drawing is read. */
export const QUOTA_KEY = 'area: left in four of five cases; line: in the median';

/** What is left of one quota over the span: it burns down in each of its windows, and is full again at the next. */
export function quotaDrawing({ span, timezone }: PlanDocument, burn: QuotaBurn): Drawing {
  const axis = dayAxis(span, timezone);
  const most = burn.windows.find(({ usedP80 }) => usedP80 === Math.max(...burn.windows.map((one) => one.usedP80)));
  const used = most ? `${percent(most.usedP80 / burn.limit)} of ${count(burn.limit)}` : '';
  const body = [
    dayLines(span, timezone, CHART_PX),
    gutterText(TOP_PX + 18, escaped(cutToPx(burn.name, GUTTER_PX - 16)), used),
    levelName(TOP_PX, '100 %'),
    levelName(CHART_PX, '0 %'),
    ...burn.windows.map((window) => windowOf(window, { span, timezone, limit: burn.limit })),
    element('line', { x1: GUTTER_PX, x2: PLOT_END_PX, y1: CHART_PX, y2: CHART_PX, class: 'line-3' }),
  ].join('');
  return stacked([axis, { body, heightPx: CHART_PX }], 0);
}

interface Chart {
  readonly span: PlanSpan;
  readonly timezone: string;
  readonly limit: number;
}

function windowOf(window: Burn, { span, timezone, limit }: Chart): string {
  const { points } = window;
  const text = `${momentAt(window.startMs, timezone)} to ${momentAt(window.endMs, timezone)}: ${burnText(window, limit, timezone)}`;
  const whole = { kind: 'hover', y: TOP_PX, heightPx: CHART_PX - TOP_PX, title: text };
  return [
    element('path', {
      d: areaOf(
        points.map(({ atMs, p80 }) => [atMs, p80] as const),
        span,
      ),
      class: 'left',
    }),
    element('path', {
      d: `M${lineOf(
        points.map(({ atMs, p50 }) => [atMs, p50] as const),
        span,
      )}`,
      class: 'left-p50',
    }),
    bar({ fromMs: window.startMs, toMs: window.endMs }, span, whole),
    ...goneMark(window.goneAtMs, span, timezone),
  ].join('');
}

function goneMark(goneAtMs: number | null, span: PlanSpan, timezone: string): string[] {
  if (goneAtMs === null) return [];
  const x = xOf(goneAtMs, span);
  const text = `gone ${clockAt(goneAtMs, timezone)}`;
  const isInside = x + 8 + widthOfPx(text) < WIDTH_PX;
  const at = { x: isInside ? x + 8 : x - 8, y: CHART_PX - 12 };
  return [
    element('circle', { cx: x, cy: CHART_PX, r: 4, class: 'gone' }),
    label(at, isInside ? 'gone-text' : 'gone-text end', text),
  ];
}

type Used = readonly [atMs: number, share: number];

function lineOf(points: readonly Used[], span: PlanSpan): string {
  return points
    .map(([atMs, share]) => `${rounded(xOf(atMs, span))} ${rounded(TOP_PX + share * (CHART_PX - TOP_PX))}`)
    .join('L');
}

function areaOf(points: readonly Used[], span: PlanSpan): string {
  const [first, last] = [points[0]?.[0] ?? span.startMs, points.at(-1)?.[0] ?? span.startMs];
  return `M${rounded(xOf(first, span))} ${CHART_PX}L${lineOf(points, span)}L${rounded(xOf(last, span))} ${CHART_PX}Z`;
}
