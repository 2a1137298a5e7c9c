import { color } from '../color';
import { count, cut, Painted, plain, table, wrapped } from '../print';
import { clockAt, dayAt } from './days';
import type { PlanDiff } from './diff';
import { offsetText } from './runs';
import { percent, shortfallTexts } from './shortfall-text';

const COLUMNS = 98;
const ROWS_SHOWN_MAX = 20;
const NAME_COLUMNS = 44;

/** What a job file changes: what moves, the peaks and quotas before and after, and what does not fit any more. */
export function diffText(diff: PlanDiff, timezone: string): string {
  const what = diff.kind === 'added' ? 'is a new job' : 'stands for the job of this name';
  const parts = [movedText(diff, timezone), peaksText(diff), quotasText(diff)].filter((text) => text !== '');
  const worse = shortfallTexts(diff.infeasible, timezone)
    .slice(0, ROWS_SHOWN_MAX)
    .map((text) => color.red(wrapped(plain(`no longer fits: ${text}`), COLUMNS).replaceAll('\n', '\n  ')));
  return [
    color.bold(plain(`What ${diff.file} changes`)) + color.dim(` (${diff.job} ${what})`),
    parts.length === 0 ? 'no job moves, no peak and no quota changes' : parts.join('\n\n'),
    ...worse,
  ].join('\n');
}

function movedText({ moved }: PlanDiff, timezone: string): string {
  const start = (atMs: number | null, offsetMs: number | null): string => {
    if (offsetMs === null) return '-';
    const at = atMs === null ? 'none in this span' : `${dayAt(atMs, timezone)} ${clockAt(atMs, timezone)}`;
    return `${at}  ${offsetText(offsetMs)}`;
  };
  const rows = moved.map((job) => [
    cut(job.job, NAME_COLUMNS - 20),
    start(job.startBeforeMs, job.offsetBeforeMs),
    start(job.startAfterMs, job.offsetAfterMs),
  ]);
  return tableOf(['first start of', 'before', 'after'], rows);
}

function peaksText({ peaks }: PlanDiff): string {
  const rows = peaks.map(({ rate, shareBefore, shareAfter }) => [
    cut(plain(rate), NAME_COLUMNS),
    percent(shareBefore),
    new Painted(shareAfter > 1 ? color.red(percent(shareAfter)) : percent(shareAfter)),
  ]);
  return tableOf(['peak, of the limit', 'before', 'after'], rows);
}

function quotasText({ quotas }: PlanDiff): string {
  const rows = quotas.map(({ name, limit, plannedBefore, plannedAfter }) => {
    const after = `${count(plannedAfter)} (${percent(plannedAfter / limit)})`;
    return [
      cut(plain(name), NAME_COLUMNS),
      `${count(plannedBefore)} (${percent(plannedBefore / limit)})`,
      new Painted(plannedAfter > limit ? color.red(after) : after),
    ];
  });
  return tableOf(['calls in the fullest window of', 'before', 'after'], rows);
}

function tableOf(head: readonly string[], rows: readonly (readonly (string | Painted)[])[]): string {
  if (rows.length === 0) return '';
  const more = rows.length - ROWS_SHOWN_MAX;
  return `${table(head, rows.slice(0, ROWS_SHOWN_MAX))}${more > 0 ? `\nand ${more} more, see --json` : ''}`;
}
