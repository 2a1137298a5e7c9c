import { z } from 'zod';
import { strictShape } from '../../job/faults';
import type { Reading } from '../../job/reading';
import { pickScope } from '../../job/scope';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { headerKey } from '../authentication';
import { type BudgetDefinition, inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import type { RuleContext } from '../error-reply';
import { present } from '../error-reply';
import { all, any, code, status, text } from '../match';
import { parseOptions } from '../options';
import type { HttpReply } from '../platform';
import { accessRefused, backoff, fatal, pause } from '../reaction';
import { objectOrNothing } from '../rest-reply';
import { retryAfter, type StatedWait } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One application at the Selling Partner API of Amazon, in one region. Every operation has a token bucket for each seller,
 * who stands in the scope as `user`. Access tokens live for an hour and go into the header `x-amz-access-token`; give rules
 * for `tokens` to have them renewed at api.amazon.com.
 */
export interface SpApiOptions extends AccountOptions {
  /**
   * The usage plan of operations, by call: `{ 'GET /orders/v0/orders': { rate: 0.0167, burst: 20 } }`. The figures of a seller
   * may differ from those that are documented.
   */
  readonly plans?: Readonly<Record<string, UsagePlan>>;
}

export interface UsagePlan {
  /** Calls per second that come back. */
  readonly rate: number;
  /** Calls that the bucket holds, a whole number. */
  readonly burst: number;
}

type Plans = Readonly<Record<string, UsagePlan>>;

const PAGE = 'https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits';
const ERRORS_PAGE = 'https://developer-docs.amazon.com/sp-api/docs/troubleshoot-sp-api-errors';

/** Of the Orders API, as Amazon's models state them (source: https://github.com/amzn/selling-partner-api-models). */
const DOCUMENTED: Plans = {
  'GET /orders/v0/orders': { rate: 0.0167, burst: 20 },
  'GET /orders/v0/orders/{orderId}': { rate: 0.5, burst: 30 },
  'GET /orders/v0/orders/{orderId}/orderItems': { rate: 0.5, burst: 30 },
};
const MODELS = 'https://github.com/amzn/selling-partner-api-models';

const OPERATION = ['app', 'api', 'user'] as const;

/** Calls per second, in replies of status 20x, 400 and 404 only, and not always there. */
const RATE_HEADER = 'x-amzn-ratelimit-limit';

/** Despite its name no quota of a day: the bucket of the operation is empty, and no reply says until when. */
function throttles(plans: Plans): readonly Rule[] {
  const oneCall: StatedWait = ({ headers, context }) => {
    const rate = rateOf(headers) ?? plans[context.scope.api ?? '']?.rate ?? null;
    return rate === null ? null : Math.ceil(1_000 / rate);
  };
  const isThrottled = any(code('QuotaExceeded', 'TooManyRequests'), status(429));
  return [
    {
      match: all(isThrottled, (error) => oneCall(error) !== null),
      react: pause({ scope: OPERATION, stated: [retryAfter, oneCall], elseMs: 1_000 }),
      advice: 'Nothing to do: the next call of this operation comes back by itself.',
    },
    {
      match: isThrottled,
      react: pause({ scope: OPERATION, stated: [retryAfter], elseMs: 1_000, hidden: true }),
      advice: 'Give the usage plan of this operation, rate and burst, as `plans`.',
    },
  ];
}

const RULES: readonly Rule[] = [
  {
    match: text(/token\b.*\b(expired|revoked|malformed|invalid)/i),
    react: accessRefused(['app', 'user']),
    advice:
      'The access token is not accepted: it lives for an hour, and the seller may have withdrawn the authorisation.',
    page: ERRORS_PAGE,
  },
  {
    match: any(status(401), code('MissingAuthenticationToken')),
    react: accessRefused(['app', 'user']),
    advice: 'The request came without an access token: put it into the header x-amz-access-token.',
    page: ERRORS_PAGE,
  },
  {
    match: any(code('Unauthorized', 'AccessDenied', 'Forbidden'), status(403)),
    react: fatal(OPERATION),
    advice: 'The application lacks the role for this operation, or the seller has not authorised it.',
    page: ERRORS_PAGE,
  },
  {
    match: any(code('InternalFailure', 'InternalError', 'ServiceUnavailable'), status(500, 502, 503, 504)),
    react: backoff(['api']),
    advice: "Nothing to do: trouble on Amazon's side.",
    page: ERRORS_PAGE,
  },
  {
    match: any(code('InvalidInput', 'NotFound', 'InvalidRequest'), status(400, 404, 413, 415)),
    react: fatal(),
    advice: 'The request itself is wrong: see its parameters, and whether the marketplace is in this region.',
    page: ERRORS_PAGE,
  },
];

function accountOf(plans: Plans): AccountVendor {
  return {
    name: 'sp-api',
    baseUrl: 'https://sellingpartnerapi-na.amazon.com',
    origins: ['https://api.amazon.com'],
    day: UTC_DAY,
    budgets: [inFlight(5, ['app', 'user']), ...Object.entries(plans).map(budgetOf)],
    classify: classifyBy({
      page: PAGE,
      paths: {
        codes: ['errors.0.code', 'error'],
        texts: ['errors.0.details', 'errors.0.message', 'error_description'],
      },
      isError: present('errors.0'),
      rules: [...throttles(plans), ...RULES],
      success: objectOrNothing,
      readings: readingsOf(plans),
    }),
  };
}

export const spApi = vendor<SpApiOptions>(
  {
    name: 'sp-api',
    aliases: ['amazon', 'amazon-sp-api'],
    title: 'Amazon Selling Partner API',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'GET /orders/v0/orders', scope: { user: 'A1SELLER' } },
    example: () =>
      accountPlatform(accountOf(DOCUMENTED), {
        app: 'this',
        credentials: [headerKey('x-amz-access-token', secret('env:SP_API_TOKEN'))],
      }),
  },
  ({ plans, ...options }) => {
    const own = parseOptions('spApi', schema, { plans: plans ?? {} }).plans;
    return accountPlatform(accountOf({ ...DOCUMENTED, ...own }), options);
  },
);

