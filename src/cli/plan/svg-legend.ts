import { type Drawing, element, GUTTER_PX, label, widthOfPx } from './svg';

const HEIGHT_PX = 20;
const SWATCH_PX = 22;
const GAP_PX = 18;

interface Entry {
  readonly text: string;
  readonly swatch: (x: number) => string;
}

const ENTRIES: readonly Entry[] = [
  { text: 'runs', swatch: (x) => box(x, 'runs', 12) },
  { text: 'up to p80', swatch: (x) => box(x, 'may-run', 12) },
  { text: 'parked', swatch: (x) => box(x, 'parked', 4) },
  { text: 'window', swatch: (x) => box(x, 'window', 18) },
  { text: 'blackout', swatch: (x) => box(x, 'blackout', 18) },
  { text: 'deadline', swatch: flag },
  { text: 'load', swatch: (x) => box(x, 'load', 12) },
  { text: 'limit', swatch: dashes },
  { text: 'above the limit', swatch: (x) => box(x, 'over', 12) },
];

/** What the colours of a day mean. */
export function legendDrawing(): Drawing {
  let x = GUTTER_PX;
  const parts = ENTRIES.map(({ text, swatch }) => {
    const part = `${swatch(x)}${label({ x: x + SWATCH_PX + 6, y: 14 }, 'below', text)}`;
    x += SWATCH_PX + 6 + widthOfPx(text) + GAP_PX;
    return part;
  });
  return { body: parts.join(''), heightPx: HEIGHT_PX };
}

function box(x: number, kind: string, height: number): string {
  return element('rect', { x, y: (HEIGHT_PX - height) / 2, width: SWATCH_PX, height, class: kind });
}

function flag(x: number): string {
  const line = element('line', { x1: x + 14, x2: x + 14, y1: 1, y2: 19, class: 'deadline' });
  return `${line}${element('path', { d: `M${x + 14} 1h-6l6 6z`, class: 'deadline flag' })}`;
}

function dashes(x: number): string {
  return element('line', { x1: x, x2: x + SWATCH_PX, y1: HEIGHT_PX / 2, y2: HEIGHT_PX / 2, class: 'limit' });
}
