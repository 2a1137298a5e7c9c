import type { Job } from './parse';

/** What a pause stops: one job, or every job of a platform of the config. */
export interface Paused {
  readonly kind: 'job' | 'platform';
  readonly name: string;
}

/**
 * An operator says that a job or a platform shall rest: no run of it starts or goes on, and those under way are put down
 * after the present page. Not to be mixed up with the outcome `pause` of a call.
 */
export interface OperatorPause extends Paused {
  readonly reason: string;
  /** Who asked for it. */
  readonly by: string;
  readonly sinceMs: number;
  /** When it ends by itself; null: when somebody ends it. */
  readonly untilMs: number | null;
}

/** A pause as it is remembered. */
export interface RecordedPause extends OperatorPause {
  /** Who ended it before its instant, also by a pause in its place; null while it lasts, and when its instant ended it. */
  readonly end: { readonly atMs: number; readonly by: string } | null;
}

/** Pauses that have ended and stay, so that the slots that they skipped can be explained. */
export const ENDED_PAUSES_MAX = 1_000;

/** Port. None of it needs the lease: whoever holds the store looks again every few seconds. */
export interface OperatorPauseStore {
  /** Each in the place of the one that lasts for the same job or platform. Returns those that were replaced. */
  put(pauses: readonly OperatorPause[]): Promise<OperatorPause[]>;
  /** Ends the pauses that last, and returns them. */
  end(which: readonly Paused[], end: { by: string; nowMs: number }): Promise<OperatorPause[]>;
  /** Those that last at an instant, oldest first. */
  list(nowMs: number): Promise<OperatorPause[]>;
  /** Those that last and up to ENDED_PAUSES_MAX that have ended, newest first. */
  history(): Promise<RecordedPause[]>;
}

type Named = Pick<Job, 'name' | 'platform'>;

/** True when a pause stops this job. */
export function isOver({ kind, name }: Paused, job: Named): boolean {
  return name === (kind === 'job' ? job.name : job.platform);
}

/** The newest pause that stopped a job at an instant, which may be long ago; null when none did. */
export function pauseAt(history: readonly RecordedPause[], job: Named, atMs: number): RecordedPause | null {
  return history.find((pause) => isOver(pause, job) && pause.sinceMs <= atMs && atMs < endMs(pause)) ?? null;
}

/** The first instant from one on at which nothing of what lasts stops a job; Infinity while a pause without end does. */
export function heldUntilMs(lasting: readonly OperatorPause[], job: Named, fromMs: number): number {
  // When a pause began does not matter: it lasts, also after the clock was set back.
  return lasting
    .filter((pause) => isOver(pause, job))
    .reduce((heldMs, { untilMs }) => Math.max(heldMs, untilMs ?? Infinity), fromMs);
}

/** When a pause ended or will end; Infinity while nobody knows. */
export function endMs({ untilMs, end }: RecordedPause): number {
  return Math.min(untilMs ?? Infinity, end?.atMs ?? Infinity);
}

/** Why something rests, in one line. */
export function pauseReason({ kind, name, by, reason }: OperatorPause): string {
  const what = kind === 'platform' ? `platform ${name} paused` : 'paused';
  return `${what} by ${by}: ${reason}`;
}
