import { closesAtMs, combineHours, type Hours, nextOpenMs } from './hours';
import { type HoursLevel, type HoursOwner, levelOf } from './hours-level';
import { type HoursRule, ruleSpans } from './hours-rule';
import { localOf } from './local-time';
import type { Span } from './spans';

/** What keeps hours closed at an instant. */
export interface Closure {
  readonly owner: HoursOwner;
  /** A blackout is on, or no window is open. */
  readonly kind: 'blackout' | 'window';
  /** As it is written: `2026-11-10/2026-11-12`, `01:00-06:00, sat 01:00-09:00`. */
  readonly text: string;
  /** Of a blackout; null for windows. */
  readonly reason: string | null;
  /** When this ends; something else may hold for longer. Infinity when no end is in sight. */
  readonly untilMs: number;
  readonly timezone: string;
}

/** Of the closures between an instant and the next opening; more say nothing new. */
const CLOSURES_MAX = 4;

/** What keeps the hours closed: a blackout before windows, then what lasts longest, then the outermost. Null when they are open. */
export function closedBecause(hours: Hours, atMs: number): Closure | null {
  return slotInBlackout(hours, atMs) ?? longest(hours.levels.flatMap((level) => windowsAt(level, atMs)));
}

/** What keeps the hours closed from an instant to their next opening, one after the other; none when they are open. */
export function closuresFrom(hours: Hours, atMs: number): Closure[] {
  const closures: Closure[] = [];
  for (let fromMs = atMs; closures.length < CLOSURES_MAX && fromMs !== Infinity; ) {
    const closure = closedBecause(hours, fromMs);
    if (closure === null) break;
    closures.push(closure);
    fromMs = closure.untilMs;
  }
  return closures;
}

/** The blackout that a slot falls in, the longest of several; null when there is none. */
export function slotInBlackout({ levels }: Hours, slotAtMs: number): Closure | null {
  return longest(levels.flatMap((level) => blackoutsAt(level, slotAtMs)));
}

/** When blackouts hold within a span, and why: one after the other of each rule, whatever the windows say. */
export function blackoutSpans({ levels }: Hours, within: Span): (Span & { readonly reason: string })[] {
  return levels.flatMap(({ blackouts, timezone }) =>
    blackouts.flatMap((rule) =>
      ruleSpans([rule], timezone, within).map((span) => ({ ...span, reason: rule.reason ?? rule.text })),
    ),
  );
}

/** `blackout of platform dingtalk: Double 11 freeze, until 2026-11-12 00:00 Asia/Shanghai`. */
export function describeClosure(closure: Closure): string {
  const { untilMs, timezone } = closure;
  const until = untilMs === Infinity ? 'with no end in sight' : `until ${minuteText(untilMs, timezone)}`;
  return `${causeText(closure)}, ${until}`;
}

/** `blackout of platform dingtalk: Double 11 freeze`, `outside the windows of the job (01:00-06:00)`. */
export function causeText({ owner, kind, text, reason }: Closure): string {
  switch (kind) {
    case 'blackout':
      return `blackout of ${ownerText(owner)}: ${reason}`;
    case 'window':
      return `outside the windows of ${ownerText(owner)} (${text})`;
  }
}

/** `all jobs`, `platform dingtalk`, `the job`. */
export function ownerText(owner: HoursOwner): string {
  switch (owner.level) {
    case 'global':
      return 'all jobs';
    case 'platform':
      return `platform ${owner.platform}`;
    case 'job':
      return 'the job';
  }
}

function blackoutsAt({ owner, blackouts, timezone }: HoursLevel, atMs: number): Closure[] {
  const instant = { startMs: atMs, endMs: atMs + 1 };
  return blackouts
    .filter((rule) => ruleSpans([rule], timezone, instant).length > 0)
    .map((rule) => {
      const untilMs = closesAtMs(onlyDuring([rule], timezone), atMs);
      return { owner, kind: 'blackout', text: rule.text, reason: rule.reason, untilMs, timezone };
    });
}

function windowsAt({ owner, windows, timezone }: HoursLevel, atMs: number): Closure[] {
  const untilMs = nextOpenMs(onlyDuring(windows, timezone), atMs);
  if (untilMs === atMs) return [];
  const text = windows.map((window) => window.text).join(', ');
  return [{ owner, kind: 'window', text, reason: null, untilMs, timezone }];
}

/** Hours that are open while one of the rules holds: their ends are those of the rules. */
function onlyDuring(rules: readonly HoursRule[], timezone: string): Hours {
  return combineHours([levelOf({ owner: { level: 'job' }, timezone, windows: rules, blackouts: [], peaks: [] })]);
}

/** The first of equals. */
function longest(closures: readonly Closure[]): Closure | null {
  return closures.reduce<Closure | null>((found, one) => (found && found.untilMs >= one.untilMs ? found : one), null);
}

function minuteText(atMs: number, timezone: string): string {
  const local = new Date(localOf(timezone, atMs)).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)} ${timezone}`;
}
