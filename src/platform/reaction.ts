import {
  type Backoff,
  type Fatal,
  PAUSE_MS_MAX,
  type Park,
  type Pause,
  type Reauth,
  type Rewind,
} from '../job/outcome';
import type { Scope, ScopeName } from '../job/scope';
import type { ErrorReply } from './error-reply';
import { WAIT_MS_MIN } from './stated-reset';
import { firstStated, type StatedWait } from './stated-wait';
import { scopeOf } from './stopped-scope';

/** What to do about an error: an outcome that still lacks the words. */
export type Reaction = (error: ErrorReply) => Draft;

export type Draft =
  | Wordless<Pause>
  | Wordless<Park>
  | Wordless<Backoff>
  | Wordless<Reauth>
  | Wordless<Rewind>
  | Wordless<Fatal>;

type Wordless<Of> = Omit<Of, 'code' | 'reason' | 'advice' | 'readings' | 'unrecognised'>;

/** The names of the call's scope that stop, or what the error itself names. */
export type Stops = readonly ScopeName[] | ((error: ErrorReply) => Scope);

interface WaitOptions {
  readonly scope: Stops;
  /** What the error states, in order of trust; the first that is stated counts. */
  readonly stated?: readonly StatedWait[];
}

export interface PauseOptions extends WaitOptions {
  /** How long where nothing is stated, ms. */
  readonly elseMs: number;
  /** A limit over all callers, which no budget of ours describes: it doubles with each refusal, and teaches nothing. */
  readonly hidden?: boolean;
  /** The limit that the error names, in calls per second. */
  readonly perSecond?: (error: ErrorReply) => number | null;
}

/** Too fast: wait a while inside the run. A stated wait of more than PAUSE_MS_MAX becomes a park. */
export function pause({ scope, stated = [], elseMs, hidden = false, perSecond }: PauseOptions): Reaction {
  return (error) => {
    const forMs = Math.max(WAIT_MS_MIN, firstStated(...stated)(error) ?? elseMs);
    const stops = stopped(scope, error);
    if (forMs > PAUSE_MS_MAX) return { kind: 'park', scope: stops, untilMs: error.context.nowMs + forMs };
    const learned = perSecond?.(error) ?? null;
    return {
      kind: 'pause',
      scope: stops,
      forMs,
      ...(learned === null || !(learned > 0) ? {} : { learnedPerSecond: learned }),
      ...(hidden ? { hidden: true as const } : {}),
    };
  };
}

export interface ParkOptions extends WaitOptions {
  /** Until when where nothing is stated: `untilNext('day')`. */
  readonly until: StatedWait;
}

/** A quota is gone: put the scope down until an instant, durably. */
export function park({ scope, stated = [], until }: ParkOptions): Reaction {
  return (error) => {
    const forMs = firstStated(...stated, until)(error) ?? 0;
    return { kind: 'park', scope: stopped(scope, error), untilMs: error.context.nowMs + Math.max(1_000, forMs) };
  };
}

/** Something passing on the platform's side. With a scope the neighbours wait too. */
export function backoff(scope: Stops | null = null): Reaction {
  return (error) => ({ kind: 'backoff', scope: scope && stopped(scope, error) });
}

/** The access token is no longer good. */
export function reauth(scope: Stops): Reaction {
  return (error) => ({ kind: 'reauth', scope: stopped(scope, error) });
}

/** The same for a vendor whose tokens may be of either kind: a token that nobody can renew needs a human. */
export function accessRefused(scope: Stops): Reaction {
  return (error) =>
    error.context.tokenOwner === null ? fatal(scope)(error) : reauth([error.context.tokenOwner])(error);
}

/** The resume position was rejected. */
export function rewind(): Reaction {
  return () => ({ kind: 'rewind' });
}

/** No wait can cure it; with a scope it would stop every other call of it too. */
export function fatal(scope: Stops | null = null): Reaction {
  return (error) => ({ kind: 'fatal', scope: scope && stopped(scope, error) });
}

function stopped(scope: Stops, error: ErrorReply): Scope {
  return typeof scope === 'function' ? scope(error) : scopeOf(error.context, scope);
}
