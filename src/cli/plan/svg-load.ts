import type { PlanSpan } from '../../schedule/plan-request';
import { clockAt, clockBeside } from './days';
import type { PeakShown, PlanDocument } from './document';
import { highestBetween, type LoadStep } from './load';
import { percent } from './shortfall-text';
import { cutToPx, type Drawing, element, escaped, GUTTER_PX, PLOT_END_PX, rounded, tip, xOf } from './svg';
import { gutterText, hourLines, levelName, outsideOf } from './svg-axis';

const CHART_PX = 54;
const TOP_PX = 6;
/** The limit lies a little below the top; what is above twice the limit is cut off. */
const SHARE_SHOWN_MIN = 1.1;
const SHARE_SHOWN_MAX = 2;
/** Above it the names of 50 % and 100 % would touch. */
const SHARE_NAMED_MAX = 1.9;
/** Bars for tooltips, so many a day. */
const TIPS_A_DAY = 96;

/** The load on one limit over a day: a step line, red above the limit. Its axis is that of the day's timelines. */
export function loadDrawing({ span, timezone }: PlanDocument, day: PlanSpan, peak: PeakShown): Drawing {
  const steps = within(peak.load, day);
  const highest = steps.reduce((most, step) => (step.share > most.share ? step : most), { atMs: 0, share: 0 });
  const shown = Math.min(SHARE_SHOWN_MAX, Math.max(SHARE_SHOWN_MIN, highest.share));
  const yOf = (share: number): number => TOP_PX + (1 - Math.min(share, shown) / shown) * (CHART_PX - TOP_PX);
  const levels = [0.5, 1].map((share) =>
    element('line', {
      x1: GUTTER_PX,
      x2: PLOT_END_PX,
      y1: yOf(share),
      y2: yOf(share),
      class: share === 1 ? 'limit' : 'line-1',
    }),
  );
  const below = highest.share === 0 ? 'not used' : `${percent(highest.share)} at ${clockAt(highest.atMs, timezone)}`;
  const name = element(
    'g',
    {},
    tip(`${peak.rate}: ${rounded(peak.limitPerMinute)} a minute, or in flight`),
    gutterText(TOP_PX + 18, escaped(cutToPx(peak.rate, GUTTER_PX - 16)), below),
  );
  const body = [
    hourLines(day, timezone, CHART_PX),
    name,
    ...levels,
    levelName(yOf(1), '100 %'),
    ...(shown < SHARE_NAMED_MAX ? [levelName(yOf(0.5), '50 %')] : []),
    element('path', { d: areaOf(steps, day, yOf), class: 'load' }),
    ...excess(steps, day, yOf),
    element('line', { x1: GUTTER_PX, x2: PLOT_END_PX, y1: CHART_PX, y2: CHART_PX, class: 'line-3' }),
    ...tips(peak, day, timezone),
    outsideOf(day, span, CHART_PX),
  ];
  return { body: body.join(''), heightPx: CHART_PX };
}

/** The steps of a day, one at its start and one at its end included. */
function within(load: readonly LoadStep[], { startMs, endMs }: PlanSpan): LoadStep[] {
  const before = load.findLast(({ atMs }) => atMs <= startMs)?.share ?? 0;
  const inside = load.filter(({ atMs }) => atMs > startMs && atMs < endMs);
  return [{ atMs: startMs, share: before }, ...inside, { atMs: endMs, share: 0 }];
}

function areaOf(steps: readonly LoadStep[], day: PlanSpan, yOf: (share: number) => number): string {
  const line = steps.map(({ atMs, share }) => `H${rounded(xOf(atMs, day))}V${rounded(yOf(share))}`);
  return `M${rounded(xOf(day.startMs, day))} ${rounded(yOf(0))}${line.join('')}Z`;
}

/** What is above the limit, which waits. */
function excess(steps: readonly LoadStep[], day: PlanSpan, yOf: (share: number) => number): string[] {
  return steps.flatMap(({ atMs, share }, at) => {
    const x = xOf(atMs, day);
    const width = xOf(steps[at + 1]?.atMs ?? atMs, day) - x;
    return share > 1 ? [element('rect', { x, y: yOf(share), width, height: yOf(1) - yOf(share), class: 'over' })] : [];
  });
}

function tips({ rate, load }: PeakShown, day: PlanSpan, timezone: string): string[] {
  const lengthMs = (day.endMs - day.startMs) / TIPS_A_DAY;
  const bounds = Array.from({ length: TIPS_A_DAY + 1 }, (_, at) => day.startMs + at * lengthMs);
  return highestBetween(load, bounds).flatMap((share, at) => {
    const [fromMs = 0, toMs = 0] = bounds.slice(at, at + 2);
    if (share === 0) return [];
    const x = xOf(fromMs, day);
    const text = `${clockAt(fromMs, timezone)} to ${clockBeside(toMs, fromMs, timezone)}: ${percent(share)} of ${rate}`;
    return [element('rect', { x, y: 0, width: xOf(toMs, day) - x, height: CHART_PX, class: 'hover' }, tip(text))];
  });
}
