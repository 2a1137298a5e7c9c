import type { PlanSpan } from '../../schedule/plan-request';
import { dayAt, daysOf, fullHoursOf } from './days';
import { type Drawing, element, GUTTER_PX, label, PLOT_END_PX, PLOT_PX, tip, xOf } from './svg';

const HOURS_PX = 18;
/** Below it a line for each third hour would be a grey area. */
const THIRD_HOUR_PX_MIN = 9;
const DAY_LABEL_PX_MIN = 64;

/** The hours of a day: a line at each full hour of the zone, a name at every third. */
export function hourAxis(day: PlanSpan, timezone: string): Drawing {
  const hours = fullHoursOf(day, timezone);
  const names = hours
    .filter(({ hour }) => hour % 3 === 0)
    .map(({ atMs, hour }) => label({ x: xOf(atMs, day), y: 12 }, 'tick', `${String(hour).padStart(2, '0')}:00`));
  return { body: names.join(''), heightPx: HOURS_PX };
}

/** Lines at the full hours of a day, behind what is drawn over them. */
export function hourLines(day: PlanSpan, timezone: string, heightPx: number): string {
  const lines = fullHoursOf(day, timezone).map(({ atMs, hour }) =>
    upright(xOf(atMs, day), heightPx, hour % 3 === 0 ? 'line-3' : 'line-1'),
  );
  return `${lines.join('')}${upright(xOf(day.endMs, day), heightPx, 'line-3')}`;
}

/** What of a day lies outside of the span of the plan. */
export function outsideOf(day: PlanSpan, span: PlanSpan, heightPx: number): string {
  const parts = [
    { fromX: xOf(day.startMs, day), toX: xOf(span.startMs, day) },
    { fromX: xOf(span.endMs, day), toX: xOf(day.endMs, day) },
  ];
  return parts
    .filter(({ fromX, toX }) => toX - fromX > 0.5)
    .map(({ fromX, toX }) =>
      element(
        'rect',
        { x: fromX, y: 0, width: toX - fromX, height: heightPx, class: 'outside' },
        tip('not within the span of this plan'),
      ),
    )
    .join('');
}

/** Days of a longer span: a separator at each midnight of the zone, and the day's name after it. */
export function dayAxis(span: PlanSpan, timezone: string): Drawing {
  const days = daysOf(span, timezone);
  const names = days.flatMap((day) => {
    const x = xOf(day.startMs, span);
    return xOf(day.endMs, span) - x < DAY_LABEL_PX_MIN
      ? []
      : [element('text', { x: x + 3, y: 12, class: 'tick start' }, dayAt(day.startMs, timezone))];
  });
  return { body: names.join(''), heightPx: HOURS_PX };
}

export function dayLines(span: PlanSpan, timezone: string, heightPx: number): string {
  const days = daysOf(span, timezone);
  const dayPx = PLOT_PX / Math.max(1, days.length);
  const hours = fullHoursOf(span, timezone)
    .filter(({ hour }) => hour !== 0 && hour % 3 === 0 && (dayPx / 8 >= THIRD_HOUR_PX_MIN || hour === 12))
    .map(({ atMs }) => upright(xOf(atMs, span), heightPx, 'line-1'));
  const midnights = [...days.map(({ startMs }) => startMs), span.endMs];
  return [...hours, ...midnights.map((atMs) => upright(xOf(atMs, span), heightPx, 'line-day'))].join('');
}

/** A name in the gutter, and a smaller line below it. */
export function gutterText(y: number, text: string, below = ''): string {
  const at = { x: GUTTER_PX - 10, class: 'name' };
  const first = element('text', { ...at, y }, text);
  return below === '' ? first : `${first}${element('text', { ...at, y: y + 14, class: 'name below' }, below)}`;
}

/** The name of a level, at the right end of its line. */
export function levelName(y: number, text: string): string {
  return element('text', { x: PLOT_END_PX + 5, y: y + 4, class: 'tick start' }, text);
}

export function upright(x: number, heightPx: number, kind: string): string {
  return element('line', { x1: x, x2: x, y1: 0, y2: heightPx, class: kind });
}
