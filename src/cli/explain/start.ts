import { ownerText } from '../../schedule/hours-closed';
import type { HoursLevel, HoursOwner } from '../../schedule/hours-level';
import type { HoursRule } from '../../schedule/hours-rule';
import { localOf } from '../../schedule/local-time';
import { describeReason, type Reason } from '../../schedule/plan-reason';
import { pinnedOffsetMs } from '../../schedule/plan-slots';
import { formatDuration } from '../../time/duration';
import { resolvedText, writtenText } from '../timetable-text';
import type { JobFacts, Scheduled } from './facts';
import type { InstantText } from './instant-text';

/** Why the runs of a job start when they do: its expression, its hours, the plan. */
export type StartFinding =
  /** `timezone` is null for an interval, which keeps to none. */
  | {
      readonly kind: 'timetable';
      readonly written: string;
      readonly resolved: string;
      readonly timezone: string | null;
    }
  | ({ readonly kind: 'hours' } & StatedHours)
  | { readonly kind: 'any-time' }
  | { readonly kind: 'pinned'; readonly offsetMs: number }
  | { readonly kind: 'no-plan' }
  | {
      readonly kind: 'planned';
      readonly offsetMs: number;
      readonly reason: Reason;
      readonly plannedAtMs: number;
      readonly isStale: boolean;
    }
  /** What the plan keeps starts out of. */
  | { readonly kind: 'avoids'; readonly hourStarts: boolean; readonly peaks: readonly string[] };

/** The hours that one level states. */
interface StatedHours {
  readonly owner: HoursOwner;
  readonly timezone: string;
  readonly windows: readonly string[];
  /** Those whose dates are over are left out. */
  readonly blackouts: readonly { readonly text: string; readonly reason: string | null }[];
  readonly peaks: readonly string[];
}

/** A blackout of dates may last into the day after. */
const ENDED_AFTER_MS = 2 * 86_400_000;

export function findStart(facts: JobFacts, { schedule, timetable }: Scheduled): StartFinding[] {
  const { hours, nowMs } = facts;
  const stated = hours.levels.map((level) => statedHours(level, nowMs));
  return [
    {
      kind: 'timetable',
      written: writtenText(schedule),
      resolved: resolvedText(timetable),
      timezone: timetable.kind === 'cron' ? timetable.timezone : null,
    },
    ...(stated.length === 0 ? [{ kind: 'any-time' } as const] : stated),
    ...planFindings(facts, { schedule }),
  ];
}

function statedHours({ owner, timezone, windows, blackouts, peaks }: HoursLevel, nowMs: number): StartFinding {
  const today = localOf(timezone, nowMs);
  const isToCome = ({ dates }: HoursRule): boolean =>
    dates === null || dates.some(({ last }) => last + ENDED_AFTER_MS > today);
  return {
    kind: 'hours',
    owner,
    timezone,
    windows: windows.map(({ text }) => text),
    blackouts: blackouts.filter(isToCome).map(({ text, reason }) => ({ text, reason })),
    peaks: peaks.map(({ text }) => text),
  };
}

function planFindings({ plan, hours }: JobFacts, { schedule }: Pick<Scheduled, 'schedule'>): StartFinding[] {
  const pinnedMs = pinnedOffsetMs(schedule);
  if (pinnedMs !== null) return [{ kind: 'pinned', offsetMs: pinnedMs }];
  if (plan === null) return [{ kind: 'no-plan' }];
  const { offsetMs, reason, plannedAtMs, isStale } = plan;
  const hourStarts = schedule.avoidHourStart !== false;
  const peaks = hours.levels.flatMap((level) => level.peaks.map(({ text }) => text));
  const avoids = hourStarts || peaks.length > 0 ? [{ kind: 'avoids', hourStarts, peaks } as const] : [];
  return [{ kind: 'planned', offsetMs, reason, plannedAtMs, isStale }, ...avoids];
}

/** A finding in a sentence, without its full stop. */
export function sayStart(finding: StartFinding, at: InstantText): string {
  switch (finding.kind) {
    case 'timetable': {
      const { written, resolved, timezone } = finding;
      const times = written === resolved ? written : `${written}, which is ${resolved}`;
      return `its slots: ${times}${timezone === null ? '' : `, in ${timezone}`}`;
    }
    case 'any-time':
      return 'no hours are stated for it: it may run at any time';
    case 'hours':
      return sayHours(finding);
    case 'pinned':
      return `its job file pins the start to ${durationOf(finding.offsetMs)} after the slot or the opening of its hours`;
    case 'no-plan':
      return 'no plan knows it yet, so that it starts at its slot, or the opening of its hours: the daemon plans when it starts';
    case 'planned': {
      const stale = finding.isStale ? '; job files or limits have changed since, and its next start plans anew' : '';
      const offset = finding.offsetMs === 0 ? 'at once at' : `${durationOf(finding.offsetMs)} after`;
      return `the plan of ${at(finding.plannedAtMs)} starts it ${offset} its slot, or the opening of its hours: ${describeReason(finding.reason)}${stale}`;
    }
    case 'avoids': {
      const hourStarts = finding.hourStarts ? ['the first ten minutes of each hour'] : [];
      const peaks = finding.peaks.length > 0 ? [`the peaks ${finding.peaks.join(', ')}`] : [];
      return `where there is a choice, the plan keeps out of ${[...hourStarts, ...peaks].join(' and ')}`;
    }
  }
}

function sayHours({ owner, timezone, windows, blackouts, peaks }: StatedHours): string {
  const parts = [
    ...(windows.length > 0 ? [`windows ${windows.join(', ')}`] : []),
    ...blackouts.map(({ text, reason }) => `blackout ${text}${reason === null ? '' : ` (${reason})`}`),
    ...(peaks.length > 0 ? [`peaks ${peaks.join(', ')}`] : []),
  ];
  return `hours of ${ownerText(owner)}: ${parts.length > 0 ? parts.join('; ') : 'any time'}, in ${timezone}`;
}

function durationOf(ms: number): string {
  return ms === 0 ? '0 min' : formatDuration(ms);
}
