import type { Forecast, ForecastWindow, Traced, TracedWindow } from '../src/schedule/forecast';

/** One platform over one week, or over all that had some history. */
export interface Row {
  readonly seed: string;
  readonly week: number | '2 on';
  readonly platform: string;
  readonly callsP50: number;
  readonly callsP80: number;
  readonly calls: number;
  readonly days: number;
  /** Of the days, those on which no more calls were made than the p80. */
  readonly daysWithinP80: number;
  readonly runs: number;
  /** Of the runs, those that ended by their p80 finish. */
  readonly withinP80: number;
  /** Expected: each day counts by the share of passes in which its quota runs out. */
  readonly daysGoneForecast: number;
  readonly daysGone: number;
  /** On average over the passes. */
  readonly carriedForecast: number;
  readonly carried: number;
  readonly refused: number;
}

export interface Month {
  readonly seed: string;
  /** One for each day, made at its start. */
  readonly forecasts: readonly Forecast[];
  readonly trace: Traced;
  /** Refused so far at the end of each day, by vendor. */
  readonly refused: readonly (readonly number[])[];
  readonly vendors: readonly string[];
  readonly startMs: number;
}

type Mutable = { -readonly [Key in keyof Row]: Row[Key] };

const DAY_MS = 86_400_000;

export function rowsOf(month: Month): Row[] {
  const rows: Mutable[] = [];
  for (const day of month.forecasts.keys()) {
    for (const [at, platform] of month.vendors.entries()) {
      const week = Math.floor(day / 7) + 1;
      let row = rows.find((one) => one.week === week && one.platform === platform);
      if (!row) rows.push((row = emptyRow({ seed: month.seed, week, platform })));
      addDay(row, month, { day, vendor: at });
    }
  }
  return rows;
}

function addDay(row: Mutable, month: Month, { day, vendor }: { day: number; vendor: number }): void {
  const { forecasts, trace, refused, startMs } = month;
  const forecast = forecasts[day];
  if (!forecast) return;
  const fromMs = startMs + day * DAY_MS;
  const isOfDay = (atMs: number): boolean => atMs >= fromMs && atMs < fromMs + DAY_MS;
  const name = `${row.platform} app-day app=${row.platform}`;
  // The windows of the platform's own days that end within the next day are forecast whole.
  const isNamed = (quota: { name: string }): boolean => quota.name === name;
  const expected = forecast.quotas.find(isNamed)?.windows.find(({ endMs }) => isOfDay(endMs - 1));
  const actual = trace.quotas.find(isNamed)?.windows.find(({ endMs }) => isOfDay(endMs - 1));
  addWindow(row, expected, actual);
  for (const run of forecast.runs) {
    if (!run.job.startsWith(`${row.platform}-`) || !isOfDay(run.slotAtMs)) continue;
    const found = trace.runs.find(({ job, slotAtMs }) => job === run.job && slotAtMs === run.slotAtMs);
    if (!found) continue;
    row.runs += 1;
    if ((found.endMs ?? Infinity) <= (run.finishP80Ms ?? Infinity)) row.withinP80 += 1;
  }
  row.refused += (refused[day]?.[vendor] ?? 0) - (refused[day - 1]?.[vendor] ?? 0);
}

function addWindow(row: Mutable, expected: ForecastWindow | undefined, actual: TracedWindow | undefined): void {
  row.callsP50 += expected?.usedP50 ?? 0;
  row.callsP80 += expected?.usedP80 ?? 0;
  row.calls += actual?.used ?? 0;
  row.days += 1;
  if ((actual?.used ?? 0) <= (expected?.usedP80 ?? 0)) row.daysWithinP80 += 1;
  row.daysGoneForecast += expected?.goneShare ?? 0;
  row.daysGone += actual?.goneAtMs == null ? 0 : 1;
  row.carriedForecast += expected?.callsCarriedMean ?? 0;
  row.carried += actual?.callsCarried ?? 0;
}

function emptyRow(of: Pick<Row, 'seed' | 'week' | 'platform'>): Mutable {
  const forecast = { callsP50: 0, callsP80: 0, daysGoneForecast: 0, carriedForecast: 0 };
  return {
    ...of,
    ...forecast,
    daysWithinP80: 0,
    days: 0,
    calls: 0,
    runs: 0,
    withinP80: 0,
    daysGone: 0,
    carried: 0,
    refused: 0,
  };
}

/** A row for each platform: the weeks whose forecasts had some history to go by. */
export function summedUp(rows: readonly Row[]): Row[] {
  const sums = new Map<string, Mutable>();
  for (const row of rows.filter(({ week }) => week !== 1)) {
    const { seed, platform } = row;
    const sum = sums.get(platform) ?? emptyRow({ seed, week: '2 on', platform });
    sums.set(platform, sum);
    for (const key of SUMMED) sum[key] += row[key];
  }
  return [...sums.values()];
}

const SUMMED = [
  'callsP50',
  'callsP80',
  'calls',
  'days',
  'daysWithinP80',
  'runs',
  'withinP80',
  'daysGoneForecast',
  'daysGone',
  'carriedForecast',
  'carried',
  'refused',
] as const satisfies readonly (keyof Row)[];

export function markdown(rows: readonly Row[]): string {
  const head = [
    'seed',
    'week',
    'platform',
    'calls p50 / p80',
    'calls made',
    'days within p80',
    'runs done by p80',
    'days gone, forecast / actual',
    'carried, forecast / actual',
    'refused',
  ];
  const lines = rows.map((row) => [
    row.seed,
    row.week,
    row.platform,
    `${row.callsP50} / ${row.callsP80}`,
    row.calls,
    `${row.daysWithinP80} of ${row.days}`,
    `${row.withinP80} of ${row.runs} (${Math.round((100 * row.withinP80) / Math.max(1, row.runs))} %)`,
    `${row.daysGoneForecast.toFixed(1)} / ${row.daysGone}`,
    `${Math.round(row.carriedForecast)} / ${row.carried}`,
    row.refused,
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
