import { strictShape } from '../job/faults';
import { isSecret, type Secret } from '../secrets';
import type { AccountVendor } from './account';
import { accessTokenOf } from './authentication';
import { definePlatform } from './define';
import { keyOption, keyText, parseOptions, scopeName, secretOption } from './options';
import type { Auth, HttpRequest, Platform, PlatformCall, TokenRules } from './platform';
import { definitionOf, type PlatformOptions, platformOptions, requestOption } from './platform-options';
import type { RequestBuilder } from './rest';
import { sourceOf, type TokensOption, tokensOption } from './tokens';

/** One application whose requests are signed with its secret. A partition's scope names the shop: `{ user: '42' }`. */
export interface SignedAccountOptions extends PlatformOptions {
  readonly appKey: string | Secret;
  readonly appSecret: Secret;
  /** Access tokens by user (shop, merchant), issued by hand: they are not renewed. Left out where no API needs one. */
  readonly tokens?: TokensOption;
  /** Builds the requests instead. */
  readonly request?: RequestBuilder;
}

/** What a vendor's file says of it. */
export interface SignedVendor extends Pick<AccountVendor, 'name' | 'baseUrl' | 'day' | 'budgets' | 'classify'> {
  readonly sign: (call: PlatformCall, signer: Signer) => HttpRequest;
}

export interface Signer {
  readonly origin: string;
  readonly appKey: string;
  readonly appSecret: string;
  /** Null for a call of no user. */
  readonly accessToken: string | null;
  readonly nowMs: number;
}

/** The only content type of most signed gateways. */
export const FORM = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' } as const;

/** The platform of an application. Throws CONFIG_INVALID. */
export function signedPlatform(vendor: SignedVendor, options: SignedAccountOptions): Platform {
  const given = parseOptions(vendor.name, schema, options);
  const { appKey, appSecret, tokens } = given;
  const { origin } = new URL(given.baseUrl ?? vendor.baseUrl);
  return definePlatform({
    vendor: vendor.name,
    origins: [origin],
    ...definitionOf(options, vendor),
    budgets: vendor.budgets,
    secrets: [appKey, appSecret, ...secretsIn(tokens)].filter(isSecret),
    tokens: tokens ? tokenRules(tokens) : null,
    app: scopeName(appKey),
    request:
      given.request ??
      ((call, auth) =>
        vendor.sign(call, {
          origin,
          appKey: keyText(appKey, auth),
          appSecret: auth.reveal(appSecret),
          accessToken: tokenOf(call, auth, vendor.name),
          nowMs: auth.nowMs,
        })),
    classify: vendor.classify,
  });
}

const schema = strictShape({
  ...platformOptions,
  appKey: keyOption,
  appSecret: secretOption,
  tokens: tokensOption.optional(),
  request: requestOption,
});

function secretsIn(tokens: TokensOption | undefined): readonly unknown[] {
  return Object.values(tokens ?? {});
}

function tokenRules(tokens: TokensOption): TokenRules {
  return { owner: 'user', source: sourceOf(tokens), renew: null };
}

function tokenOf({ scope: { user } }: PlatformCall, auth: Auth, vendor: string): string | null {
  if (user === undefined) return auth.accessToken;
  const hint = `Let the shop authorise the application, and add the token to the tokens of ${vendor}().`;
  return accessTokenOf(auth, `user ${user}`, hint);
}
