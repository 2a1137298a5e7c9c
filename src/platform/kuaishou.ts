import { z } from 'zod';
import { OffpeakError } from '../errors';
import { strictShape } from '../job/faults';
import { isSecret, type Secret } from '../secrets';
import type { DayRule } from '../time/window';
import { type BudgetsOption, budgetsOption, withOverrides } from './budgets';
import { documentedBudgets } from './kuaishou-budgets';
import { classifyKuaishou } from './kuaishou-replies';
import { methodOf, SIGN_METHODS, type SignMethod, signedRequest } from './kuaishou-request';
import { tokenRenewal } from './kuaishou-tokens';
import {
  dayOption,
  guardOption,
  keyOption,
  originOption,
  parseOptions,
  reprobeOption,
  scopeName,
  secretOption,
} from './options';
import type { Auth, Platform, TokenRules } from './platform';
import { sourceOf, type TokensOption, tokensOption } from './tokens';

/** One app on the Kuaishou e-commerce open platform. */
export interface KuaishouOptions {
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
  /** Default https://openapi.kwaixiaodian.com. */
  readonly baseUrl?: string;
  /** When the daily quotas turn over. Default 00:00 Asia/Shanghai; the vendor says "the next day" and no zone. */
  readonly day?: DayRule;
  /** Default 2000, at most an hour. */
  readonly resetGuardMs?: number;
  /**
   * How often a scope that the platform put down is asked again before its reset: `'1h'`, from 1 minute to 1 day. Default
   * `false`, never: a refused call may count.
   */
  readonly reprobe?: string | false;
  /** Merchants on the app's list of test users: 2,000 calls a day each. At most 5. */
  readonly testUsers?: readonly string[];
  /** Figures that differ from the documented ones, and budgets of your own. */
  readonly budgets?: BudgetsOption;
  /** APIs whose HTTP method is guessed wrong from their name: `{ 'open.address.seller.create': 'GET' }`. */
  readonly methods?: Readonly<Record<string, 'GET' | 'POST'>>;
}

/** https://open.kwaixiaodian.com, "Rules for applying for app traffic". */
const TEST_USERS_MAX = 5;

const schema = strictShape({
  appKey: keyOption,
  signSecret: secretOption,
  appSecret: secretOption.optional(),
  tokens: tokensOption,
  signMethod: z.enum(SIGN_METHODS).default('HMAC_SHA256'),
  baseUrl: originOption.default('https://openapi.kwaixiaodian.com'),
  day: dayOption.default({ kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }),
  resetGuardMs: guardOption.default(2_000),
  reprobe: reprobeOption.default(null),
  testUsers: z.array(z.string().min(1)).max(TEST_USERS_MAX).default([]),
  budgets: budgetsOption.default({}),
  methods: z.record(z.string(), z.enum(['GET', 'POST'])).default({}),
});

/**
 * An app on the Kuaishou e-commerce open platform. A partition's scope names the merchant: `{ user: '3649418105' }`.
 * Throws CONFIG_INVALID.
 */
export function kuaishou(options: KuaishouOptions): Platform {
  const given = parseOptions('kuaishou', schema, options);
  const { signSecret, day } = given;
  const { origin } = new URL(given.baseUrl);
  const app = scopeName(given.appKey);
  const appKey = (auth: Auth): string => (isSecret(given.appKey) ? auth.reveal(given.appKey) : given.appKey);
  return {
    vendor: 'kuaishou',
    origins: [origin],
    day,
    resetGuardMs: given.resetGuardMs,
    reprobeMs: given.reprobe,
    budgets: withOverrides('kuaishou', documentedBudgets(given.testUsers), given.budgets),
    secrets: [given.appKey, signSecret, given.appSecret, ...secretsIn(given.tokens)].filter(isSecret),
    tokens: tokenRules(given, { origin, appKey }),
    scope: (call) => ({ ...call.scope, app, api: call.api }),
    request(call, auth) {
      const { user } = call.scope;
      if (user === undefined) {
        throw new OffpeakError(
          'JOB_INVALID',
          `call("${call.api}"): expected a merchant in the partition's scope, got none`,
          {
            hint: "Give the partition a scope: { key: '3649418105', scope: { user: '3649418105' } }.",
          },
        );
      }
      const credentials = {
        appKey: appKey(auth),
        signSecret: auth.reveal(signSecret),
        accessToken: tokenOf(auth, user),
      };
      const method = given.methods[call.api] ?? methodOf(call.api);
      return signedRequest(call, { origin, signMethod: given.signMethod, method, credentials, nowMs: auth.nowMs });
    },
    classify: (reply, context) => classifyKuaishou(reply, context, day),
  };
}

interface Endpoint {
  readonly origin: string;
  readonly appKey: (auth: Auth) => string;
}

function tokenRules({ appSecret, tokens }: z.output<typeof schema>, endpoint: Endpoint): TokenRules {
  const source = sourceOf(tokens);
  const isIssuedByHand = typeof source === 'object' && 'kind' in source && source.kind === 'static-tokens';
  return {
    owner: 'user',
    source,
    renew: appSecret && !isIssuedByHand ? tokenRenewal({ ...endpoint, appSecret }) : null,
  };
}

function secretsIn(tokens: TokensOption): unknown[] {
  return Object.values(tokens);
}

function tokenOf(auth: Auth, user: string): string {
  if (auth.accessToken !== null) return auth.accessToken;
  throw new OffpeakError('SECRET_MISSING', `no access token for user ${user}`, {
    hint: "Let the merchant authorise the app and add the token to the platform's tokens.",
  });
}
