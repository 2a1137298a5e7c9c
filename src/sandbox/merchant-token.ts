import { createHash } from 'node:crypto';
import type { KuaishouSettings } from './kuaishou-options';

/** Tokens remembered per merchant, the oldest forgotten first: a forgotten one is unknown, as good as expired. */
const TOKENS_PER_MERCHANT_MAX = 100;

interface Merchant {
  readonly userId: string;
  readonly accessTokenLifetimeMs: number;
  /** Inherited by every refresh token. */
  readonly authorizedUntilMs: number;
  issued: number;
  revoked: boolean;
  /** Old and new access tokens are good side by side until each expires (vendor page "APP授权说明", 6.2). */
  readonly accessTokens: Map<string, { expiresAtMs: number }>;
  readonly refreshTokens: Map<string, { diesAtMs: number }>;
}

export interface MerchantTokenPair {
  readonly accessToken: string;
  readonly expiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
}

export type AccessCheck = { kind: 'good'; userId: string } | { kind: 'expired' } | { kind: 'revoked'; userId: string };
export type Refresh =
  | { kind: 'refreshed'; userId: string; pair: MerchantTokenPair }
  | { kind: 'unknown' | 'discarded' | 'revoked' | 'expired' };

/** The access and refresh tokens of every merchant. */
export class MerchantTokens {
  readonly #seed: string;
  readonly #graceMs: number;
  readonly #merchants = new Map<string, Merchant>();
  readonly #ownerOfAccess = new Map<string, string>();
  readonly #ownerOfRefresh = new Map<string, string>();

  constructor(settings: KuaishouSettings, { seed, openedAtMs }: { seed: string; openedAtMs: number }) {
    this.#seed = seed;
    this.#graceMs = settings.refreshGraceMs;
    for (const userId of Object.keys(settings.merchants)) {
      const given = settings.tokens[userId];
      const merchant: Merchant = {
        userId,
        accessTokenLifetimeMs: given?.accessTokenLifetimeMs ?? settings.accessTokenLifetimeMs,
        authorizedUntilMs: openedAtMs + settings.refreshTokenLifetimeMs,
        issued: 0,
        revoked: false,
        accessTokens: new Map(),
        refreshTokens: new Map(),
      };
      this.#merchants.set(userId, merchant);
      this.#add(merchant, openedAtMs, {
        accessToken: given?.accessToken ?? `access-${userId}`,
        refreshToken: given?.refreshToken ?? `refresh-${userId}`,
      });
    }
  }

  check(accessToken: string, nowMs: number): AccessCheck {
    const merchant = this.#merchants.get(this.#ownerOfAccess.get(accessToken) ?? '');
    const token = merchant?.accessTokens.get(accessToken);
    if (!merchant || !token) return { kind: 'expired' };
    if (merchant.revoked) return { kind: 'revoked', userId: merchant.userId };
    return nowMs < token.expiresAtMs ? { kind: 'good', userId: merchant.userId } : { kind: 'expired' };
  }

  /** Issues the next pair and lets the refresh token that was used die, at once or after the grace. */
  refresh(refreshToken: string, nowMs: number): Refresh {
    const merchant = this.#merchants.get(this.#ownerOfRefresh.get(refreshToken) ?? '');
    const token = merchant?.refreshTokens.get(refreshToken);
    if (!merchant || !token) return { kind: 'unknown' };
    if (merchant.revoked) return { kind: 'revoked' };
    if (nowMs >= merchant.authorizedUntilMs) return { kind: 'expired' };
    if (nowMs >= token.diesAtMs) return { kind: 'discarded' };
    token.diesAtMs = Math.min(token.diesAtMs, nowMs + this.#graceMs);
    merchant.issued += 1;
    const pair = this.#add(merchant, nowMs, {
      accessToken: this.#invent('access', merchant),
      refreshToken: this.#invent('refresh', merchant),
    });
    return { kind: 'refreshed', userId: merchant.userId, pair };
  }

  /** The newest pair of a merchant; null for a merchant that does not exist. */
  current(userId: string): MerchantTokenPair | null {
    const merchant = this.#merchants.get(userId);
    const access = merchant && [...merchant.accessTokens].at(-1);
    const refreshToken = merchant && [...merchant.refreshTokens.keys()].at(-1);
    if (!merchant || !access || refreshToken === undefined) return null;
    const [accessToken, { expiresAtMs }] = access;
    return { accessToken, expiresAtMs, refreshToken, refreshExpiresAtMs: merchant.authorizedUntilMs };
  }

  /** The merchant withdraws the authorization. */
  revoke(userId: string): void {
    const merchant = this.#merchants.get(userId);
    if (merchant) merchant.revoked = true;
  }

  /** Ends every access token of a merchant, or of all. */
  expireAccess(userId?: string): void {
    for (const merchant of this.#merchants.values()) {
      if (userId !== undefined && merchant.userId !== userId) continue;
      for (const token of merchant.accessTokens.values()) token.expiresAtMs = Number.NEGATIVE_INFINITY;
    }
  }

  #add(merchant: Merchant, nowMs: number, texts: { accessToken: string; refreshToken: string }): MerchantTokenPair {
    const expiresAtMs = nowMs + merchant.accessTokenLifetimeMs;
    merchant.accessTokens.set(texts.accessToken, { expiresAtMs });
    merchant.refreshTokens.set(texts.refreshToken, { diesAtMs: merchant.authorizedUntilMs });
    this.#ownerOfAccess.set(texts.accessToken, merchant.userId);
    this.#ownerOfRefresh.set(texts.refreshToken, merchant.userId);
    forgetOldest(merchant.accessTokens, this.#ownerOfAccess);
    forgetOldest(merchant.refreshTokens, this.#ownerOfRefresh);
    return { ...texts, expiresAtMs, refreshExpiresAtMs: merchant.authorizedUntilMs };
  }

  #invent(kind: string, { userId, issued }: Merchant): string {
    const mark = createHash('sha256').update(`${this.#seed}/${kind}/${userId}/${issued}`).digest('hex').slice(0, 16);
    return `${kind}-${userId}-${issued}-${mark}`;
  }
}

function forgetOldest(tokens: Map<string, unknown>, owners: Map<string, string>): void {
  if (tokens.size <= TOKENS_PER_MERCHANT_MAX) return;
  const [oldest] = tokens.keys();
  if (oldest === undefined) return;
  tokens.delete(oldest);
  owners.delete(oldest);
}
