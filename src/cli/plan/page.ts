import { createHash } from 'node:crypto';
import { count } from '../print';
import { burnsOf, type QuotaBurn } from './burn';
import { clockBeside, dayAt, daysOf, momentAt } from './days';
import type { PlanDocument } from './document';
import { forceText } from './in-force';
import { diffTables, jobsTable, quotasTable, runsTable } from './page-tables';
import { runsByJob, runsOf } from './runs';
import { percent, shortfallTexts } from './shortfall-text';
import { type Drawing, element, escaped, rounded, stacked, WIDTH_PX } from './svg';
import { heatDrawing } from './svg-heat';
import { legendDrawing } from './svg-legend';
import { loadDrawing } from './svg-load';
import { QUOTA_KEY, quotaDrawing } from './svg-quota';
import { drawingStyle, pageStyle } from './svg-style';
import { timelineDrawing } from './svg-timeline';

/** Limits whose load is drawn under each day, quotas that are drawn, and shortfalls that are listed. */
const LOADS_DRAWN_MAX = 6;
const QUOTAS_DRAWN_MAX = 12;
const SHORTFALLS_LISTED_MAX = 100;

/** The plan as one HTML file: no script, nothing fetched; for the screen, light or dark, and for paper. */
export function planPage(document: PlanDocument, generatedAtMs: number): string {
  const style = `\n${pageStyle()}\n${drawingStyle()}\n`;
  const hash = createHash('sha256').update(style).digest('base64');
  const burns = burnsOf(document);
  const { span, timezone } = document;
  const title = `Plan from ${momentAt(span.startMs, timezone)} to ${momentAt(span.endMs, timezone)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${headOf(document, burns)}
<main>
${[alarm(document), changes(document), week(document), days(document), quotas(document, burns), tables(document)].join('')}
</main>
<footer>Made by <code>offpeak plan</code> on ${escaped(momentAt(generatedAtMs, timezone))} ${escaped(timezone)}.${escaped(` ${forceText(document)}`)}</footer>
</body>
</html>
`;
}

function headOf(document: PlanDocument, burns: readonly QuotaBurn[]): string {
  const { span, timezone, jobs, peaks, infeasible } = document;
  const runs = runsOf(document);
  const [peak] = peaks;
  const gone = burns.flatMap(({ name, windows }) => windows.map(({ goneAtMs }) => ({ name, goneAtMs })));
  const first = gone.flatMap(({ name, goneAtMs }) => (goneAtMs === null ? [] : [{ name, goneAtMs }]))[0];
  const parks = runs.reduce((sum, run) => sum + run.parks.length, 0);
  const facts = [
    fact('Does it fit?', infeasible.length === 0 ? 'yes' : 'no', fitText(infeasible.length)),
    fact('Runs', count(runs.length), `of ${count(jobs.length)} jobs, ${count(callsOf(document))} calls`),
    ...(peak
      ? [fact('Highest load', percent(peak.share), `${peak.rate}; no plan is below ${percent(peak.leastShare)}`)]
      : []),
    fact(
      'First quota that runs out',
      first ? clockBeside(first.goneAtMs, span.startMs, timezone) : 'none',
      first?.name ?? 'within this span',
    ),
    fact('Parks', count(parks), parks === 0 ? 'no run waits for a reset' : 'runs that wait for a reset'),
  ];
  const links = [
    ...(infeasible.length > 0 ? ['<a href="#infeasible">What does not fit</a>'] : []),
    ...(document.diff ? ['<a href="#changes">What changes</a>'] : []),
    '<a href="#week">Hours</a>',
    ...daysOf(span, timezone).map(({ startMs }, at) => `<a href="#day-${at}">${dayAt(startMs, timezone)}</a>`),
    '<a href="#quotas">Quotas</a>',
    '<a href="#runs">Runs</a>',
    '<a href="#jobs">Jobs</a>',
  ];
  return `<header>
<h1>When the jobs run</h1>
<p class="lead">${escaped(`${momentAt(span.startMs, timezone)} to ${momentAt(span.endMs, timezone)}, ${timezone}`)}</p>
<dl class="facts">${facts.join('')}</dl>
</header>
<nav aria-label="Parts"><ul>${links.map((link) => `<li>${link}</li>`).join('')}</ul></nav>`;
}

function fact(name: string, value: string, unit: string): string {
  return `<div class="fact"><dt>${escaped(name)}</dt><dd>${escaped(value)} <span class="unit">${escaped(unit)}</span></dd></div>`;
}

