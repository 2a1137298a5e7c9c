import { leastPeak } from './plan-bound';
import type { Levels } from './plan-levels';

/** How high the demand on a rate gets. */
export interface PeakUse {
  readonly rate: string;
  /** When it is first as high. */
  readonly atMs: number;
  readonly perMinute: number;
  /** Of the rate's limit. Above 1 runs wait for each other and take longer than planned. */
  readonly share: number;
  /** A share that no plan can be below. */
  readonly leastShare: number;
  /** Share of the limit in each minute from `fromMs` on. */
  readonly load: Float64Array;
  readonly fromMs: number;
}

const MINUTE_MS = 60_000;

export function peaksOf({ grid, loads }: Levels): PeakUse[] {
  return grid.rates.map(({ name, perMinute }, rate) => {
    const load = loads[rate] ?? new Float64Array();
    const share = load.reduce((most, level) => Math.max(most, level), 0);
    return {
      rate: name,
      atMs: grid.startMs + Math.max(0, load.indexOf(share)) * MINUTE_MS,
      perMinute: share * perMinute,
      share,
      leastShare: leastPeak(grid, rate),
      load,
      fromMs: grid.startMs,
    };
  });
}
