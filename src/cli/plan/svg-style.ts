/** One set of colours: those of the pictures in docs/. */
interface Palette {
  readonly ink: string;
  readonly soft: string;
  readonly paper: string;
  readonly card: string;
  readonly line: string;
  readonly faint: string;
  readonly window: string;
  readonly run: string;
  readonly likely: string;
  readonly parked: string;
  readonly bad: string;
  readonly badSoft: string;
  readonly good: string;
  readonly goodSoft: string;
  readonly deadline: string;
  readonly blackout: string;
  readonly inverse: string;
  /** From nothing to the limit. */
  readonly heat: readonly [string, string, string, string, string, string];
}

const LIGHT: Palette = {
  ink: '#1f2328',
  soft: '#59636e',
  paper: '#ffffff',
  card: '#f6f8fa',
  line: '#d1d9e0',
  faint: '#eceff2',
  window: '#e6effb',
  run: '#0f5cc0',
  likely: '#9cc4f5',
  parked: '#b7791f',
  bad: '#c4302b',
  badSoft: '#fdecea',
  good: '#1a7f37',
  goodSoft: '#b7e2c2',
  deadline: '#8250df',
  blackout: '#afb8c1',
  inverse: '#ffffff',
  heat: ['#f3f5f7', '#dbe9fb', '#b3d1f7', '#7fb2ef', '#3b82d9', '#0f5cc0'],
};

const DARK: Palette = {
  ink: '#f0f6fc',
  soft: '#a5afba',
  paper: '#0d1117',
  card: '#151b23',
  line: '#3d444d',
  faint: '#212830',
  window: '#16263c',
  run: '#4493f8',
  likely: '#1f4f8f',
  parked: '#d29922',
  bad: '#f85149',
  badSoft: '#3b1a1d',
  good: '#3fb950',
  goodSoft: '#1b4527',
  deadline: '#ab7df8',
  blackout: '#59636e',
  inverse: '#0d1117',
  heat: ['#161b22', '#12294a', '#1a4177', '#2560ab', '#3a80dd', '#79b5ff'],
};

const FONT =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "DejaVu Sans", sans-serif';

/** The rules of every drawing. Written out for both schemes: not every viewer of an SVG file knows CSS variables. */
export function drawingStyle(): string {
  return `text { font-family: ${FONT}; font-size: 12px; font-variant-numeric: tabular-nums; }
.tick { font-size: 11px; text-anchor: middle; }
.tick.start { text-anchor: start; }
.name { text-anchor: end; }
.below, .time, .gone-text { font-size: 11px; }
.end { text-anchor: end; }
.figure { font-size: 10px; text-anchor: middle; }
.heading { font-size: 15px; font-weight: 600; }
.title { font-size: 20px; font-weight: 600; }
.load, .left { stroke-width: 1; }
.left-p50 { fill: none; stroke-width: 1.5; }
.limit { stroke-width: 1.2; stroke-dasharray: 5 3; }
.deadline { stroke-width: 1.5; }
.hover { fill: transparent; pointer-events: all; }
.gone-text { stroke-width: 3px; paint-order: stroke; }
.outside { opacity: 0.72; }
${schemed(coloursOf)}`;
}

/** The rules of the page around the drawings. */
export function pageStyle(): string {
  return `${FRAME}\n${schemed(pageColours)}\n${PRINT}\n${printed(pageColours)}\n${printed(coloursOf)}\n}`;
}

function schemed(rules: (palette: Palette) => string): string {
  return `${rules(LIGHT)}\n@media screen and (prefers-color-scheme: dark) {\n${rules(DARK)}\n}`;
}

/** Paper is white, whatever the screen is. */
function printed(rules: (palette: Palette) => string): string {
  return rules(LIGHT);
}

