import { burnsOf } from './burn';
import { dayAt, daysOf } from './days';
import type { PlanDocument } from './document';
import { runsByJob } from './runs';
import { type Drawing, element, escaped, GUTTER_PX, label, PLOT_END_PX, rounded, stacked, WIDTH_PX } from './svg';
import { legendDrawing } from './svg-legend';
import { loadDrawing } from './svg-load';
import { QUOTA_KEY, quotaDrawing } from './svg-quota';
import { drawingStyle } from './svg-style';
import { timelineDrawing } from './svg-timeline';

const LOADS_SHOWN_MAX = 3;
const QUOTAS_SHOWN_MAX = 2;
const MARGIN_PX = 20;

/** A picture of a plan for a README: its first day, the limits that are used most, and the scarcest quotas. A whole SVG file. */
export function planPicture(document: PlanDocument, title: string): string {
  const { span, timezone, peaks, jobs } = document;
  const day = daysOf(span, timezone)[0] ?? span;
  const loads = peaks.slice(0, LOADS_SHOWN_MAX).map((peak) => loadDrawing(document, day, peak));
  const quotas = burnsOf(document).slice(0, QUOTAS_SHOWN_MAX);
  const all = stacked(
    [
      heading(title, `${dayAt(day.startMs, timezone)}, ${timezone}`),
      legendDrawing(),
      timelineDrawing(document, day, runsByJob(document)),
      ...loads,
      ...(quotas.length > 0 ? [subheading('What is left of the quotas')] : []),
      ...quotas.map((quota) => quotaDrawing(document, quota)),
    ],
    10,
  );
  const [width, height] = [WIDTH_PX + 2 * MARGIN_PX, all.heightPx + 2 * MARGIN_PX];
  const described = `The starts of ${jobs.length} jobs over a day, the load that they put on the limits they share, and what is left of the quotas.`;
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${rounded(height)}`,
      role: 'img',
      'aria-labelledby': 'title description',
    },
    `\n<title id="title">${escaped(title)}</title>\n<desc id="description">${escaped(described)}</desc>`,
    `\n<style>\n${drawingStyle()}\n</style>\n`,
    element('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'paper' }),
    element('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, class: 'frame' }),
    element('g', { transform: `translate(${MARGIN_PX} ${MARGIN_PX})` }, all.body),
    '\n',
  )}\n`;
}

function heading(title: string, below: string): Drawing {
  const name = label({ x: 4, y: 18 }, 'title', title);
  return { body: `${name}${label({ x: PLOT_END_PX, y: 18 }, 'below end', below)}`, heightPx: 26 };
}

function subheading(text: string): Drawing {
  const how = label({ x: PLOT_END_PX, y: 22 }, 'below end', QUOTA_KEY);
  return { body: `${label({ x: GUTTER_PX, y: 22 }, 'heading', text)}${how}`, heightPx: 26 };
}
