import type { Scope } from '../job/scope';
import type { Draw, Standing } from './quota';

/** What two platforms of the same API do not have in common: their limits, their errors, and the path in front. */
export interface ChatDialect {
  readonly apiKey: string;
  readonly replyTokens: readonly [number, number];
  /** `/v1`: in front of `/chat/completions`. */
  readonly root: string;
  /** Whether a stream states its usage without being asked. */
  readonly statesUsage: boolean;
  /** The limits that a call draws on, the one that is told first first. */
  draws(scope: Scope, tokens: number): Draw[];
  /** An error that a limit made. */
  refusal(spent: Draw, standing: Standing, atMs: number): ChatError;
  readonly errors: Readonly<Record<'noKey' | 'wrongKey' | 'noCredit' | 'noModel' | 'noInput' | 'noRoute', ChatError>>;
  /** On every reply to a good key. */
  headers(standingOf: (draw: Draw) => Standing, draws: readonly Draw[]): Readonly<Record<string, string>>;
}

export interface ChatError {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}
