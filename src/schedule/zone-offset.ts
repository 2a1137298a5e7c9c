import { IANAZone } from 'luxon';

const DAY_MS = 86_400_000;
/** Days of one zone that are remembered: what a schedule looks at lies close together. About 100 bytes each. */
const DAYS_KEPT_MAX = 20_000;

/** One day of UTC: the offsets at its two ends, and where one becomes the other; null when they are equal. */
interface OffsetDay {
  readonly offset: number;
  readonly change: { readonly atMs: number; readonly offset: number } | null;
}

const zones = new Map<string, Map<number, OffsetDay>>();

/**
 * What the clocks of a zone are ahead of UTC at an instant. Asked of luxon, some 4 µs each time, twice for a day at most:
 * no zone changes its clocks twice in one.
 */
export function offsetMs(timezone: string, atMs: number): number {
  const { offset, change } = dayAt(timezone, Math.floor(atMs / DAY_MS));
  return change !== null && atMs >= change.atMs ? change.offset : offset;
}

/** The first instant in `(fromMs, toMs]` whose offset is not that of `fromMs`; the offsets at both ends must differ. */
export function changeMs(timezone: string, fromMs: number, toMs: number): number {
  return firstChange({ fromMs, toMs }, (atMs) => offsetMs(timezone, atMs));
}

function dayAt(timezone: string, day: number): OffsetDay {
  let days = zones.get(timezone);
  if (days === undefined) {
    days = new Map();
    zones.set(timezone, days);
  }
  let found = days.get(day);
  if (found === undefined) {
    if (days.size >= DAYS_KEPT_MAX) days.clear();
    found = readDay(IANAZone.create(timezone), day * DAY_MS);
    days.set(day, found);
  }
  return found;
}

function readDay(zone: IANAZone, fromMs: number): OffsetDay {
  const offsetAt = (atMs: number): number => Math.round(zone.offset(atMs) * 60_000);
  const toMs = fromMs + DAY_MS;
  const offset = offsetAt(fromMs);
  const last = offsetAt(toMs);
  if (last === offset) return { offset, change: null };
  return { offset, change: { atMs: firstChange({ fromMs, toMs }, offsetAt), offset: last } };
}

function firstChange(span: { fromMs: number; toMs: number }, offsetAt: (atMs: number) => number): number {
  const offset = offsetAt(span.fromMs);
  let [low, high] = [span.fromMs, span.toMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}