const schema = strictShape({
  plans: z.record(
    z.string(),
    strictShape({ rate: z.number().min(0.001).max(1_000), burst: z.int().min(1).max(100_000) }),
  ),
});

/** A bucket that is full again after burst / rate seconds. */
function budgetOf([api, plan]: [string, UsagePlan]): BudgetDefinition {
  const name = api
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return {
    name: name.slice(-48).replace(/^[^a-z]+/, ''),
    limit: plan.burst,
    per: { bucketMs: bucketMs(plan), burst: plan.burst },
    scope: ['api', 'user'],
    only: { api: [api] },
    source: plan === DOCUMENTED[api] ? MODELS : 'config',
  };
}

function bucketMs({ rate, burst }: UsagePlan): number {
  return Math.ceil((burst / rate) * 1_000);
}

/** The rate that a reply states, as calls in the time that fills the operation's bucket. */
function readingsOf(plans: Plans): (reply: HttpReply, context: RuleContext) => Reading[] {
  return ({ headers }, { scope }) => {
    const plan = plans[scope.api ?? ''];
    const rate = rateOf(headers);
    if (!plan || rate === null) return [];
    const windowMs = bucketMs(plan);
    const limit = Math.round((rate * windowMs) / 1_000);
    return [{ limit, remaining: null, windowMs, resetInMs: null, scope: pickScope(scope, ['api', 'user']) }];
  };
}

function rateOf(headers: HttpReply['headers']): number | null {
  const stated = headers[RATE_HEADER]?.trim() ?? '';
  return /^\d{1,6}(\.\d{1,9})?$/.test(stated) && Number(stated) >= 0.001 ? Number(stated) : null;
}
