import type { PlanSpan } from '../../schedule/plan-request';
import { color } from '../color';
import { plain } from '../print';
import { clockBeside, dateAt, dayAt } from './days';
import type { PeakShown, PlanDocument } from './document';
import { heatOf, highestBetween } from './load';
import { runsOf } from './runs';
import { percent } from './shortfall-text';
import { CELLS, hoursText, NAME_COLUMNS, named } from './text-timeline';

const CURVES_MAX = 8;
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const COLUMNS_PER_HOUR = CELLS / 24;

/** The load on the fullest limits over a day; a full block is the limit, red is above it. */
export function loadText({ peaks, timezone }: PlanDocument, day: PlanSpan): string {
  const used = peaks.filter(({ share }) => share > 0);
  const shown = used
    .slice(0, CURVES_MAX)
    .flatMap((peak) => [peakLine(peak, day, timezone), named('', curve(peak, day))]);
  const more = used.length - CURVES_MAX;
  return [
    ...shown,
    hoursText(day, timezone),
    color.dim(`a full block is the limit${more > 0 ? `; ${more} limits that are used less are not shown` : ''}`),
  ].join('\n');
}

/** A line for each day: its runs, its peak, and the load on the fullest limit hour by hour. */
export function heatText(document: PlanDocument): string {
  const { peaks, span, timezone } = document;
  const days = heatOf(peaks, span, timezone);
  const starts = new Map<string, number>();
  for (const { startMs } of runsOf(document)) {
    const date = dateAt(startMs, timezone);
    starts.set(date, (starts.get(date) ?? 0) + 1);
  }
  const lines = days.map(({ day, hours }) => {
    const share = hours.reduce((most, heat) => Math.max(most, heat?.share ?? 0), 0);
    const runs = String(starts.get(dateAt(day.startMs, timezone)) ?? 0);
    const name = `${dayAt(day.startMs, timezone)}${runs.padStart(5)}${percent(share).padStart(7)}`;
    const cells = hours.map((heat) => (heat === null ? ' ' : barOf(heat.share)).repeat(COLUMNS_PER_HOUR));
    return named(name, hours.map((heat, at) => paintOf(heat?.share ?? 0, cells[at] ?? '')).join(''));
  });
  const head = Array.from({ length: 8 }, (_, at) => `${String(at * 3).padStart(2, '0')}:00`.padEnd(CELLS / 8));
  return [color.dim(named('day       runs   peak'.slice(0, NAME_COLUMNS), head.join('').trimEnd())), ...lines].join(
    '\n',
  );
}

function peakLine({ rate, share, leastShare, atMs }: PeakShown, day: PlanSpan, timezone: string): string {
  const text = `${percent(share)} of the limit at ${clockBeside(atMs, day.startMs, timezone)}, at best ${percent(leastShare)}`;
  return `${plain(rate)}  ${share > 1 ? color.red(text) : text}`;
}

function curve({ load }: PeakShown, { startMs, endMs }: PlanSpan): string {
  const bounds = Array.from({ length: CELLS + 1 }, (_, at) => startMs + ((endMs - startMs) * at) / CELLS);
  return highestBetween(load, bounds)
    .map((share) => paintOf(share, barOf(share)))
    .join('');
}

function barOf(share: number): string {
  return BARS[Math.min(BARS.length, Math.ceil(share * BARS.length)) - 1] ?? '·';
}

function paintOf(share: number, text: string): string {
  if (share === 0) return color.dim(text);
  return share > 1 ? color.red(text) : text;
}