function fitText(shortfalls: number): string {
  if (shortfalls === 0) return 'nothing stands against it';
  return shortfalls === 1 ? 'one thing stands against it' : `${count(shortfalls)} things stand against it`;
}

function callsOf(document: PlanDocument): number {
  return Math.round(runsOf(document).reduce((sum, { calls }) => sum + calls, 0));
}

function alarm({ infeasible, timezone }: PlanDocument): string {
  if (infeasible.length === 0) return '';
  const texts = shortfallTexts(infeasible, timezone);
  const items = texts.slice(0, SHORTFALLS_LISTED_MAX).map((text) => `<li>${escaped(text)}</li>`);
  const more = texts.length - items.length;
  return `<section class="alarm" id="infeasible" aria-labelledby="infeasible-title">
<h2 id="infeasible-title">No choice of starts can satisfy this</h2>
<ul>${items.join('')}${more > 0 ? `<li>and ${count(more)} more</li>` : ''}</ul>
</section>
`;
}

function changes({ diff, timezone }: PlanDocument): string {
  if (!diff) return '';
  const what = diff.kind === 'added' ? 'is a new job' : 'stands for the job of this name';
  const isNothing = diff.moved.length + diff.peaks.length + diff.quotas.length === 0;
  const worse = shortfallTexts(diff.infeasible, timezone).map((text) => `<li class="bad">${escaped(text)}</li>`);
  return `<section id="changes">
<h2>What ${escaped(diff.file)} changes</h2>
<p class="soft">${escaped(diff.job)} ${what}; the rest of this page shows the plan with it.${isNothing ? ' Nothing else changes.' : ''}</p>
${worse.length > 0 ? `<h3>What does not fit any more</h3><ul>${worse.join('')}</ul>` : ''}
${diffTables(diff, timezone)}</section>
`;
}

function week(document: PlanDocument): string {
  return `<section id="week">
<h2>Hours</h2>
<p class="soft">How much of the fullest limit is used in each hour, in percent.</p>
${drawn(heatDrawing(document), 'The load of each hour of each day')}</section>
`;
}

function days(document: PlanDocument): string {
  const { span, timezone, peaks } = document;
  const runs = runsByJob(document);
  const used = peaks.filter(({ share }) => share > 0);
  const sections = daysOf(span, timezone).map((day, at) => {
    const name = dayAt(day.startMs, timezone);
    const loads = used.slice(0, LOADS_DRAWN_MAX).map((peak) => loadDrawing(document, day, peak));
    const all = stacked([legendDrawing(), timelineDrawing(document, day, runs), ...loads], 10);
    return `<section id="day-${at}">
<h3>${name}</h3>
${drawn(all, `The runs of ${name}, and the load that they make`)}</section>
`;
  });
  const more = used.length - LOADS_DRAWN_MAX;
  const left = more > 0 ? ` The ${LOADS_DRAWN_MAX} fullest limits are drawn; ${more} are used less.` : '';
  return `<h2>Days</h2>
<p class="soft">Every job with its runs, and under them the load on the limits that jobs share. Times in ${escaped(timezone)}.${left}</p>
${sections.join('')}`;
}

function quotas(document: PlanDocument, burns: readonly QuotaBurn[]): string {
  if (burns.length === 0) return '<section id="quotas"><h2>Quotas</h2><p class="soft">No quota is used.</p></section>';
  const drawings = burns
    .slice(0, QUOTAS_DRAWN_MAX)
    .map((burn) => drawn(quotaDrawing(document, burn), `What is left of ${burn.name}`));
  return `<section id="quotas">
<h2>Quotas</h2>
<p class="soft">What is left of each quota, window by window. ${escaped(QUOTA_KEY)}.</p>
${drawings.join('')}${quotasTable(burns, document.timezone)}</section>
`;
}

function tables(document: PlanDocument): string {
  return `<section id="runs">
<h2>Runs</h2>
${runsTable(document)}</section>
<section id="jobs">
<h2>Jobs</h2>
${jobsTable(document)}</section>
`;
}

function drawn({ body, heightPx }: Drawing, name: string): string {
  const attributes = { viewBox: `0 0 ${WIDTH_PX} ${rounded(heightPx + 2)}`, role: 'img', 'aria-label': name };
  return `<div class="drawing" tabindex="0" role="group" aria-label="${escaped(name)}">${element('svg', attributes, body)}</div>\n`;
}
