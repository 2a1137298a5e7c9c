import type { PlanSpan } from '../../schedule/plan-request';
import { daysOf, fullHoursOf } from './days';

/** From this instant to the next step the load is this share of its limit. Before the first step there is none. */
export interface LoadStep {
  readonly atMs: number;
  readonly share: number;
}

/** The highest share of any limit within one hour of the wall clock. */
export interface HourHeat {
  readonly atMs: number;
  readonly share: number;
  /** The limit that is used most; empty when none is used. */
  readonly rate: string;
}

export interface DayHeat {
  readonly day: PlanSpan;
  /** 24 of them; null where the clocks skip the hour, or the span does not reach it. */
  readonly hours: readonly (HourHeat | null)[];
}

interface Loaded {
  readonly rate: string;
  readonly load: readonly LoadStep[];
}

const MINUTE_MS = 60_000;
const SHARE_DIGITS = 4;

/** One step for each change of a load that is given minute by minute. It ends with none. */
export function stepsOf(load: Float64Array, fromMs: number): LoadStep[] {
  const steps: LoadStep[] = [];
  let last = 0;
  for (let minute = 0; minute <= load.length; minute += 1) {
    const share = Number((load[minute] ?? 0).toFixed(SHARE_DIGITS));
    if (share !== last) steps.push({ atMs: fromMs + minute * MINUTE_MS, share });
    last = share;
  }
  return steps;
}

/** The highest share in each of the spans between bounds that follow one another. */
export function highestBetween(load: readonly LoadStep[], bounds: readonly number[]): number[] {
  let at = -1;
  return bounds.slice(1).map((toMs, index) => {
    const fromMs = bounds[index] ?? toMs;
    while ((load[at + 1]?.atMs ?? Infinity) <= fromMs) at += 1;
    let highest = load[at]?.share ?? 0;
    for (let next = at + 1; (load[next]?.atMs ?? Infinity) < toMs; next += 1) {
      highest = Math.max(highest, load[next]?.share ?? 0);
    }
    return highest;
  });
}

/** The heat of each hour of each day: where the week is crowded. */
export function heatOf(peaks: readonly Loaded[], span: PlanSpan, timezone: string): DayHeat[] {
  return daysOf(span, timezone).map((day) => {
    const full = fullHoursOf(day, timezone);
    const bounds = [...full.map(({ atMs }) => atMs), day.endMs];
    const loads = peaks.map(({ rate, load }) => ({ rate, shares: highestBetween(load, bounds) }));
    const hours: (HourHeat | null)[] = Array<null>(24).fill(null);
    full.forEach(({ atMs, hour }, index) => {
      if ((bounds[index + 1] ?? atMs) <= span.startMs || atMs >= span.endMs) return;
      let heat: HourHeat = { atMs, share: 0, rate: '' };
      for (const { rate, shares } of loads) {
        const share = shares[index] ?? 0;
        if (share > heat.share) heat = { atMs, share, rate };
      }
      // An hour that the clocks repeat is shown by the hotter of the two.
      if (heat.share >= (hours[hour]?.share ?? 0)) hours[hour] = heat;
    });
    return { day, hours };
  });
}
