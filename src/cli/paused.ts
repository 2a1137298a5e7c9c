import { heldUntilMs, isOver, type OperatorPause, type Paused, pauseReason } from '../job/operator-pause';
import type { Job } from '../job/parse';
import { formatDuration } from '../time/duration';
import { type DayRule, formatInstant } from '../time/window';
import { color } from './color';
import { plain } from './print';
import { dayOf, type Project, UTC_DAY } from './project';

/** A pause without an end that is older was likely forgotten. */
const FORGOTTEN_AFTER_MS = 7 * 86_400_000;

/** `platform shop`, `job orders`. */
export function pausedName({ kind, name }: Paused): string {
  return `${kind} ${name}`;
}

/** The day by which instants of what is paused are shown. */
export function dayOfPaused(project: Project, { kind, name }: Paused): DayRule {
  const platform = kind === 'platform' ? name : project.jobs.find((job) => job.name === name)?.platform;
  return project.config.platforms[platform ?? '']?.day ?? UTC_DAY;
}

export function untilText(project: Project, pause: OperatorPause): string {
  if (pause.untilMs !== null) return `until ${formatInstant(pause.untilMs, dayOfPaused(project, pause))}`;
  return `until \`offpeak resume ${pause.kind === 'platform' ? '--platform ' : ''}${pause.name}\``;
}

/** A line for each pause, and what to do about one that seems forgotten. */
export function pauseLines(project: Project, pauses: readonly OperatorPause[], nowMs: number): string[] {
  return pauses.map((pause) => {
    const since = formatInstant(pause.sinceMs, dayOfPaused(project, pause));
    const line = `${color.yellow('paused')}  ${pausedName(pause)}  by ${plain(pause.by)} since ${since}, ${untilText(project, pause)}  ${color.dim(plain(pause.reason))}`;
    return isForgotten(pause, nowMs) ? `${line}\n        ${color.yellow(forgottenText(pause, nowMs))}` : line;
  });
}

export function isForgotten({ untilMs, sinceMs }: OperatorPause, nowMs: number): boolean {
  return untilMs === null && nowMs - sinceMs > FORGOTTEN_AFTER_MS;
}

export function forgottenText({ sinceMs }: OperatorPause, nowMs: number): string {
  return `for ${formatDuration(nowMs - sinceMs)}, and without an end: is it still meant?`;
}

/** When a paused job may go on, for a table: `paused`, `paused until …`; null for one that is not. */
export function pausedCell(project: Project, job: Job, of: { pauses: readonly OperatorPause[]; nowMs: number }) {
  const heldMs = heldUntilMs(of.pauses, job, of.nowMs);
  if (heldMs === of.nowMs) return null;
  return heldMs === Infinity ? 'paused' : `paused until ${formatInstant(heldMs, dayOf(project, job.name))}`;
}

/** Why a job rests, and until when; null when nobody has paused it. */
export function pausedText(project: Project, pauses: readonly OperatorPause[], job: Job): string | null {
  const own = pauses.filter((pause) => isOver(pause, job));
  if (own.length === 0) return null;
  return own.map((pause) => `${plain(pauseReason(pause))}, ${untilText(project, pause)}`).join('; ');
}
