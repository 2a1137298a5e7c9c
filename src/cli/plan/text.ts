import type { PlanSpan } from '../../schedule/plan-request';
import { color } from '../color';
import { count, plain, wrapped } from '../print';
import { clockAt, dayAt } from './days';
import type { PlanDocument } from './document';
import { shortfallTexts } from './shortfall-text';
import { diffText } from './text-diff';
import { heatText, loadText } from './text-load';
import { quotaText } from './text-quota';
import { reasonsText, runsText } from './text-runs';
import { timelineText } from './text-timeline';

const COLUMNS = 98;
const DAY_MS = 86_400_000;
const SHORTFALLS_SHOWN_MAX = 10;

/** The plan for a terminal of 100 columns: its first day in full, a line for each day, and what does not fit at the end. */
export function planText(document: PlanDocument): string {
  if (document.jobs.length === 0) return 'no job has a schedule';
  const { span, timezone } = document;
  const day: PlanSpan = { startMs: span.startMs, endMs: Math.min(span.endMs, span.startMs + DAY_MS) };
  const parts = [
    part(
      `${momentText(day.startMs, timezone)} to ${momentText(day.endMs, timezone)}, ${timezone}`,
      timelineText(document, day),
    ),
    part('Load on the limits that jobs share', loadText(document, day)),
    part('Quotas', quotaText(document)),
    ...(span.endMs > day.endMs ? [part('Day by day: the fullest limit in each hour', heatText(document))] : []),
    part('Runs of the first day', runsText(document, day)),
    part('Reasons', reasonsText(document)),
    ...(document.diff ? [diffText(document.diff, timezone)] : []),
    ...shortfallLines(document),
  ];
  return parts.join('\n\n');
}

function part(title: string, text: string): string {
  return `${color.bold(title)}\n${text}`;
}

function shortfallLines({ infeasible, timezone }: PlanDocument): string[] {
  if (infeasible.length === 0) return [];
  const texts = shortfallTexts(infeasible, timezone);
  const lines = texts
    .slice(0, SHORTFALLS_SHOWN_MAX)
    .map((text) => color.red(wrapped(plain(`cannot be: ${text}`), COLUMNS).replaceAll('\n', '\n  ')));
  const more = texts.length - lines.length;
  return [[...lines, ...(more > 0 ? [`and ${count(more)} more, see --json`] : [])].join('\n')];
}

function momentText(atMs: number, timezone: string): string {
  return `${dayAt(atMs, timezone)} ${clockAt(atMs, timezone)}`;
}
