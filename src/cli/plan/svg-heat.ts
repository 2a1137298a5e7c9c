import { clockAt, dayAt } from './days';
import type { PlanDocument } from './document';
import { type HourHeat, heatOf } from './load';
import { percent } from './shortfall-text';
import { type Drawing, element, GUTTER_PX, label, PLOT_PX, tip } from './svg';
import { gutterText } from './svg-axis';

const ROW_PX = 22;
const HEAD_PX = 18;
const HOUR_PX = PLOT_PX / 24;
/** Upper bounds of the tints, as shares of the limit; above the last one runs wait. */
const TINTS = [0, 0.2, 0.4, 0.6, 0.8, 1];

/** Days down, hours across: how much the fullest limit is used. */
export function heatDrawing({ peaks, span, timezone }: PlanDocument): Drawing {
  const days = heatOf(peaks, span, timezone);
  const head = Array.from({ length: 24 }, (_, hour) =>
    label({ x: GUTTER_PX + (hour + 0.5) * HOUR_PX, y: 12 }, 'tick', String(hour).padStart(2, '0')),
  );
  const rows = days.map(({ day, hours }, at) => {
    const cells = hours.map((heat, hour) => cellOf(heat, hour, timezone));
    const name = gutterText(ROW_PX / 2 + 4, dayAt(day.startMs, timezone));
    return element('g', { transform: `translate(0 ${HEAD_PX + at * ROW_PX})` }, name, ...cells);
  });
  return { body: [...head, ...rows].join(''), heightPx: HEAD_PX + days.length * ROW_PX };
}

function cellOf(heat: HourHeat | null, hour: number, timezone: string): string {
  const x = GUTTER_PX + hour * HOUR_PX;
  const place = { x: x + 1, y: 1, width: HOUR_PX - 2, height: ROW_PX - 2, rx: 2 };
  if (heat === null) return element('rect', { ...place, class: 'heat none' });
  const tint = TINTS.findIndex((bound) => heat.share <= bound);
  const kind = tint < 0 ? 'over' : `heat-${tint}`;
  const used = heat.rate === '' ? 'no load' : `${percent(heat.share)} of ${heat.rate}`;
  const title = tip(`${dayAt(heat.atMs, timezone)} ${clockAt(heat.atMs, timezone)}: ${used}`);
  const figure = element(
    'text',
    { x: x + HOUR_PX / 2, y: ROW_PX / 2 + 4, class: `figure ${tint < 0 || tint > 3 ? 'inverse' : ''}` },
    heat.share >= 0.005 ? String(Math.round(heat.share * 100)) : '',
  );
  return element(
    'g',
    {},
    title,
    element('rect', { ...place, class: `heat ${kind}` }),
    heat.share >= 0.005 ? figure : '',
  );
}
