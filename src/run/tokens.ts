import type { Backoff, Fatal, Refused } from '../job/outcome';
import { pickScope, type Scope, scopeKey } from '../job/scope';
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
  /** The access token that the platform refused last: while its renewal is put off, it must not be sent again. */
  readonly #refused = new Map<string, string>();
  /** Renewed, but not saved: the old refresh token is dead, so that these are the only good ones. */
  readonly #unsaved = new Map<string, TokenSet>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** A token that should be good now for a call of this scope; null when the scope names no owner of tokens. */
  async current(scope: Scope): Promise<TokenAnswer | null> {
    const owner = this.#ownerOf(scope);
    if (!owner) return null;
    const underWay = this.#renewals.get(owner.name);
    if (underWay) return underWay;
    const known = await this.#load(owner.name);
    if (known && this.#isGood(owner.name, known)) return { kind: 'token', value: known.accessToken };
    this.#known.delete(owner.name); // somebody else may have renewed them in the source
    const tokens = await this.#load(owner.name);
    if (tokens && this.#isGood(owner.name, tokens)) return { kind: 'token', value: tokens.accessToken };
    return this.#renewOnce(owner, tokens);
  }

  /** After a refusal: the token that a neighbour has renewed or somebody has put into the source meanwhile, or a new one. */
  async replace(scope: Scope, refused: string): Promise<TokenAnswer> {
    const owner = this.#ownerOf(scope);
    if (!owner) return noToken({ name: scopeKey(scope), scope });
    this.#refused.set(owner.name, refused);
    if (this.#known.get(owner.name)?.accessToken === refused) this.#known.delete(owner.name);
    const tokens = await this.#load(owner.name);
    if (tokens && tokens.accessToken !== refused) return { kind: 'token', value: tokens.accessToken };
    return this.#renewOnce(owner, tokens);
  }

  /** The next call of this scope asks the source again. */
  forget(scope: Scope): void {
    const owner = this.#ownerOf(scope);
    if (!owner) return;
    this.#known.delete(owner.name);
    this.#refused.delete(owner.name);
  }

  #ownerOf(scope: Scope): Owner | null {
    const rules = this.#options.platform.tokens;
    const name = rules ? scope[rules.owner] : undefined;
    return rules && name !== undefined ? { name, scope: pickScope(scope, ['app', rules.owner]) } : null;
  }

  #isGood(owner: string, { accessToken, expiresAtMs }: TokenSet): boolean {
    const { platform, clock } = this.#options;
    if (this.#unsaved.has(owner) || this.#refused.get(owner) === accessToken) return false;
    if (platform.tokens?.renew == null || expiresAtMs === null) return true;
    return expiresAtMs > clock.nowMs() + EXPIRY_MARGIN_MS;
  }

  async #load(owner: string): Promise<TokenSet | null> {
    const known = this.#known.get(owner);
    if (known) return known;
    const loaded = await this.#options.source.load(owner);
    // A renewal may have ended while the source was read: what it read is out of date.
    const renewed = this.#known.get(owner);
    if (renewed) return renewed;
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

  #renewOnce(owner: Owner, tokens: TokenSet | null): Promise<TokenAnswer> {
    const underWay = this.#renewals.get(owner.name);
    if (underWay) return underWay;
    const renewal = this.#renew(owner, tokens).finally(() => this.#renewals.delete(owner.name));
    this.#renewals.set(owner.name, renewal);
    return renewal;
  }

  async #renew(owner: Owner, tokens: TokenSet | null): Promise<TokenAnswer> {
    const { name, scope } = owner;
    const renewed = this.#unsaved.get(name) ?? (await this.#ask(owner, tokens));
    if ('kind' in renewed) return ofOwner(renewed, scope);
    this.#keepSecret(name, renewed);
    this.#unsaved.set(name, renewed);
    await this.#options.source.save(name, renewed);
    this.#unsaved.delete(name);
    this.#refused.delete(name);
    this.#known.set(name, renewed);
    return { kind: 'token', value: renewed.accessToken };
  }

  async #ask(owner: Owner, tokens: TokenSet | null): Promise<TokenSet | Refused> {
    const { platform, http, vault, clock, signal } = this.#options;
    const auth: Auth = { reveal: (ref) => vault.reveal(ref), accessToken: null, nowMs: clock.nowMs() };
    const renewal = platform.tokens?.renew;
    const request = renewal?.request(tokens, auth);
    if (!renewal || !request) return noToken(owner);
    const result = await http.attempt(request, { origins: platform.origins, signal });
    return result.kind === 'failure'
      ? unreachable(result.code, result.reason)
      : renewal.parse(result.reply, clock.nowMs());
  }
}

/** Whose tokens they are, and the calls that need them. */
interface Owner {
  readonly name: string;
  readonly scope: Scope;
}

/** The token endpoint knows one owner, not the call that waits: what it refuses stops that owner's calls, no more and no less. */
function ofOwner(refused: Refused, scope: Scope): Refused {
  switch (refused.kind) {
    case 'pause':
    case 'park':
    case 'reauth':
    case 'fatal':
      return { ...refused, scope };
    case 'backoff':
    case 'rewind':
      return refused;
  }
}

function unreachable(code: string, reason: string): Backoff {
  return { kind: 'backoff', scope: null, code, reason: `token renewal: ${reason}` };
}

function noToken({ name, scope }: Owner): Fatal {
  return {
    kind: 'fatal',
    scope,
    code: 'NO_ACCESS_TOKEN',
    reason: `no usable access token for ${name}, and nothing to renew it from`,
    advice: 'Authorise the application again and give the new tokens to the token source.',
  };
}
