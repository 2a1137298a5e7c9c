import type { Costs } from '../job/cost';
import type { Outcome, Refused } from '../job/outcome';
import type { Scope, ScopeName } from '../job/scope';
import type { Budget } from '../limit/budget';
import type { Secret } from '../secrets';
import type { DayRule } from '../time/window';

/**
 * One account at one vendor: where it is, what it allows, how it is spoken to and what its replies mean. Deciding code
 * only: everything here is pure, the HTTP edge sends what `request` returns.
 */
export interface Platform {
  readonly vendor: string;
  /** Requests may go to these origins only, redirects included. */
  readonly origins: readonly string[];
  /** When the daily quota turns over. */
  readonly day: DayRule;
  /** How far our clock and the platform's may be apart, ms: around a reset a call counts in both days. */
  readonly resetGuardMs: number;
  readonly budgets: readonly Budget[];
  /** Everything that must resolve before a call can be made. */
  readonly secrets: readonly Secret[];
  readonly tokens: TokenRules | null;
  /**
   * How often a scope that the platform put down is asked again before its reset, ms: a quota may come back in the middle
   * of a day. Null or left out for never, because a refused call may count.
   */
  readonly reprobeMs?: number | null;

  /** The whole scope of a call: the platform's own names added to the partition's. */
  scope(call: PlatformCall): Scope;
  /** Throws JOB_INVALID when the call cannot be expressed (a missing user, a parameter of the wrong kind). */
  request(call: PlatformCall, auth: Auth): HttpRequest;
  /** What the call will cost at most in the units of the budgets; before the attempt. Left out where all count calls. */
  cost?(call: PlatformCall): Costs;
  classify(reply: HttpReply, context: ClassifyContext): Outcome;
}

export interface PlatformCall {
  readonly api: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The partition's scope. */
  readonly scope: Scope;
  /** The job's own estimate of what it will cost: wins over the platform's. */
  readonly cost?: Costs;
}

export interface Auth {
  reveal(secret: Secret): string;
  /** Of the scope that TokenRules name; null for platforms without tokens. */
  readonly accessToken: string | null;
  readonly nowMs: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** How long the reply may take, ms, where it is longer than the usual bounds: a model thinks before it answers. */
  readonly timeoutMs?: number;
}

export interface HttpReply {
  readonly status: number;
  /** Lower-case names; repeated fields joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed, and decoded by the charset that the reply names: UTF-8 where it names none. */
  readonly body: string;
}

export interface ClassifyContext {
  /** The call's whole scope, as `scope()` returned it. */
  readonly scope: Scope;
  readonly nowMs: number;
}

/** The tokens of one scope (one merchant, one app). Every field is a secret except the instants. */
export interface TokenSet {
  readonly accessToken: string;
  readonly expiresAtMs: number | null;
  readonly refreshToken: string | null;
  /** When the refresh token ends, and with it the consent that it came from. Left out where that is not known. */
  readonly refreshExpiresAtMs?: number | null | undefined;
}

/** Where tokens come from and are kept: `load` by scope value, `save` durable before the new token is used. */
export interface TokenSource {
  load(owner: string): Promise<TokenSet | null>;
  save(owner: string, tokens: TokenSet): Promise<void>;
  /**
   * Notes durably that these tokens are about to be renewed, until `save`. Left out, a process that is killed in the middle
   * of a renewal finds that out at the owner's next call, when the old refresh token may be dead.
   */
  begin?(owner: string, tokens: TokenSet, nowMs: number): Promise<RenewalTurn>;
  /** Renewals that were begun and not saved, by processes that are gone. */
  unfinished?(nowMs: number): Promise<readonly UnfinishedRenewal[]>;
}

/** `changed`: the source holds other tokens by now. `busy`: another process renews them. */
export type RenewalTurn = 'begun' | 'changed' | 'busy';

export interface UnfinishedRenewal {
  readonly owner: string;
  readonly begunAtMs: number;
}

export interface TokenRules {
  /** Whose tokens: `user` for one per merchant, `app` for one in all. */
  readonly owner: ScopeName;
  readonly source: TokenSource | { readonly kind: 'token-file'; readonly path: string } | StaticTokens | 'memory';
  /** How to get the next set; null when tokens are made by hand. Called single-flight per owner. */
  readonly renew: TokenRenewal | null;
}

/** Tokens that were issued by hand, by owner; cannot be renewed. */
export interface StaticTokens {
  readonly kind: 'static-tokens';
  readonly byOwner: Readonly<Record<string, Secret>>;
}

export interface TokenRenewal {
  /** Null when there is nothing to renew from, such as a lost refresh token. */
  request(tokens: TokenSet | null, auth: Auth): HttpRequest | null;
  /** The new set, or why it was refused. */
  parse(reply: HttpReply, nowMs: number): TokenSet | Refused;
}
