import type { Backoff, Fatal, Refused } from '../job/outcome';
import type { Scope } from '../job/scope';
import type { Http } from '../platform/http';
import type { Auth, Platform, TokenSet, TokenSource } from '../platform/platform';
import type { SecretVault } from '../secrets';
import type { Clock } from '../time/clock';

/** Tokens that end within this are renewed before they are used. */
const EXPIRY_MARGIN_MS = 5_000;

export type TokenAnswer = { readonly kind: 'token'; readonly value: string } | Refused;

export interface TokensOptions {
  readonly platform: Platform;
  readonly source: TokenSource;
  readonly http: Http;
  readonly vault: SecretVault;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * The access tokens of one platform. A renewal is single-flight per owner, and its result is saved before it is used: a
 * rotated refresh token that is lost locks the merchant out.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #known = new Map<string, TokenSet>();
  readonly #renewals = new Map<string, Promise<TokenAnswer>>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** A token that should be good now. */
  async current(owner: string, scope: Scope): Promise<TokenAnswer> {
    const tokens = await this.#load(owner);
    const { platform, clock } = this.#options;
    const renewable = platform.tokens?.renew != null;
    if (tokens && !(renewable && endsBefore(tokens, clock.nowMs() + EXPIRY_MARGIN_MS)))
      return { kind: 'token', value: tokens.accessToken };
    return this.#renewOnce(owner, scope, tokens);
  }

  /** After a refusal: the token that a neighbour has renewed meanwhile, or a new one. */
  async replace({ owner, scope, refused }: { owner: string; scope: Scope; refused: string }): Promise<TokenAnswer> {
    const tokens = await this.#load(owner);
    if (tokens && tokens.accessToken !== refused) return { kind: 'token', value: tokens.accessToken };
    return this.#renewOnce(owner, scope, tokens);
  }

  async #load(owner: string): Promise<TokenSet | null> {
    const known = this.#known.get(owner);
    if (known) return known;
    const loaded = await this.#options.source.load(owner);
    if (!loaded) return null;
    this.#keepSecret(owner, loaded);
    this.#known.set(owner, loaded);
    return loaded;
  }

  #keepSecret(owner: string, tokens: TokenSet): void {
    const { vault } = this.#options;
    vault.remember(tokens.accessToken, `[access token of ${owner}]`);
    if (tokens.refreshToken) vault.remember(tokens.refreshToken, `[refresh token of ${owner}]`);
  }

  #renewOnce(owner: string, scope: Scope, tokens: TokenSet | null): Promise<TokenAnswer> {
    const underWay = this.#renewals.get(owner);
    if (underWay) return underWay;
    const renewal = this.#renew(owner, scope, tokens).finally(() => this.#renewals.delete(owner));
    this.#renewals.set(owner, renewal);
    return renewal;
  }

  async #renew(owner: string, scope: Scope, tokens: TokenSet | null): Promise<TokenAnswer> {
    const { platform, http, vault, clock, source, signal } = this.#options;
    const auth: Auth = { reveal: (ref) => vault.reveal(ref), accessToken: null, nowMs: clock.nowMs() };
    const request = platform.tokens?.renew?.request(tokens, auth);
    if (!request) return noToken(owner, scope);
    const result = await http.attempt(request, { origins: platform.origins, signal });
    if (result.kind === 'failure') return unreachable(result.code, result.reason);
    const renewed = platform.tokens?.renew?.parse(result.reply, clock.nowMs()) ?? noToken(owner, scope);
    if ('kind' in renewed) return renewed;
    this.#keepSecret(owner, renewed);
    await source.save(owner, renewed);
    this.#known.set(owner, renewed);
    return { kind: 'token', value: renewed.accessToken };
  }
}

function endsBefore(tokens: TokenSet, atMs: number): boolean {
  return tokens.expiresAtMs !== null && tokens.expiresAtMs <= atMs;
}

function unreachable(code: string, reason: string): Backoff {
  return { kind: 'backoff', scope: null, code, reason: `token renewal: ${reason}` };
}

function noToken(owner: string, scope: Scope): Fatal {
  return {
    kind: 'fatal',
    scope,
    code: 'NO_ACCESS_TOKEN',
    reason: `no usable access token for ${owner}, and nothing to renew it from`,
    advice: 'Authorise the application again and give the new tokens to the token source.',
  };
}
