import type { Costs } from './cost';
import type { Reading } from './reading';
import type { Scope } from './scope';

/** What a platform's reply to one attempt means. Refusals are values: only `fatal` and a spent `backoff` fail a partition. */
export type Outcome = Ok | Refused;

/** Everything but success. */
export type Refused = Pause | Backoff | Park | Reauth | Rewind | Fatal;

interface Replied {
  /** What the reply says of limits, in its headers or its body. */
  readonly readings?: readonly Reading[];
}

export interface Ok extends Replied {
  readonly kind: 'ok';
  readonly body: unknown;
  /** What the reply says that the call really cost: takes the place of the estimate. Whole numbers, from 0. */
  readonly spent?: Costs;
}

interface Refusal extends Replied {
  /** The platform's own code, or ours in capitals where it has none: a key for counting, stable. */
  readonly code: string;
  /** One line for the operator, with the platform's own words. */
  readonly reason: string;
  /** What to do about it, in one line, with the vendor's page where there is one. */
  readonly advice?: string;
  /** An error that the platform's table does not know: kept with its body, so that it can be reported. */
  readonly unrecognised?: true;
}

/** The longest pause that is spent inside a run, ms; a longer wait is a park. */
export const PAUSE_MS_MAX = 5 * 60_000;

/** Too fast: hold the scope for seconds to minutes, then go on. Burns no retry. */
export interface Pause extends Refusal {
  readonly kind: 'pause';
  readonly scope: Scope;
  readonly forMs: number;
  /** A lower limit that the platform named, in calls per second for that scope. */
  readonly learnedPerSecond?: number;
  /**
   * The limit is one over all callers, which no budget of ours describes: the scope waits, and nothing is lowered for good.
   */
  readonly hidden?: true;
}

/** Something passing: try again later and later, a bounded number of times. With a scope, the neighbours wait too. */
export interface Backoff extends Refusal {
  readonly kind: 'backoff';
  readonly scope: Scope | null;
}

/** A quota is gone: put down everything in the scope until an instant. Not a failure. */
export interface Park extends Refusal {
  readonly kind: 'park';
  readonly scope: Scope;
  readonly untilMs: number;
  readonly advice: string;
}

/** The access token of the scope is no longer good: renew it, then one more attempt. */
export interface Reauth extends Refusal {
  readonly kind: 'reauth';
  readonly scope: Scope;
}

/** The resume position was rejected (an expired page token): go back to the bookmark. */
export interface Rewind extends Refusal {
  readonly kind: 'rewind';
}

/** No wait can cure it: credentials, permission, a bill, a request that is wrong. Tell a human. */
export interface Fatal extends Refusal {
  readonly kind: 'fatal';
  /** What else it would stop; null when it concerns this one request only. */
  readonly scope: Scope | null;
  readonly advice: string;
}
