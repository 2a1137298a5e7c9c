import { describeBasis } from '../../schedule/demand';
import type { ForecastRun } from '../../schedule/forecast';
import { formatDuration } from '../../time/duration';
import { count } from '../print';
import type { QuotaBurn } from './burn';
import { clockAt, clockBeside, dateAt, dayAt, momentAt } from './days';
import type { PlanDiff } from './diff';
import type { PlanDocument } from './document';
import { offsetText, remarksOf, runsOf, slackText } from './runs';
import { percent } from './shortfall-text';
import { element, escaped } from './svg';

/** More would make a page that no browser likes; `--json` has all of them. */
const RUNS_LISTED_MAX = 3_000;

/** Every run of the span, day by day. */
export function runsTable(document: PlanDocument): string {
  const { timezone } = document;
  const all = runsOf(document);
  const listed = all.slice(0, RUNS_LISTED_MAX);
  let lastDay = '';
  const rows = listed.flatMap((run) => {
    const day = dateAt(run.startMs, timezone);
    const isNew = day !== lastDay;
    lastDay = day;
    return [...(isNew ? [dayRow(run.startMs, timezone)] : []), runRow(run, timezone)];
  });
  const more = all.length - listed.length;
  const left = more > 0 ? `<p class="soft">and ${count(more)} more, see <code>offpeak plan --json</code></p>` : '';
  return `${tableOf(`Times in ${timezone}; p50: half of such runs have ended, p80: four in five`, RUN_HEAD, rows)}${left}`;
}

/** What each job is believed to need, and why it starts when it does. */
export function jobsTable({ jobs, timezone }: PlanDocument): string {
  const rows = jobs.map(({ job, platform, offsetMs, starts, demand, reasonText }) => {
    const [first] = starts;
    return rowOf([
      { text: job, isHead: true },
      { text: platform },
      { text: first ? momentAt(first.startMs, timezone) : 'none in this span', kind: 'when' },
      { text: offsetText(offsetMs), kind: 'number' },
      { text: formatDuration(demand.durationMs), kind: 'number' },
      { text: count(Math.round(demand.calls)), kind: 'number' },
      { text: `${reasonText} (${describeBasis(demand.basis)})` },
    ]);
  });
  const head = ['job', 'platform', 'first start', '#offset', '#takes', '#calls', 'why then'];
  return tableOf('One offset serves all slots of a job', head, rows);
}

/** The windows of each quota: what is used, when it is gone, what is carried over. */
export function quotasTable(burns: readonly QuotaBurn[], timezone: string): string {
  const rows = burns.flatMap(({ name, limit, windows }) =>
    windows.map((window) =>
      rowOf([
        { text: name, isHead: true },
        { text: momentAt(window.startMs, timezone), kind: 'when' },
        { text: count(limit), kind: 'number' },
        { text: `${count(Math.round(window.usedP50))} (${percent(window.usedP50 / limit)})`, kind: 'number' },
        { text: `${count(Math.round(window.usedP80))} (${percent(window.usedP80 / limit)})`, kind: 'number' },
        {
          text: window.goneAtMs === null ? '' : clockBeside(window.goneAtMs, window.startMs, timezone),
          kind: 'when bad',
        },
        { text: window.callsCarried > 0 ? count(Math.round(window.callsCarried)) : '', kind: 'number' },
      ]),
    ),
  );
  const head = ['quota', 'window from', '#limit', '#used p50', '#used p80', 'gone at', '#carried over'];
  return tableOf(`Windows in ${timezone}`, head, rows);
}

