import type { Moment } from '../../src/limit/counter';
import { Guard, Way } from '../../src/limit/guard';
import { Pace, type PaceOptions } from '../../src/limit/pace';

export const SPAN_MS = 1_000;

/** A pace with a guard that stands still, unless it is told otherwise. */
export function paceOf({ guardMs = 50, ...options }: Partial<PaceOptions> & { guardMs?: number | undefined } = {}) {
  const { spanMs = SPAN_MS } = options;
  const guard = new Guard({ spanMs, fixedMs: guardMs, way: new Way() });
  return new Pace({ limit: 10, spanMs, pacing: 'even', guard, fullAtMs: -Infinity, ...options });
}

/** A call that was asked for, due and taken in the same instant. */
export function at(nowMs: number): Moment {
  return { nowMs, dueMs: nowMs, askedAtMs: nowMs };
}

/** One call, and what happens on its way. */
export interface Step {
  /** Asked for so long after the call before it was admitted; together with that one when left out. */
  readonly waitMs?: number;
  readonly amount?: number;
  /** This process stands still when the call is due. */
  readonly stallMs?: number;
  /** It leaves so long after it was admitted. */
  readonly lateMs?: number;
  /** In force from here on. */
  readonly limit?: number;
}

export interface Left {
  readonly takenAtMs: number;
  readonly atMs: number;
  readonly amount: number;
  /** In force when it was admitted. */
  readonly limit: number;
}

/** Sends as early as the pace lets it, from `startMs` on. Returns when each call really left, in order of admission. */
export function drive(pace: Pace, steps: readonly Step[], startMs = 0): Left[] {
  const left: Left[] = [];
  let stamps: { atMs: number; stamp: () => void }[] = [];
  let nowMs = startMs;
  let askedAtMs = startMs;
  const stampUntil = (untilMs: number): void => {
    const due = stamps.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
    stamps = stamps.filter(({ atMs }) => atMs > untilMs);
    for (const { stamp } of due) stamp();
  };
  for (const { waitMs = 0, amount = 1, stallMs = 0, lateMs = 0, limit = pace.limit } of steps) {
    nowMs += waitMs;
    if (waitMs > 0) askedAtMs = nowMs;
    pace.limit = limit;
    stampUntil(nowMs);
    let dueMs = -Infinity;
    for (let earliestMs = pace.earliestMs(amount, nowMs); ; earliestMs = pace.earliestMs(amount, nowMs)) {
      dueMs = Math.max(askedAtMs, pace.dueMs(amount, nowMs));
      if (earliestMs <= nowMs) break;
      nowMs = earliestMs + stallMs;
      stampUntil(nowMs);
    }
    const { sent } = pace.take(amount, { nowMs, dueMs, askedAtMs });
    const atMs = nowMs + lateMs;
    stamps.push({ atMs, stamp: () => sent?.(atMs) });
    left.push({ takenAtMs: nowMs, atMs, amount, limit });
  }
  return left;
}

/** So many calls, one as soon as the other. */
export function calls(count: number): Step[] {
  return Array.from({ length: count }, () => ({}));
}

/** Fractions of a millisecond must not decide where a window ends. */
const ROUNDING_MS = 1e-6;

/** The most that any half-open window of this length holds. */
export function mostIn(spanMs: number, sends: readonly Pick<Left, 'atMs' | 'amount'>[]): number {
  const ordered = [...sends].sort((a, b) => a.atMs - b.atMs);
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { atMs, amount } of ordered) {
    sum += amount;
    while (ordered[first] && ordered[first]!.atMs <= atMs - spanMs + ROUNDING_MS) sum -= ordered[first++]!.amount;
    most = Math.max(most, sum);
  }
  return most;
}
