import { type DayRule, type WindowSpan, windowAt } from '../time/window';
import type { Draw } from './budget';
import type { LedgerDraw } from './ledger';

/** How a platform counts its days, and how far its clock and ours may be apart. */
export interface QuotaClock {
  readonly day: DayRule;
  readonly resetGuardMs: number;
}

/**
 * The ledger windows that a call sent now draws on. Around a reset nobody can tell in which of two days the platform will
 * count it, so it draws on both.
 */
export function ledgerDraws(draws: readonly Draw[], quota: QuotaClock, nowMs: number): LedgerDraw[] {
  const windows = new Map<'day' | 'month', WindowSpan[]>(); // zone arithmetic is dear: once a call for each period
  return draws.flatMap((draw) => {
    const { per } = draw.budget;
    if (per !== 'day' && per !== 'month') return [];
    const open = windows.get(per) ?? openWindows(per, quota, nowMs);
    windows.set(per, open);
    return open.map((window) => ({ draw, window, amount: 1 }));
  });
}

function openWindows(per: 'day' | 'month', { day, resetGuardMs }: QuotaClock, nowMs: number): WindowSpan[] {
  const before = windowAt(day, per, nowMs - resetGuardMs);
  const after = windowAt(day, per, nowMs + resetGuardMs);
  return before.key === after.key ? [before] : [before, after];
}