/** What a job file changes. */
export function diffTables({ moved, peaks, quotas }: PlanDiff, timezone: string): string {
  const start = (atMs: number | null): string => (atMs === null ? 'none' : momentAt(atMs, timezone));
  const jobs = moved.map(({ job, offsetBeforeMs, offsetAfterMs, startBeforeMs, startAfterMs }) =>
    rowOf([
      { text: job, isHead: true },
      { text: offsetBeforeMs === null ? 'none' : `${start(startBeforeMs)}, ${offsetText(offsetBeforeMs)}` },
      { text: offsetAfterMs === null ? 'none' : `${start(startAfterMs)}, ${offsetText(offsetAfterMs)}` },
    ]),
  );
  const limits = peaks.map(({ rate, shareBefore, shareAfter }) =>
    rowOf([
      { text: rate, isHead: true },
      { text: percent(shareBefore), kind: 'number' },
      { text: percent(shareAfter), kind: shareAfter > 1 ? 'number bad' : 'number' },
    ]),
  );
  const used = quotas.map(({ name, limit, plannedBefore, plannedAfter }) =>
    rowOf([
      { text: name, isHead: true },
      { text: `${count(plannedBefore)} (${percent(plannedBefore / limit)})`, kind: 'number' },
      {
        text: `${count(plannedAfter)} (${percent(plannedAfter / limit)})`,
        kind: plannedAfter > limit ? 'number bad' : 'number',
      },
    ]),
  );
  return [
    jobs.length > 0 ? tableOf('Jobs that start at another time', ['job', 'before', 'after'], jobs) : '',
    limits.length > 0 ? tableOf('Peaks, of the limit', ['limit', '#before', '#after'], limits) : '',
    used.length > 0 ? tableOf('Quotas, the fullest window', ['quota', '#before', '#after'], used) : '',
  ].join('');
}

const RUN_HEAD = ['job', 'slot', 'start', 'finish p50', 'p80', '#calls', '#carried over', '#to its deadline', 'notes'];

function dayRow(atMs: number, timezone: string): string {
  const cell = element('th', { colspan: RUN_HEAD.length, scope: 'rowgroup' }, dayAt(atMs, timezone));
  return element('tr', { class: 'group' }, cell);
}

function runRow(run: ForecastRun, timezone: string): string {
  const at = (atMs: number | null): string => (atMs === null ? 'later' : clockBeside(atMs, run.startMs, timezone));
  const isLate = run.slackMs !== null && run.slackMs < 0;
  return rowOf([
    { text: run.job, isHead: true },
    { text: at(run.slotAtMs), kind: 'when' },
    { text: clockAt(run.startMs, timezone), kind: 'when' },
    { text: at(run.finishP50Ms), kind: 'when' },
    { text: at(run.finishP80Ms), kind: 'when' },
    { text: count(Math.round(run.calls)), kind: 'number' },
    { text: run.callsCarried > 0 ? count(Math.round(run.callsCarried)) : '', kind: 'number' },
    { text: slackText(run.slackMs), kind: isLate ? 'number bad' : 'number' },
    { text: remarksOf(run, timezone).join('; ') },
  ]);
}

interface PageCell {
  readonly text: string;
  /** A class of the cell. */
  readonly kind?: string;
  readonly isHead?: boolean;
}

function rowOf(cells: readonly PageCell[]): string {
  const written = cells.map(({ text, kind, isHead }) => {
    const attributes = { ...(kind === undefined ? {} : { class: kind }), ...(isHead ? { scope: 'row' } : {}) };
    return opened(isHead ? 'th' : 'td', attributes, escaped(text));
  });
  return `${element('tr', {}, ...written)}\n`;
}

/** A heading that begins with `#` is one of figures. */
function tableOf(caption: string, head: readonly string[], rows: readonly string[]): string {
  const heads = head.map((text) =>
    opened(
      'th',
      { scope: 'col', ...(text.startsWith('#') ? { class: 'number' } : {}) },
      escaped(text.replace('#', '')),
    ),
  );
  const table = element(
    'table',
    {},
    element('caption', {}, escaped(caption)),
    element('thead', {}, element('tr', {}, ...heads)),
    opened('tbody', {}, `\n${rows.join('')}`),
  );
  return `${element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, table)}\n`;
}

/** HTML has no empty-element form: an empty cell is closed, too. */
function opened(name: string, attributes: Readonly<Record<string, string>>, inner: string): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${written.join('')}>${inner}</${name}>`;
}
