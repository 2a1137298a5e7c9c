import type { Outcome } from '../../job/outcome';
import type { Reading } from '../../job/reading';
import { pickScope } from '../../job/scope';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { headerKey } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { isEnvelope } from '../envelope';
import type { RuleContext } from '../error-reply';
import { any, code, status, text } from '../match';
import type { HttpReply, PlatformCall } from '../platform';
import { accessRefused, backoff, fatal, pause } from '../reaction';
import { malformed } from '../refusal';
import { restReply } from '../rest-reply';
import { retryAfter } from '../stated-wait';
import { parseUrl } from '../url';
import { vendor } from '../vendor';
import { costOf, queryWait, throttleReadings } from './shopify/cost';

/**
 * One app in one store, over the Admin API: GraphQL (`call('POST /admin/api/2026-07/graphql.json', { query })`) and REST.
 * Limits are counted for every app and store apart: the store stands in the scope under the name `user`. A GraphQL call may
 * say what it costs, `cost: { points: 120 }`; what it really cost is settled from the reply. REST replies come as
 * `{ data, next }`.
 */
export interface ShopifyOptions extends AccountOptions {
  /** `https://example.myshopify.com` */
  readonly baseUrl: string;
  /** The store's plan, which sets its limits. Default `standard`. */
  readonly plan?: ShopifyPlan;
}

export type ShopifyPlan = 'standard' | 'advanced' | 'plus' | 'enterprise';

const PAGE = 'https://shopify.dev/docs/api/usage/limits';
const REST_PAGE = 'https://shopify.dev/docs/api/admin-rest/usage/rate-limits';
const GRAPHQL_PAGE = 'https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits';
const CODES_PAGE = 'https://shopify.dev/docs/api/usage/response-codes';

/** What a bucket gets back each second. Source: GRAPHQL_PAGE, REST_PAGE. */
const PER_SECOND: Readonly<Record<ShopifyPlan, { readonly points: number; readonly calls: number }>> = {
  standard: { points: 100, calls: 2 },
  advanced: { points: 200, calls: 4 },
  plus: { points: 1_000, calls: 20 },
  enterprise: { points: 2_000, calls: 40 },
};

/** Every bucket that has been seen holds what it gets back in 20 s: 40 calls at 2 a second, 1000 points at 50. */
const BUCKET_S = 20;

/** What a mutation costs, and so a fair guess for any query (source: GRAPHQL_PAGE). */
const POINTS_GUESSED = 10;

const STORE = ['app', 'user'] as const;

const RULES: readonly Rule[] = [
  {
    match: any(code('MAX_COST_EXCEEDED'), (error) => costOf(error.value)?.isTooLarge ?? false),
    react: fatal(),
    advice:
      'The query costs more than the bucket ever holds: ask for fewer records or fields, or use a bulk operation.',
    as: 'MAX_COST_EXCEEDED',
    page: GRAPHQL_PAGE,
  },
  {
    match: code('THROTTLED'),
    react: pause({ scope: STORE, stated: [queryWait, retryAfter], elseMs: 1_000 }),
    advice: 'Nothing to do: the points of the store come back by themselves. Give calls their cost to keep below.',
    page: GRAPHQL_PAGE,
  },
  {
    match: any(status(429), text(/exceeded \d+ calls? per second/i)),
    react: pause({ scope: STORE, stated: [retryAfter], elseMs: 1_000 }),
    advice: 'Nothing to do: the calls of the store come back by themselves.',
    page: REST_PAGE,
  },
  {
    match: any(status(401), text(/invalid api key or access token/i)),
    react: accessRefused(STORE),
    advice: 'The access token is not accepted: the app was removed from the store, or its token was replaced.',
    page: CODES_PAGE,
  },
  {
    match: any(status(402, 423, 430), code('SHOP_INACTIVE')),
    react: fatal(STORE),
    advice: 'The store cannot be reached: it is frozen, locked, or refuses this app.',
    page: CODES_PAGE,
  },
  {
    match: any(status(403), code('ACCESS_DENIED')),
    react: fatal(),
    advice: 'The app lacks the access scope for this: request it, and have the merchant accept it.',
    page: CODES_PAGE,
  },
  {
    match: any(status(500, 502, 504), code('INTERNAL_SERVER_ERROR', 'TIMEOUT')),
    react: backoff(),
    advice: "Nothing to do: trouble on Shopify's side.",
    page: CODES_PAGE,
  },
  {
    match: status(400, 404, 406, 422),
    react: fatal(),
    advice: 'The request itself is wrong: see its path, its version and its parameters.',
    page: CODES_PAGE,
  },
];

