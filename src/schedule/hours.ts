import { type HoursLevel, levelOf } from './hours-level';
import { ruleSpans } from './hours-rule';
import { intersection, type Span, union } from './spans';
import { perStretch, Remembered, STRETCH_MS, stretchOf, stretchSpan } from './stretch';

/** When the runs of a job may start or go on: where every level is open. */
export interface Hours {
  /** From the outermost: all jobs, the platform, the job. */
  readonly levels: readonly HoursLevel[];
  /** When all are open within a stretch: apart, and rising. */
  readonly openIn: (stretch: number) => readonly Span[];
  readonly nextOpen: Remembered;
  readonly close: Remembered;
}

/** How far ahead an opening or a close is looked for. What comes later counts as never: Infinity. */
export const AHEAD_MS_MAX = 50 * STRETCH_MS; // 400 days

/** Hours that are all of these. Levels that state nothing are left out. */
export function combineHours(levels: readonly HoursLevel[]): Hours {
  const stating = levels.filter(
    ({ windows, blackouts, peaks }) => windows.length + blackouts.length + peaks.length > 0,
  );
  const openIn = perStretch((span, stretch) =>
    stating.reduce<readonly Span[]>((open, level) => intersection(open, level.openIn(stretch)), [span]),
  );
  return { levels: stating, openIn, nextOpen: new Remembered(), close: new Remembered() };
}

/** True when nothing ever closes them. */
export function isAnyTime({ levels }: Hours): boolean {
  return levels.every(({ windows, blackouts }) => windows.length === 0 && blackouts.length === 0);
}

/** The first instant from one on that is open: itself, or Infinity when there is none within AHEAD_MS_MAX. */
export function nextOpenMs(hours: Hours, atMs: number): number {
  return isAnyTime(hours) ? atMs : hours.nextOpen.at(atMs, () => findOpening(hours, atMs));
}

/** When what is open at an instant closes: Infinity when not within AHEAD_MS_MAX, the instant itself when it is closed then. */
export function closesAtMs(hours: Hours, openAtMs: number): number {
  return isAnyTime(hours) ? Infinity : hours.close.at(openAtMs, () => findClose(hours, openAtMs));
}

/** When they are open within a span: apart, and rising. */
export function openSpans(hours: Hours, span: Span): Span[] {
  const spans: Span[] = [];
  for (let stretch = stretchOf(span.startMs); stretch * STRETCH_MS < span.endMs; stretch += 1) {
    spans.push(...hours.openIn(stretch));
  }
  return intersection(union(spans), [span]);
}

/** The busy hours of any level within a span: apart, and rising. */
export function peakSpans({ levels }: Hours, span: Span): Span[] {
  return union(levels.flatMap(({ peaks, timezone }) => ruleSpans(peaks, timezone, span)));
}

/** True for hours that even without their dated blackouts are never open. */
export function neverOpen({ levels }: Hours): boolean {
  const undated = levels.map((level) =>
    levelOf({ ...level, blackouts: level.blackouts.filter(({ dates }) => dates === null) }),
  );
  // Every year has the same days of the week and changes of the clocks, so that any year tells.
  return nextOpenMs(combineHours(undated), Date.UTC(2026, 0, 1)) === Infinity;
}

function findOpening({ openIn }: Hours, atMs: number): number {
  const first = stretchOf(atMs);
  for (let stretch = first; stretch <= first + AHEAD_MS_MAX / STRETCH_MS; stretch += 1) {
    const open = openIn(stretch).find(({ endMs }) => endMs > atMs);
    if (open) return Math.max(open.startMs, atMs);
  }
  return Infinity;
}

function findClose({ openIn }: Hours, openAtMs: number): number {
  const first = stretchOf(openAtMs);
  let closesMs = openAtMs;
  for (let stretch = first; stretch <= first + AHEAD_MS_MAX / STRETCH_MS; stretch += 1) {
    const open = openIn(stretch).find(({ startMs, endMs }) => startMs <= closesMs && closesMs < endMs);
    if (open) closesMs = open.endMs;
    // Only what reaches the end of a stretch may go on in the next one.
    if (closesMs < stretchSpan(stretch).endMs) return closesMs;
  }
  return Infinity;
}
