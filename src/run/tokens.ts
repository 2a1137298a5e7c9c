import type { Refused } from '../job/outcome';
import { pickScope, type Scope, scopeKey } from '../job/scope';
import type { Log } from '../log';
import type { TokenSet } from '../platform/platform';
import type { SecretVault } from '../secrets';
import { askForTokens, noToken, type Owner, type RenewalParts, renewedElsewhere } from './renewal';

/** Tokens that end within this are renewed before they are used. */
const EXPIRY_MARGIN_MS = 5_000;
/** A renewal whose reply was lost is asked for at each beat for so long; afterwards by the calls that need it. */
const URGENT_MS = 10 * 60_000;
/**
 * For so long after its start a process looks for renewals that others left half done: one in another container is taken
 * for alive until its reply can no longer come.
 */
const LOOK_MS = 5 * 60_000;
/** An operator is warned so long before a refresh token ends: merchants take their time to consent. */
const CONSENT_WARNING_MS = 14 * 86_400_000;

export type TokenAnswer = { readonly kind: 'token'; readonly value: string } | Refused;

export interface TokensOptions extends RenewalParts {
  readonly log: Log;
}

/**
 * The access tokens of one platform. A renewal is single-flight per owner, and its result is saved before it is used: a
 * rotated refresh token that is lost locks the merchant out. One whose end is not known is asked for again before anything
 * else, because the old refresh token lives on for minutes only.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #known = new Map<string, TokenSet>();
  readonly #renewals = new Map<string, Promise<TokenAnswer>>();
  /** The access token that the platform refused last: while its renewal is put off, it must not be sent again. */
  readonly #refused = new Map<string, string>();
  /** Renewed, but not saved: the old refresh token is dead, so that these are the only good ones. */
  readonly #unsaved = new Map<string, TokenSet>();
  /** Since when the end of a renewal is not known, by owner. */
  readonly #lost = new Map<string, number>();
  /** Whose renewals were found half done. */
  readonly #found = new Set<string>();
  #lookUntilMs = Number.NEGATIVE_INFINITY;

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

  /** Makes the renewals again that another process was killed in. Never throws: it is said in the log. */
  async recover(): Promise<void> {
    this.#lookUntilMs = this.#options.clock.nowMs() + LOOK_MS;
    await this.finish();
  }

  /** Asks again for renewals whose reply was lost, and saves what could not be saved. Never throws. */
  async finish(): Promise<void> {
    const { clock } = this.#options;
    if (clock.nowMs() < this.#lookUntilMs) await this.#look();
    const urgent = [...this.#lost].filter(([, sinceMs]) => clock.nowMs() < sinceMs + URGENT_MS).map(([name]) => name);
    await Promise.all([...new Set([...urgent, ...this.#unsaved.keys()])].map((name) => this.#finishOne(name)));
  }

  /** Waits for renewals under way: their replies must not be lost to an orderly end. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#renewals.values());
  }

  async #look(): Promise<void> {
    const { source, platform, clock, log } = this.#options;
    if (!platform.tokens?.renew || !source.unfinished) return;
    try {
      for (const { owner, begunAtMs } of await source.unfinished(clock.nowMs())) {
        if (this.#found.has(owner) || this.#renewals.has(owner)) continue;
        this.#found.add(owner);
        this.#lost.set(owner, clock.nowMs());
        log.warn(
          { owner, begunAt: new Date(begunAtMs).toISOString() },
          'a token renewal was interrupted: asking again',
        );
      }
    } catch (thrown) {
      log.error({ err: thrown }, 'interrupted token renewals cannot be looked up');
    }
  }

  async #finishOne(name: string): Promise<void> {
    const { log, platform } = this.#options;
    if (!platform.tokens || this.#renewals.has(name)) return;
    try {
      this.#known.delete(name);
      const answer = await this.#renewOnce({ name, scope: { [platform.tokens.owner]: name } }, await this.#load(name));
      if (answer.kind === 'token') log.info({ owner: name }, 'the interrupted token renewal was made again');
      else if (answer.kind === 'fatal') {
        const { code, reason, advice } = answer;
        log.error({ owner: name, code, advice }, `an interrupted token renewal came too late: ${reason}`);
      } else log.warn({ owner: name, code: answer.code }, `a token renewal is asked for again: ${answer.reason}`);
    } catch (thrown) {
      log.error({ owner: name, err: thrown }, 'renewed tokens could not be saved');
    }
  }

  #ownerOf(scope: Scope): Owner | null {
    const rules = this.#options.platform.tokens;
    const name = rules ? scope[rules.owner] : undefined;
    return rules && name !== undefined ? { name, scope: pickScope(scope, ['app', rules.owner]) } : null;
  }

  #isGood(owner: string, { accessToken, expiresAtMs }: TokenSet): boolean {
    const { platform, clock } = this.#options;
    if (this.#unsaved.has(owner) || this.#lost.has(owner) || this.#refused.get(owner) === accessToken) return false;
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
    rememberTokens(this.#options.vault, owner, tokens);
  }

  #renewOnce(owner: Owner, tokens: TokenSet | null): Promise<TokenAnswer> {
    const underWay = this.#renewals.get(owner.name);
    if (underWay) return underWay;
    const renewal = this.#renew(owner, tokens).finally(() => this.#renewals.delete(owner.name));
    this.#renewals.set(owner.name, renewal);
    return renewal;
  }

  async #renew(owner: Owner, tokens: TokenSet | null): Promise<TokenAnswer> {
    const { name } = owner;
    const unsaved = this.#unsaved.get(name);
    if (unsaved) return this.#save(name, unsaved);
    const asked = await askForTokens(this.#options, owner, tokens);
    switch (asked.kind) {
      case 'renewed':
        return this.#save(name, asked.tokens);
      case 'changed':
        return this.#takeChanged(owner);
      case 'lost':
        if (!this.#lost.has(name)) this.#lost.set(name, this.#options.clock.nowMs());
        return asked.outcome;
      case 'refused':
        if (asked.outcome.kind === 'fatal') this.#lost.delete(name);
        return asked.outcome;
    }
  }

  async #save(name: string, tokens: TokenSet): Promise<TokenAnswer> {
    this.#keepSecret(name, tokens);
    this.#unsaved.set(name, tokens);
    this.#lost.delete(name);
    await this.#options.source.save(name, tokens);
    this.#unsaved.delete(name);
    this.#refused.delete(name);
    this.#known.set(name, tokens);
    this.#warnOfEnd(name, tokens);
    return { kind: 'token', value: tokens.accessToken };
  }

  /** Another process has renewed them, or an operator has put new ones in. */
  async #takeChanged(owner: Owner): Promise<TokenAnswer> {
    const { name } = owner;
    this.#lost.delete(name);
    this.#known.delete(name);
    const tokens = await this.#load(name);
    return tokens && this.#isGood(name, tokens)
      ? { kind: 'token', value: tokens.accessToken }
      : renewedElsewhere(owner);
  }

  #warnOfEnd(owner: string, { refreshExpiresAtMs }: TokenSet): void {
    const { clock, log } = this.#options;
    if (refreshExpiresAtMs == null || refreshExpiresAtMs > clock.nowMs() + CONSENT_WARNING_MS) return;
    const endsAt = new Date(refreshExpiresAtMs).toISOString();
    log.warn({ owner, endsAt }, 'an authorisation ends soon: have it given again and store the new tokens before');
  }
}

/** From now on they are scrubbed, each by whose it is. */
export function rememberTokens(
  vault: Pick<SecretVault, 'remember'>,
  owner: string,
  { accessToken, refreshToken }: Pick<TokenSet, 'accessToken' | 'refreshToken'>,
): void {
  vault.remember(accessToken, `[access token of ${owner}]`);
  if (refreshToken) vault.remember(refreshToken, `[refresh token of ${owner}]`);
}
