import type { Shortfall } from '../../schedule/plan-bound';
import { count } from '../print';
import { dateAt, momentAt } from './days';

const JOBS_NAMED_MAX = 6;

/** What cannot be satisfied, in words, one line for all that differ in their time only: `(and 6 more times until 2026-03-09)`. */
export function shortfallTexts(shortfalls: readonly Shortfall[], timezone: string): string[] {
  const groups = new Map<string, Shortfall[]>();
  for (const shortfall of shortfalls) {
    const key = JSON.stringify({ ...shortfall, fromMs: 0, toMs: 0 });
    groups.set(key, [...(groups.get(key) ?? []), shortfall]);
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const last = others.at(-1);
    const times = others.length === 1 ? 'once more' : `${count(others.length)} more times`;
    return [`${shortfallText(first, timezone)}${last ? ` (and ${times} until ${dateAt(last.toMs, timezone)})` : ''}`];
  });
}

function shortfallText(shortfall: Shortfall, timezone: string): string {
  const { fromMs, toMs } = shortfall;
  const span = `${momentAt(fromMs, timezone)} to ${momentAt(toMs, timezone)} ${timezone}`;
  const jobs = named(shortfall.jobs);
  switch (shortfall.kind) {
    case 'window':
      return `${jobs}: ${span} is ${count(shortfall.minutesMissing)} min too short for it`;
    case 'rate':
      return `${shortfall.rate}: ${span} is ${count(shortfall.minutesMissing)} min too short for the calls of ${jobs}`;
    case 'quota':
      return `${shortfall.quota}: ${span} lacks ${count(shortfall.callsMissing)} calls for ${jobs}`;
  }
}

/** `48 %`; one digit more below 10 %. */
export function percent(share: number): string {
  const isSmall = share > 0 && share < 0.0995;
  return `${(share * 100).toFixed(isSmall ? 1 : 0)} %`;
}

function named(jobs: readonly string[]): string {
  const more = jobs.length - JOBS_NAMED_MAX;
  return more > 0 ? `${jobs.slice(0, JOBS_NAMED_MAX).join(', ')} and ${more} more` : jobs.join(', ');
}
