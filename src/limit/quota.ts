import type { InstantRange } from '../time/wall-range';
import { type DayRule, fixedWindow, type WindowSpan, windowAt } from '../time/window';
import type { BudgetPeriod } from './budget';
import type { LedgerWindow } from './ledger';

/** How a platform counts its days, and how far its clock and ours may be apart. */
export interface QuotaClock {
  readonly day: DayRule;
  readonly resetGuardMs: number;
}

/** A rolling span is counted in so many slices; a slice counts until its end is a span old. */
const SLICES_PER_SPAN = 100;

/** Windows, and the instants `[fromMs, untilMs)` for which they are the ones. */
interface Open extends InstantRange {
  readonly windows: readonly LedgerWindow[];
}

/**
 * The ledger windows that a call sent now draws on. Around a reset nobody can tell in which of two days the platform will
 * count it, and after a clock step not even roughly: it draws on each window that may be the one.
 */
export class QuotaWindows {
  readonly #clock: QuotaClock;
  /** Zone arithmetic is dear, and asked for with every call. */
  readonly #known = new Map<BudgetPeriod, Open>();

  constructor(clock: QuotaClock) {
    this.#clock = clock;
  }

  openAt(per: BudgetPeriod, now: InstantRange): readonly LedgerWindow[] {
    if (typeof per === 'object' && 'rollingMs' in per) return [slice(per.rollingMs, now)];
    const known = this.#known.get(per);
    if (known && known.fromMs <= now.fromMs && now.toMs < known.toMs) return known.windows;
    const open = this.#find(per, now);
    this.#known.set(per, open);
    return open.windows;
  }

  /** When a window that is spent is drawn on no more. */
  freeAtMs(per: BudgetPeriod, freeAtMs: number): number {
    return typeof per === 'object' && 'rollingMs' in per ? freeAtMs : freeAtMs + this.#clock.resetGuardMs;
  }

  #find(per: BudgetPeriod, now: InstantRange): Open {
    const { resetGuardMs } = this.#clock;
    const first = this.#windowAt(per, now.fromMs - resetGuardMs);
    const last = this.#windowAt(per, now.toMs + resetGuardMs);
    if (first.key === last.key) {
      return { windows: [first], fromMs: first.startMs + resetGuardMs, toMs: first.endMs - resetGuardMs };
    }
    // Each end of the range may be near to a reset of its own, where a clock step is longer than a window.
    const between = (now.betweenMs ?? []).flatMap((atMs) => [atMs - resetGuardMs, atMs + resetGuardMs]);
    const inner = [now.fromMs + resetGuardMs, ...between, now.toMs - resetGuardMs].map((atMs) =>
      this.#windowAt(per, atMs),
    );
    const windows = [...new Map([first, ...inner, last].map((window) => [window.key, window])).values()];
    return { windows, fromMs: now.fromMs, toMs: Math.min(first.endMs, last.startMs) + resetGuardMs };
  }

  #windowAt(per: BudgetPeriod, atMs: number): WindowSpan {
    if (per === 'day' || per === 'month') return windowAt(this.#clock.day, per, atMs);
    if (typeof per === 'object' && 'fixedMs' in per) return fixedWindow(per.fixedMs, atMs, per.offsetMs);
    if (typeof per === 'object' && 'civil' in per) {
      return windowAt({ kind: 'civil', at: per.at, timezone: per.timezone }, per.civil, atMs);
    }
    throw new TypeError('this window is not counted in the ledger');
  }
}

/** The slice of now. While the true time is in doubt, none is dropped before the earliest that it may be. */
function slice(spanMs: number, now: InstantRange): LedgerWindow {
  const lengthMs = Math.ceil(spanMs / SLICES_PER_SPAN);
  const startMs = Math.floor(now.toMs / lengthMs) * lengthMs;
  return { key: String(startMs), startMs, endMs: startMs + lengthMs, countsFromMs: now.fromMs - spanMs };
}
