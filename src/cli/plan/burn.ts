import type { PlanSpan } from '../../schedule/plan-request';
import { count } from '../print';
import { clockBeside } from './days';
import type { PlanDocument } from './document';
import type { QuotaUse } from './quota-use';
import { runsOf, stretchesOf } from './runs';
import { percent } from './shortfall-text';

/** How a quota is used up over one of its windows. */
export interface Burn extends PlanSpan {
  /** Calls, or units. */
  readonly usedP50: number;
  readonly usedP80: number;
  /** When it will be gone, in the p80 case. */
  readonly goneAtMs: number | null;
  readonly callsCarried: number;
  /** What is used by then, as shares of the limit from 0 to 1; straight lines between. Drawn, not promised. */
  readonly points: readonly BurnPoint[];
}

export interface BurnPoint {
  readonly atMs: number;
  readonly p50: number;
  readonly p80: number;
}

export interface QuotaBurn {
  readonly name: string;
  readonly limit: number;
  /** Those that are used at all, in order. */
  readonly windows: readonly Burn[];
  /** The highest of its windows, in the p80 case; above 1 more is asked for than there is. */
  readonly share: number;
}

/** Every quota that is used, the scarcest first: by the forecast, or without one by the plan. */
export function burnsOf(document: PlanDocument): QuotaBurn[] {
  return document.quotas
    .map((quota): QuotaBurn => {
      const draws = drawsOn(document, quota.name);
      const windows = figuresOf(document, quota).map((figures) => ({
        ...figures,
        points: pointsOf(figures, { draws, limit: quota.limit }),
      }));
      const share = windows.reduce((most, { usedP80 }) => Math.max(most, usedP80 / quota.limit), 0);
      return { name: quota.name, limit: quota.limit, windows, share };
    })
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share || (a.name < b.name ? -1 : 1));
}

/** One window in words: `61 %, p80 78 %, gone at 04:24, 830 carried over`. */
export function burnText(
  { startMs, usedP50, usedP80, goneAtMs, callsCarried }: Burn,
  limit: number,
  timezone: string,
): string {
  const p80 = usedP80 === usedP50 ? '' : `, p80 ${percent(usedP80 / limit)}`;
  const gone = goneAtMs === null ? '' : `, gone at ${clockBeside(goneAtMs, startMs, timezone)}`;
  const carried = callsCarried > 0 ? `, ${count(Math.round(callsCarried))} carried over` : '';
  return `${percent(usedP50 / limit)}${p80}${gone}${carried}`;
}

type Figures = Omit<Burn, 'points'>;

interface Draw extends PlanSpan {
  readonly perMs: number;
}

interface Cumulated {
  readonly atMs: number;
  readonly calls: number;
}

function figuresOf({ forecast }: PlanDocument, { name, windows }: QuotaUse): readonly Figures[] {
  const forecasted = forecast?.quotas.find((quota) => quota.name === name);
  const figures =
    forecasted?.windows ??
    windows.map(({ planned, ...window }) => ({
      ...window,
      usedP50: planned,
      usedP80: planned,
      goneAtMs: null,
      callsCarried: 0,
    }));
  return figures.filter(({ usedP80 }) => usedP80 > 0);
}

/** When the runs draw on a quota: evenly while they work, not while they are parked. */
function drawsOn(document: PlanDocument, quota: string): Draw[] {
  const amounts = new Map(document.jobs.map(({ job, quotas }) => [job, quotas[quota] ?? 0]));
  return runsOf(document).flatMap((run) => {
    const amount = amounts.get(run.job) ?? 0;
    if (amount === 0) return [];
    const working = stretchesOf(run, document.span.endMs).filter(({ kind }) => kind === 'runs');
    const workMs = working.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
    return working.map(({ fromMs, toMs }) => ({ startMs: fromMs, endMs: toMs, perMs: amount / workMs }));
  });
}

/** The forecast says how much is used and when it is gone; the runs give the curve between. */
function pointsOf(figures: Figures, { draws, limit }: { draws: readonly Draw[]; limit: number }): BurnPoint[] {
  const { startMs, endMs, goneAtMs, usedP50, usedP80 } = figures;
  const curve = cumulate(draws, [startMs, ...(goneAtMs === null ? [] : [goneAtMs]), endMs]);
  const total = curve.at(-1)?.calls ?? 0;
  const untilGone = curve.find(({ atMs }) => atMs === goneAtMs)?.calls ?? 0;
  return curve.map(({ atMs, calls }) => {
    const share = ratio(calls, total) ?? (atMs - startMs) / (endMs - startMs);
    const p50 = Math.min(1, (share * usedP50) / limit);
    if (goneAtMs === null) return { atMs, p50, p80: Math.min(1, (share * usedP80) / limit) };
    const p80 = atMs >= goneAtMs ? 1 : (ratio(calls, untilGone) ?? (atMs - startMs) / (goneAtMs - startMs));
    return { atMs, p50: Math.min(p50, p80), p80 };
  });
}

/** What is drawn by each of some instants, and by every one between at which the pace changes. */
function cumulate(draws: readonly Draw[], instants: readonly number[]): Cumulated[] {
  const [startMs = 0] = instants;
  const endMs = instants.at(-1) ?? startMs;
  const within = draws.filter((draw) => draw.startMs < endMs && draw.endMs > startMs);
  const changes = within.flatMap((draw) => [
    { atMs: Math.max(draw.startMs, startMs), perMs: draw.perMs },
    { atMs: Math.min(draw.endMs, endMs), perMs: -draw.perMs },
  ]);
  const marks = instants.map((atMs) => ({ atMs, perMs: 0 }));
  const curve: Cumulated[] = [];
  let pace = 0;
  let calls = 0;
  let lastMs = startMs;
  for (const { atMs, perMs } of [...changes, ...marks].sort((a, b) => a.atMs - b.atMs)) {
    calls += pace * (atMs - lastMs);
    pace += perMs;
    lastMs = atMs;
    if (curve.at(-1)?.atMs === atMs) curve.pop();
    curve.push({ atMs, calls });
  }
  return curve;
}

function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