function coloursOf(of: Palette): string {
  const rules = [
    `text { fill: ${of.ink}; }`,
    `.tick, .below, .time { fill: ${of.soft}; }`,
    `.paper, .outside { fill: ${of.paper}; }`,
    `.frame { fill: none; stroke: ${of.line}; }`,
    `.line-1, .row { stroke: ${of.faint}; }`,
    `.line-3 { stroke: ${of.line}; }`,
    `.line-day { stroke: ${of.soft}; }`,
    `.window { fill: ${of.window}; }`,
    `.blackout { fill: ${of.blackout}; opacity: 0.6; }`,
    `.runs { fill: ${of.run}; }`,
    `.may-run { fill: ${of.likely}; }`,
    `.parked { fill: ${of.parked}; }`,
    `.deadline { stroke: ${of.deadline}; }`,
    `.deadline.flag { fill: ${of.deadline}; }`,
    `.deadline.late { stroke: ${of.bad}; }`,
    `.deadline.flag.late { fill: ${of.bad}; }`,
    `.load { fill: ${of.likely}; stroke: ${of.run}; }`,
    `.over { fill: ${of.bad}; }`,
    `.limit { stroke: ${of.bad}; }`,
    `.left { fill: ${of.goodSoft}; stroke: ${of.good}; }`,
    `.left-p50 { stroke: ${of.good}; }`,
    `.gone { fill: ${of.bad}; }`,
    `.gone-text { fill: ${of.bad}; stroke: ${of.paper}; }`,
    `.none { fill: none; }`,
    ...of.heat.map((colour, at) => `.heat-${at} { fill: ${colour}; }`),
    `.inverse { fill: ${of.inverse}; }`,
  ];
  return rules.join('\n');
}

function pageColours(of: Palette): string {
  return [
    `body { color: ${of.ink}; background: ${of.paper}; }`,
    `a { color: ${of.run}; }`,
    `:focus-visible { outline-color: ${of.run}; }`,
    `.lead, .unit, caption, dt, th, .soft, footer { color: ${of.soft}; }`,
    `.fact, .drawing { background: ${of.card}; border-color: ${of.line}; }`,
    `.drawing { background: ${of.paper}; }`,
    `thead th { background: ${of.paper}; border-color: ${of.line}; }`,
    `td, tbody th { border-color: ${of.faint}; }`,
    `tbody th { color: ${of.ink}; }`,
    `.group th { background: ${of.card}; color: ${of.soft}; }`,
    `.alarm { background: ${of.badSoft}; border-color: ${of.bad}; }`,
    `.bad { color: ${of.bad}; }`,
    `.good { color: ${of.good}; }`,
  ].join('\n');
}

const FRAME = `*, ::before, ::after { box-sizing: border-box; }
:root { color-scheme: light dark; }
body { margin: 0; font: 15px/1.5 ${FONT}; font-variant-numeric: tabular-nums; }
main, header, footer, nav { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 36px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 44px 0 6px; font-size: 20px; line-height: 1.3; }
h3 { margin: 26px 0 8px; font-size: 15px; line-height: 1.3; }
p { margin: 4px 0 12px; max-width: 78ch; text-wrap: pretty; }
.lead { margin-top: 8px; }
:focus-visible { outline: 2px solid; outline-offset: 2px; }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 16px 0 0; padding: 0; list-style: none; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 12px; margin: 22px 0 0; }
.fact { padding: 12px 14px; border: 1px solid; border-radius: 8px; }
dt { font-size: 13px; }
dd { margin: 0; font-size: 21px; font-weight: 600; line-height: 1.3; }
dd .unit { display: block; font-size: 13px; font-weight: 400; overflow-wrap: anywhere; }
.drawing { overflow-x: auto; padding: 12px; border: 1px solid; border-radius: 8px; }
.drawing svg { display: block; width: 100%; min-width: 860px; height: auto; }
.drawing + .drawing { margin-top: 12px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 13.5px; }
caption { padding: 0 0 8px; text-align: left; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; border-bottom: 1px solid; font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.when { white-space: nowrap; }
.group th { padding: 6px 8px; font-weight: 600; }
.alarm { padding: 12px 18px; border-left: 4px solid; border-radius: 4px; }
.alarm ul { margin: 4px 0; padding-left: 20px; }
.alarm h2 { margin-top: 0; }
footer { padding-top: 36px; padding-bottom: 48px; font-size: 13px; }`;

/** Left open: the colours of paper follow. */
const PRINT = `@media print {
@page { margin: 12mm; }
* { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
nav { display: none; }
body { font-size: 11px; }
main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
h2, h3 { break-after: avoid; }
.drawing, .alarm, tr { break-inside: avoid; }
.drawing, .scroll { overflow: visible; }
.drawing svg { min-width: 0; }
thead th { position: static; }`;
