import stringWidth from 'string-width';
import type { PlanSpan } from '../../schedule/plan-request';
import { cut, plain } from '../print';

/** A part of a picture: SVG elements, and the room that they take in pixels. */
export interface Drawing {
  readonly body: string;
  readonly heightPx: number;
}

export type Attributes = Readonly<Record<string, string | number>>;

/** Every drawing is as wide; names stand in the gutter at its left. */
export const WIDTH_PX = 1_080;
export const GUTTER_PX = 210;
/** For the names of levels. */
const RIGHT_PX = 44;
export const PLOT_PX = WIDTH_PX - GUTTER_PX - RIGHT_PX;
export const PLOT_END_PX = GUTTER_PX + PLOT_PX;
/** Of the 12 px font: text is measured in columns of a terminal, of which a Chinese character takes two. */
const COLUMN_PX = 6.9;

/** An SVG or HTML element. Attributes are escaped; children are markup already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(valueOf(value))}"`);
  const inner = children.join('');
  return inner === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inner}</${name}>`;
}

/** Text from outside, as text. */
export function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** A tooltip of the element that it stands in. */
export function tip(text: string): string {
  return `<title>${escaped(text)}</title>`;
}

export function label(at: { x: number; y: number }, kind: string, text: string): string {
  return element('text', { ...at, class: kind }, escaped(text));
}

/** Text that fits into so many pixels of the 12 px font. */
export function cutToPx(text: string, widthPx: number): string {
  return cut(text, Math.floor(widthPx / COLUMN_PX));
}

export function widthOfPx(text: string): number {
  return stringWidth(text) * COLUMN_PX;
}

/** Where an instant lies on an axis over a span; what is outside of it lies at its ends. */
export function xOf(atMs: number, { startMs, endMs }: PlanSpan): number {
  const share = (atMs - startMs) / (endMs - startMs);
  return GUTTER_PX + Math.min(1, Math.max(0, share)) * PLOT_PX;
}

/** A bar between two instants; empty when none of it is within the axis. */
export function bar(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  axis: PlanSpan,
  { kind, y, heightPx, title = '' }: { kind: string; y: number; heightPx: number; title?: string },
): string {
  if (toMs <= axis.startMs || fromMs >= axis.endMs) return '';
  const x = xOf(fromMs, axis);
  const width = Math.max(BAR_PX_MIN, xOf(toMs, axis) - x);
  return element('rect', { x, y, width, height: heightPx, class: kind }, title === '' ? '' : tip(title));
}

/** A run of a minute can still be seen. */
const BAR_PX_MIN = 1.5;

/** Drawings below each other. */
export function stacked(drawings: readonly Drawing[], gapPx: number): Drawing {
  let y = 0;
  const bodies: string[] = [];
  for (const { body, heightPx } of drawings) {
    bodies.push(y === 0 ? body : element('g', { transform: `translate(0 ${rounded(y)})` }, body));
    y += heightPx + gapPx;
  }
  return { body: bodies.join(''), heightPx: Math.max(0, y - gapPx) };
}

/** Coordinates of a path, to a tenth of a pixel. */
export function rounded(value: number): string {
  return String(Number(value.toFixed(1)));
}

function valueOf(value: string | number): string {
  return typeof value === 'number' ? rounded(value) : value;
}