function accountOf(baseUrl: string, plan: ShopifyPlan = 'standard'): AccountVendor {
  const { points, calls } = PER_SECOND[plan];
  const bucket = (perSecond: number) => ({
    limit: perSecond * BUCKET_S,
    per: { bucket: `${BUCKET_S}s`, burst: perSecond * BUCKET_S },
  });
  return {
    name: 'shopify',
    baseUrl,
    day: UTC_DAY,
    scope: ({ scope }) => ({ user: scope.user ?? storeOf(baseUrl) }),
    cost: (call) => (isGraphql(call.api) ? { points: POINTS_GUESSED } : { 'rest-calls': 1 }),
    budgets: [
      inFlight(5, STORE),
      { name: 'graphql', ...bucket(points), unit: 'points', scope: STORE, source: GRAPHQL_PAGE },
      { name: 'rest', ...bucket(calls), unit: 'rest-calls', scope: STORE, source: REST_PAGE },
    ],
    classify: classifyBy({
      page: PAGE,
      paths: {
        codes: ['errors.0.extensions.code', 'errors.1.extensions.code'],
        texts: ['errors.0.message', 'errors', 'error', 'errors.base.0'],
      },
      isError: ({ errors }) =>
        errors !== undefined && errors !== null && !(Array.isArray(errors) && errors.length === 0),
      rules: RULES,
      success,
      readings,
    }),
  };
}

export const shopify = vendor<ShopifyOptions>(
  {
    name: 'shopify',
    title: 'Shopify Admin API',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'POST /admin/api/2026-07/graphql.json' },
    example: () =>
      accountPlatform(accountOf('https://example.myshopify.com'), {
        app: 'this',
        credentials: [headerKey('x-shopify-access-token', secret('env:SHOPIFY_TOKEN'))],
      }),
  },
  ({ plan, ...options }) => accountPlatform(accountOf(options.baseUrl, plan), options),
);

function isGraphql(api: PlatformCall['api']): boolean {
  return api.includes('/graphql');
}

function storeOf(baseUrl: string): string {
  return parseUrl(baseUrl)?.hostname ?? baseUrl;
}

function success(body: unknown, reply: HttpReply, { scope }: RuleContext): Outcome {
  if (!isGraphql(scope.api ?? '')) return restReply(body, reply);
  if (!isEnvelope(body)) return malformed();
  const actual = costOf(body)?.actual ?? null;
  return { kind: 'ok', body, ...(actual === null ? {} : { spent: { points: actual } }) };
}

const CALL_LIMIT = /^\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*$/;

/** `X-Shopify-Shop-Api-Call-Limit: 32/40`, used and held, or the bucket that a GraphQL reply tells of. */
function readings({ headers, body }: HttpReply, { scope }: RuleContext): Reading[] {
  const store = pickScope(scope, STORE);
  const [, used, limit] = CALL_LIMIT.exec(headers['x-shopify-shop-api-call-limit'] ?? '') ?? [];
  const ofCalls =
    used === undefined || !(Number(limit) > 0)
      ? []
      : [
          {
            limit: Number(limit),
            remaining: Math.max(0, Number(limit) - Number(used)),
            windowMs: null,
            resetInMs: null,
            unit: 'rest-calls',
          },
        ];
  const ofPoints = isGraphql(scope.api ?? '') ? throttleReadings(body) : [];
  return [...ofCalls, ...ofPoints].map((reading) => ({ ...reading, scope: store }));
}
