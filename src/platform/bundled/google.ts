import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, PACIFIC_DAY } from '../account';
import { bearer } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { present } from '../error-reply';
import { PER_DAY, PER_MINUTE, quota, retryDelay } from '../google-rpc';
import { all, any, code, header, not, status, text } from '../match';
import { accessRefused, backoff, fatal, park, pause, rewind } from '../reaction';
import { objectOrNothing } from '../rest-reply';
import { instantIn, retryAfter, secondsIn, untilNext } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One project at Google's APIs for Workspace (Gmail, Drive, Calendar, Sheets), Analytics or YouTube. Quotas belong to the
 * project; where they are counted per user, the partition's `user` says whose. Days are Pacific days. Give `baseUrl` where
 * the API is not at www.googleapis.com, and its quotas, which are in the Cloud console, as `budgets`.
 */
export type GoogleOptions = AccountOptions;

/** The limits of Analytics, which also says when days turn over. */
const PAGE = 'https://developers.google.com/analytics/devguides/limits-and-quotas';
const ERRORS_PAGE = 'https://developers.google.com/workspace/gmail/api/guides/handle-errors';
const YOUTUBE_PAGE = 'https://developers.google.com/youtube/v3/docs/errors';

const MINUTE_MS = 60_000;

/** A limit whose name says that it is counted for every user alone. */
const ofUser = quota(/per[\s_-]?user/i);
const PER_SECONDS = /per[\s_-]?\d+[\s_-]?seconds/i;

const STATED = [retryAfter, retryDelay, instantIn, secondsIn(/per (\d{1,5}) seconds/i)] as const;

const THROTTLES: readonly Rule[] = [
  {
    // It has the domain of the throttles, usageLimits, and is none.
    match: code('accessNotConfigured', 'SERVICE_DISABLED'),
    react: fatal(['app']),
    advice: 'The API is not enabled in the project: enable it in the Google Cloud console.',
  },
  {
    match: code('dailyLimitExceededUnreg', 'keyInvalid', 'keyExpired', 'ipRefererBlocked', 'API_KEY_INVALID'),
    react: fatal(['app']),
    advice: 'The request came without a key or a token that is accepted: see the credentials and their restrictions.',
  },
  {
    match: all(text(/retry after/i), (error) => instantIn(error) !== null),
    react: pause({ scope: ['app', 'user'], stated: [instantIn], elseMs: MINUTE_MS }),
    advice: 'Gmail has limited this user until the time that it states: do not ask before.',
    as: 'USER_RATE',
    page: ERRORS_PAGE,
  },
  {
    match: all(quota(PER_DAY), ofUser),
    react: park({ scope: ['app', 'user'], until: untilNext('day') }),
    advice: "The user's quota of the day is spent, until midnight Pacific time: ask for more in the Cloud console.",
    as: 'QUOTA_USER_DAY',
  },
  {
    match: any(quota(PER_DAY), all(code('dailyLimitExceeded', 'quotaExceeded'), not(quota(/./)))),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice: "The project's quota of the day is spent, until midnight Pacific time: ask for more in the Cloud console.",
    as: 'QUOTA_DAY',
  },
  {
    match: all(any(quota(PER_MINUTE), quota(PER_SECONDS)), ofUser),
    react: pause({ scope: ['app', 'user'], stated: STATED, elseMs: MINUTE_MS }),
    advice:
      'Nothing to do: a limit per user and minute. If it repeats, set a budget with the figure of the Cloud console.',
    as: 'QUOTA_USER_MINUTE',
  },
  {
    match: any(quota(PER_MINUTE), quota(PER_SECONDS)),
    react: pause({ scope: ['app'], stated: STATED, elseMs: MINUTE_MS }),
    advice: 'Nothing to do: a limit per minute. If it repeats, set a budget with the figure of the Cloud console.',
    as: 'QUOTA_MINUTE',
  },
  {
    match: all(any(status(429), code('rateLimitExceeded', 'userRateLimitExceeded')), header('retry-after', /\d/)),
    react: pause({ scope: ['app', 'user'], stated: [retryAfter], elseMs: MINUTE_MS }),
    advice: 'Nothing to do: too many requests, until the time that the reply states.',
    page: ERRORS_PAGE,
  },
  {
    match: code('userRateLimitExceeded'),
    react: backoff(['app', 'user']),
    advice: 'Nothing to do: too many requests for one user; they go on later and later.',
    page: ERRORS_PAGE,
  },
  {
    match: any(
      code('rateLimitExceeded', 'RATE_LIMIT_EXCEEDED', 'concurrentLimitExceeded', 'RESOURCE_EXHAUSTED'),
      status(429),
    ),
    react: backoff(['app']),
    advice: 'Nothing to do: too many requests; they go on later and later.',
    page: ERRORS_PAGE,
  },
];

const RULES: readonly Rule[] = [
  {
    match: code('backendError', 'internalError', 'UNAVAILABLE', 'INTERNAL', 'DEADLINE_EXCEEDED'),
    react: backoff(),
    advice: "Nothing to do: trouble on Google's side.",
    page: ERRORS_PAGE,
  },
  {
    match: code('invalidPageToken', 'fullSyncRequired'),
    react: rewind(),
    advice: 'Nothing to do: the page token is out of date, and the job goes back to its bookmark.',
    page: YOUTUBE_PAGE,
  },
  {
    match: any(code('authError', 'UNAUTHENTICATED'), status(401)),
    react: accessRefused(['app', 'user']),
    advice: 'The access token is not accepted: authorise the user again.',
    page: ERRORS_PAGE,
  },
  {
    match: code('insufficientPermissions', 'forbidden', 'domainPolicy', 'appNotAuthorizedToFile', 'PERMISSION_DENIED'),
    react: fatal(),
    advice: 'The token does not allow this: see its scopes, and what the user may see.',
    page: ERRORS_PAGE,
  },
];

const GOOGLE: AccountVendor = {
  name: 'google',
  baseUrl: 'https://www.googleapis.com',
  day: PACIFIC_DAY,
  budgets: [inFlight(10)],
  classify: classifyBy({
    page: PAGE,
    paths: {
      codes: [
        'error.errors.0.reason',
        'error.details.0.reason',
        'error.details.1.reason',
        'error.status',
        'error.code',
      ],
      texts: ['error.message', 'error.errors.0.message'],
    },
    isError: present('error'),
    rules: [...THROTTLES, ...RULES],
    success: objectOrNothing,
  }),
};

export const google = vendor<GoogleOptions>(
  {
    name: 'google',
    aliases: ['google-workspace', 'gmail', 'google-analytics', 'youtube'],
    title: 'Google APIs (Workspace, Analytics, YouTube)',
    support: 'classified',
    confidence: 'medium',
    page: PAGE,
    call: { api: 'GET /analytics/v3/data/ga', scope: { user: 'someone@example.com' } },
    example: () => accountPlatform(GOOGLE, { app: 'this', credentials: [bearer(secret('env:GOOGLE_TOKEN'))] }),
  },
  (options) => accountPlatform(GOOGLE, options),
);
