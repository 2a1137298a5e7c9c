import type { BlackoutDefinition, WindowDefinition } from '../job/hours-definition';
import { type HoursRule, parseBlackout, parseWindow, ruleSpans } from './hours-rule';
import { difference, type Span } from './spans';
import { perStretch } from './stretch';

/** Whose hours they are. */
export type HoursOwner =
  | { readonly level: 'global' }
  | { readonly level: 'platform'; readonly platform: string }
  | { readonly level: 'job' };

/** The hours that one owner states. */
export interface HoursLevel {
  readonly owner: HoursOwner;
  /** IANA zone of all of them. */
  readonly timezone: string;
  /** None: any time. */
  readonly windows: readonly HoursRule[];
  readonly blackouts: readonly HoursRule[];
  readonly peaks: readonly HoursRule[];
  /** When it is open within a stretch: apart, and rising. */
  readonly openIn: (stretch: number) => readonly Span[];
}

export interface LevelDefinition {
  readonly timezone: string;
  readonly windows?: readonly WindowDefinition[] | undefined;
  readonly blackouts?: readonly BlackoutDefinition[] | undefined;
  readonly peaks?: readonly WindowDefinition[] | undefined;
}

/** Throws JOB_INVALID; `hoursFaults` says everything that is wrong. */
export function parseLevel(owner: HoursOwner, definition: LevelDefinition): HoursLevel {
  const { timezone, windows = [], blackouts = [], peaks = [] } = definition;
  return levelOf({
    owner,
    timezone,
    windows: windows.map((window) => parseWindow(window, 'window')),
    blackouts: blackouts.map(parseBlackout),
    peaks: peaks.map((peak) => parseWindow(peak, 'peak')),
  });
}

export function levelOf(level: Omit<HoursLevel, 'openIn'>): HoursLevel {
  const { timezone, windows, blackouts } = level;
  const openIn = perStretch((span) => {
    const open = windows.length === 0 ? [span] : ruleSpans(windows, timezone, span);
    return blackouts.length === 0 ? open : difference(open, ruleSpans(blackouts, timezone, span));
  });
  return { ...level, openIn };
}
