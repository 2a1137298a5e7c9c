import type { RateReading, Reading } from '../../job/reading';
import { pickScope } from '../../job/scope';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, UTC_DAY } from '../account';
import { bearer } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import type { RuleContext } from '../error-reply';
import { present } from '../error-reply';
import { all, any, code, status, text } from '../match';
import type { HttpReply } from '../platform';
import { accessRefused, backoff, fatal, park, pause, rewind } from '../reaction';
import { restReply } from '../rest-reply';
import { parseUrl } from '../url';
import { vendor } from '../vendor';

/**
 * One organisation at Salesforce, over its REST API. The organisation stands in the scope as `org`, by the host of its
 * instance. Its requests are counted over the last 24 hours, together with those of everybody else who calls it. Replies come
 * as `{ data, next }`; Salesforce itself tells of the next page as `data.nextRecordsUrl`.
 */
export interface SalesforceOptions extends AccountOptions {
  /** The instance: `https://acme.my.salesforce.com` */
  readonly baseUrl: string;
}

const LIMITS_PAGE =
  'https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm';
const ERRORS_PAGE = 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm';

const HOUR_MS = 3_600_000;

/** Long calls at once are limited, not their number: there is room when one of them ends. */
const CONCURRENT_MS = 10_000;

const RULES: readonly Rule[] = [
  {
    match: all(code('REQUEST_LIMIT_EXCEEDED'), text(/concurrent/i)),
    react: pause({ scope: ['org'], elseMs: CONCURRENT_MS, hidden: true }),
    advice:
      'Too many calls of more than 20 seconds at once in the organisation: lower in-flight, or ask for less at a time.',
    as: 'CONCURRENT_LIMIT',
  },
  {
    // Requests leave the count one by one, 24 hours after they were made. Nothing says when there is room: it is asked hourly.
    match: code('REQUEST_LIMIT_EXCEEDED'),
    react: park({ scope: ['org'], until: () => HOUR_MS }),
    advice:
      'The requests of the last 24 hours are spent, by all who call this organisation: see API Usage in its setup, or buy more.',
    as: 'QUOTA_24H',
  },
  {
    match: any(code('INVALID_SESSION_ID', 'INVALID_AUTH_HEADER'), status(401)),
    react: accessRefused(['org']),
    advice: 'The access token is not accepted: it expired, or is of another instance. Authorise again.',
    page: ERRORS_PAGE,
  },
  {
    match: code('UNABLE_TO_LOCK_ROW'),
    react: backoff(),
    advice:
      'Nothing to do at first: somebody else writes the same records. If it repeats, write them in order of their parent.',
    page: ERRORS_PAGE,
  },
  {
    match: any(code('SERVER_UNAVAILABLE', 'QUERY_TIMEOUT', 'UNKNOWN_EXCEPTION'), status(500, 502, 503, 504)),
    react: backoff(),
    advice: "Nothing to do at first: trouble on Salesforce's side, or a query that takes too long.",
    page: ERRORS_PAGE,
  },
  {
    match: code('INVALID_QUERY_LOCATOR'),
    react: rewind(),
    advice: 'Nothing to do: the position in the result is out of date, and the job goes back to its bookmark.',
    page: ERRORS_PAGE,
  },
  {
    match: code('API_DISABLED_FOR_ORG', 'API_CURRENTLY_DISABLED', 'ORG_LOCKED'),
    react: fatal(['org']),
    advice: 'The organisation does not let programs in: its edition, or its administrator, must allow the API.',
    page: ERRORS_PAGE,
  },
  {
    match: any(status(403), code('INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY')),
    react: fatal(),
    advice: 'The user may not do this: see its permissions.',
    page: ERRORS_PAGE,
  },
  {
    match: status(400, 404, 405, 409, 410, 412, 414, 415),
    react: fatal(),
    advice: 'The request itself is wrong: see the object, its fields and the version of the API.',
    page: ERRORS_PAGE,
  },
];

function accountOf(baseUrl: string): AccountVendor {
  return {
    name: 'salesforce',
    baseUrl,
    origins: ['https://login.salesforce.com', 'https://test.salesforce.com'],
    day: UTC_DAY,
    scope: ({ scope }) => ({ org: scope.org ?? parseUrl(baseUrl)?.hostname ?? baseUrl }),
    budgets: [
      inFlight(5, ['org']),
      // Of the smallest edition with the API; others have more with every licence, as the header tells.
      { name: 'org-24h', limit: 15_000, per: '24h', scope: ['org'], source: LIMITS_PAGE },
    ],
    classify: classifyBy({
      page: LIMITS_PAGE,
      paths: { codes: ['0.errorCode', 'errorCode', 'error'], texts: ['0.message', 'message', 'error_description'] },
      isError: present('errorCode'),
      rules: RULES,
      success: restReply,
      readings,
    }),
  };
}

export const salesforce = vendor<SalesforceOptions>(
  {
    name: 'salesforce',
    title: 'Salesforce REST API',
    support: 'classified',
    confidence: 'medium',
    page: LIMITS_PAGE,
    call: { api: 'GET /services/data/v66.0/query' },
    example: () =>
      accountPlatform(accountOf('https://acme.my.salesforce.com'), {
        app: 'this',
        credentials: [bearer(secret('env:SALESFORCE_TOKEN'))],
      }),
  },
  (options) => accountPlatform(accountOf(options.baseUrl), options),
);

const USAGE = /(api-usage|per-app-api-usage|api-bursts)=(\d{1,12})\/(\d{1,12})/g;

/**
 * `Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=17/250(appName=sample)`: used and allowed.
 * Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
 */
function readings({ headers }: HttpReply, { scope }: RuleContext): Reading[] {
  const stated = [...(headers['sforce-limit-info'] ?? '').matchAll(USAGE)];
  return stated
    .filter(([, , , limit]) => Number(limit) > 0)
    .map(([, name = '', used, limit]) => ({
      ...usage(Number(used), Number(limit)),
      name,
      windowMs: name === 'api-bursts' ? null : 24 * HOUR_MS,
      scope: pickScope(scope, name === 'per-app-api-usage' ? ['app', 'org'] : ['org']),
    }));
}

function usage(used: number, limit: number): RateReading {
  return { limit, remaining: Math.max(0, limit - used), windowMs: null, resetInMs: null };
}
