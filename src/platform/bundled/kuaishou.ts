import { z } from 'zod';
import { OffpeakError } from '../../errors';
import { strictShape } from '../../job/faults';
import { isSecret, type Secret, secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { accessTokenOf } from '../authentication';
import { definePlatform } from '../define';
import { keyOption, keyText, parseOptions, scopeName, secretOption } from '../options';
import type { Auth, HttpRequest, Platform, PlatformCall, TokenRules } from '../platform';
import { definitionOf, type PlatformOptions, platformOptions } from '../platform-options';
import { sourceOf, type TokensOption, tokenFile, tokensOption } from '../tokens';
import { vendor } from '../vendor';
import { documentedBudgets } from './kuaishou/budgets';
import { DOCS } from './kuaishou/pages';
import { classifyKuaishou } from './kuaishou/replies';
import { methodOf, SIGN_METHODS, type SignMethod, signedRequest } from './kuaishou/request';
import { tokenRenewal } from './kuaishou/tokens';

/** One app on the Kuaishou e-commerce open platform. */
export interface KuaishouOptions extends PlatformOptions {
  /** `ks…`, also called client_id or app_id. */
  readonly appKey: string | Secret;
  /** Signs every request. Not the appSecret. */
  readonly signSecret: Secret;
  /** Renews tokens; without it, and with tokens that were issued by hand, none are renewed. */
  readonly appSecret?: Secret;
  /** Access tokens by merchant (kwai user id). */
  readonly tokens: TokensOption;
  /** Default HMAC_SHA256, the vendor's recommendation. */
  readonly signMethod?: SignMethod;
  /** Merchants on the app's list of test users: 2,000 calls a day each. At most 5. */
  readonly testUsers?: readonly string[];
  /** APIs whose HTTP method is guessed wrong from their name: `{ 'open.address.seller.create': 'GET' }`. */
  readonly methods?: Readonly<Record<string, 'GET' | 'POST'>>;
}

/** https://open.kwaixiaodian.com, "Rules for applying for app traffic". */
const TEST_USERS_MAX = 5;

const schema = strictShape({
  ...platformOptions,
  appKey: keyOption,
  signSecret: secretOption,
  appSecret: secretOption.optional(),
  tokens: tokensOption,
  signMethod: z.enum(SIGN_METHODS).default('HMAC_SHA256'),
  testUsers: z.array(z.string().min(1)).max(TEST_USERS_MAX).default([]),
  methods: z.record(z.string(), z.enum(['GET', 'POST'])).default({}),
});

/**
 * An app on the Kuaishou e-commerce open platform. A partition's scope names the merchant: `{ user: '3649418105' }`.
 * Throws CONFIG_INVALID.
 */
export const kuaishou = vendor<KuaishouOptions>(
  {
    name: 'kuaishou',
    aliases: ['kwai', 'kwaixiaodian'],
    title: 'Kuaishou e-commerce open platform',
    support: 'full',
    confidence: 'high',
    page: DOCS.limits,
    call: { api: 'open.order.cursor.list', scope: { user: 'this' } },
    example: () =>
      kuaishouPlatform({
        appKey: 'this',
        signSecret: secret('env:KUAISHOU_SIGN_SECRET'),
        tokens: tokenFile('data/tokens.json'),
      }),
  },
  kuaishouPlatform,
);

function kuaishouPlatform(options: KuaishouOptions): Platform {
  const given = parseOptions('kuaishou', schema, options);
  const { origin } = new URL(given.baseUrl ?? 'https://openapi.kwaixiaodian.com');
  return definePlatform({
    vendor: 'kuaishou',
    origins: [origin],
    // The vendor says "the next day" and no zone.
    ...definitionOf(options, { day: CHINA_DAY }),
    budgets: documentedBudgets(given.testUsers),
    secrets: [given.appKey, given.signSecret, given.appSecret, ...secretsIn(given.tokens)].filter(isSecret),
    tokens: tokenRules(given, origin),
    app: scopeName(given.appKey),
    request: (call, auth) => request(call, auth, { given, origin }),
    classify: classifyKuaishou,
  });
}

type Given = z.output<typeof schema>;

function request(call: PlatformCall, auth: Auth, { given, origin }: { given: Given; origin: string }): HttpRequest {
  const { user } = call.scope;
  if (user === undefined)
    throw new OffpeakError(
      'JOB_INVALID',
      `call("${call.api}"): expected a merchant in the partition's scope, got none`,
      { hint: "Give the partition a scope: { key: '3649418105', scope: { user: '3649418105' } }." },
    );
  const credentials = {
    appKey: keyText(given.appKey, auth),
    signSecret: auth.reveal(given.signSecret),
    accessToken: accessTokenOf(auth, `user ${user}`, NO_TOKEN_HINT),
  };
  const method = given.methods[call.api] ?? methodOf(call.api);
  return signedRequest(call, { origin, signMethod: given.signMethod, method, credentials, nowMs: auth.nowMs });
}

const NO_TOKEN_HINT = "Let the merchant authorise the app and add the token to the platform's tokens.";

function tokenRules({ appKey, appSecret, tokens }: Given, origin: string): TokenRules {
  const source = sourceOf(tokens);
  const isIssuedByHand = typeof source === 'object' && 'kind' in source && source.kind === 'static-tokens';
  const renew = appSecret && !isIssuedByHand ? tokenRenewal({ origin, appKey, appSecret }) : null;
  return { owner: 'user', source, renew };
}

function secretsIn(tokens: TokensOption): unknown[] {
  return Object.values(tokens);
}
