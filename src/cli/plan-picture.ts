import pc from 'picocolors';
import type { Job } from '../job/parse';
import { describeBasis } from '../schedule/demand';
import type { Plan, PlannedJob } from '../schedule/plan';
import type { Shortfall } from '../schedule/plan-bound';
import type { PeakUse } from '../schedule/plan-peak';
import { describeReason } from '../schedule/plan-reason';
import type { PlanJob, PlanSpan } from '../schedule/plan-request';
import { formatDuration } from '../time/duration';
import { formatInstant } from '../time/window';
import { formatSlot } from './jobs';
import type { PlannedDemand } from './plan-project';
import { count, cut, Painted, plain, table } from './print';

/** Everything that is shown of a plan. */
export interface Shown {
  readonly plan: Plan;
  readonly jobs: readonly PlanJob[];
  readonly demands: readonly PlannedDemand[];
  readonly span: PlanSpan;
  /** Of the axis. */
  readonly timezone: string;
}

const COLUMNS = 72;
/** The picture is of the first day. */
const PICTURE_MS = 86_400_000;
const CURVES_MAX = 8;
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const NAME_CHARS_MAX = 44;

/** For each job its window and its run over the first day, and why it starts when it does. */
export function timelines(shown: Shown): string {
  const rows = shown.plan.jobs.map((planned) => {
    const job = shown.jobs.find(({ name }) => name === planned.job);
    return [planned.job, new Painted(timeline(shown, planned, job))];
  });
  return table(['', axis(shown)], rows);
}

/** What each job is believed to need, its offset and the reason. */
export function reasons({ plan, demands }: Shown): string {
  const rows = plan.jobs.map((planned) => {
    const found = demands.find(({ job }) => job.name === planned.job);
    return [
      planned.job,
      firstStart(found?.job, planned),
      `+${Math.round(planned.offsetMs / MINUTE_MS)} min`,
      found ? formatDuration(found.demand.durationMs) : '',
      found ? count(Math.round(found.demand.calls)) : '',
      `${describeReason(planned.reason)} (${found ? describeBasis(found.demand.basis) : ''})`,
    ];
  });
  return table(['job', 'first start', 'offset', 'takes', 'calls', 'reason'], rows);
}

/** The load on the most used limits over the first day; a full block is the limit. */
export function curves(shown: Shown): string {
  const used = shown.plan.peaks.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share);
  const rows = used
    .slice(0, CURVES_MAX)
    .map((peak) => [
      cut(plain(peak.rate), NAME_CHARS_MAX),
      new Painted(curve(shown, peak)),
      new Painted(peak.share > 1 ? pc.red(peakText(peak)) : peakText(peak)),
    ]);
  const more = used.length > CURVES_MAX ? `\n${used.length - CURVES_MAX} limits that are used less are not shown` : '';
  return `${table(['limit', axis(shown), 'peak'], rows)}${more}`;
}

/** What cannot be satisfied, in words. */
export function shortfallText(shortfall: Shortfall, timezone: string): string {
  const at = (ms: number): string => formatInstant(ms, { kind: 'civil', at: '00:00', timezone }).slice(0, 16);
  const span = `${at(shortfall.fromMs)} to ${at(shortfall.toMs)} ${timezone}`;
  const jobs = shortfall.jobs.join(', ');
  switch (shortfall.kind) {
    case 'window':
      return `${jobs}: ${span} is ${shortfall.minutesMissing} min too short for it`;
    case 'rate':
      return `${shortfall.rate}: ${span} is ${shortfall.minutesMissing} min too short for the calls of ${jobs}`;
    case 'quota':
      return `${shortfall.quota}: ${span} lacks ${count(shortfall.callsMissing)} calls for ${jobs}`;
  }
}

function firstStart(job: Job | undefined, { starts }: PlannedJob): string {
  const [first] = starts;
  return job && first ? formatSlot(job, first.startMs) : 'none in this span';
}

function timeline({ span }: Shown, { starts }: PlannedJob, job: PlanJob | undefined): string {
  const cells = Array<string>(COLUMNS).fill('·');
  const fill = (fromMs: number, toMs: number, mark: string): void => {
    const first = Math.max(0, columnOf(fromMs, span));
    const last = Math.min(COLUMNS - 1, columnOf(Math.max(fromMs, toMs - 1), span));
    for (let column = first; column <= last; column += 1) cells[column] = mark;
  };
  for (const { earliestMs, latestEndMs } of job?.slots ?? []) fill(earliestMs, latestEndMs, '░');
  for (const { startMs, endMs } of starts) fill(startMs, endMs, '█');
  return cells.join('');
}

function curve({ span }: Shown, { load, fromMs }: PeakUse): string {
  let text = '';
  for (let column = 0; column < COLUMNS; column += 1) {
    const startMs = span.startMs + (column * PICTURE_MS) / COLUMNS;
    const from = Math.floor((startMs - fromMs) / MINUTE_MS);
    const minutes = PICTURE_MS / COLUMNS / MINUTE_MS;
    let share = 0;
    for (let minute = from; minute < from + minutes; minute += 1) share = Math.max(share, load[minute] ?? 0);
    const bar = BARS[Math.min(BARS.length - 1, Math.ceil(share * BARS.length) - 1)] ?? '·';
    text += share > 1 ? pc.red(bar) : bar;
  }
  return text;
}

function peakText({ share, leastShare }: PeakUse): string {
  return `${percent(share)} of the limit, at best ${percent(leastShare)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function columnOf(atMs: number, { startMs }: PlanSpan): number {
  return Math.floor(((atMs - startMs) * COLUMNS) / PICTURE_MS);
}

/** Every third full hour, where its column is. */
function axis({ span, timezone }: Shown): string {
  let text = '';
  for (let atMs = Math.ceil(span.startMs / HOUR_MS) * HOUR_MS; atMs < span.startMs + PICTURE_MS; atMs += HOUR_MS) {
    const clock = formatInstant(atMs, { kind: 'civil', at: '00:00', timezone }).slice(11, 16);
    const column = columnOf(atMs, span);
    const isShown = Number(clock.slice(0, 2)) % 3 === 0 && column >= text.length && column + clock.length <= COLUMNS;
    if (isShown) text = text.padEnd(column) + clock;
  }
  return text;
}
