import { OffpeakError } from '../errors';
import type { CatchUp, CatchUpPolicy, OverlapPolicy, Schedule } from '../job/definition';
import { describeValue } from '../job/faults';
import { parseDuration } from '../time/duration';

/** What a job does with slots that come while its run is not over, and with those that were missed. Nothing left out. */
export interface SlotPolicy {
  readonly overlap: OverlapPolicy;
  readonly catchUp: {
    readonly policy: CatchUpPolicy;
    readonly windowMs: number;
    readonly max: number;
    readonly spacingMs: number;
    readonly includePaused: boolean;
  };
}

/** Runs of one job that wait for their turn, with `queue-all`. */
export const QUEUED_RUNS_MAX = 10;
const CATCH_UP_RUNS_DEFAULT = 10;

const WINDOW_DEFAULT = '24h';
const WINDOW_MS_MAX = 366 * 86_400_000;
const SPACING_DEFAULT = '10m';
const SPACING_MS_MAX = 86_400_000;

/** Throws JOB_INVALID. */
export function parseSlotPolicy({ overlap = 'skip', catchUp = 'latest' }: Schedule): SlotPolicy {
  const options: CatchUp = typeof catchUp === 'string' ? { policy: catchUp } : catchUp;
  return {
    overlap,
    catchUp: {
      policy: options.policy ?? 'latest',
      windowMs: parseCatchUpWindow(options.window ?? WINDOW_DEFAULT),
      max: options.max ?? CATCH_UP_RUNS_DEFAULT,
      spacingMs: parseCatchUpSpacing(options.spacing ?? SPACING_DEFAULT),
      includePaused: options.includePaused ?? false,
    },
  };
}

/** How old a slot may be that is made up for. Throws JOB_INVALID. */
export function parseCatchUpWindow(text: string): number {
  const windowMs = parseDuration(text);
  if (windowMs !== null && windowMs > 0 && windowMs <= WINDOW_MS_MAX) return windowMs;
  throw new OffpeakError('JOB_INVALID', `expected a duration up to "366d", such as "24h", got ${describeValue(text)}`);
}

/** How far the starts of runs that make up for slots lie apart. Throws JOB_INVALID. */
export function parseCatchUpSpacing(text: string): number {
  const spacingMs = parseDuration(text);
  if (spacingMs !== null && spacingMs <= SPACING_MS_MAX) return spacingMs;
  throw new OffpeakError('JOB_INVALID', `expected a duration up to "24h", such as "10m", got ${describeValue(text)}`);
}
