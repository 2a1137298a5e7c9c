import type { Conformance, Row } from '../../../src/platform/conformance';

/** 2026-03-01 02:00 UTC is still 28 February in California. */
const MIDNIGHT = '2026-03-01T08:00:00Z';

function refused(reason: string, message: string, { status = 403, domain = 'usageLimits' } = {}): Row['reply'] {
  return { status, body: { error: { code: status, message, errors: [{ domain, reason, message }] } } };
}

const named = (limit: string): string =>
  `Quota exceeded for quota metric 'Total Query Cost' and limit '${limit}' of service 'gmail.googleapis.com' for consumer 'project_number:1234'.`;

const newStyle = (quota_limit: string): Row['reply'] => ({
  status: 429,
  body: {
    error: {
      code: 429,
      message: 'Quota exceeded.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RATE_LIMIT_EXCEEDED',
          domain: 'googleapis.com',
          metadata: { quota_limit, service: 'sheets.googleapis.com' },
        },
      ],
    },
  },
});

const parks: Row['want'] = { kind: 'park', scope: ['app'], until: MIDNIGHT, code: 'QUOTA_DAY' };

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /gmail/v1/users/me/messages', scope: { user: 'someone@example.com' } },
  success: { messages: [], resultSizeEstimate: 0 },
  records: 'messages',
  rows: [
    {
      name: 'too fast',
      reply: refused('rateLimitExceeded', 'Rate Limit Exceeded'),
      want: { kind: 'backoff', scope: ['app'], code: 'rateLimitExceeded' },
    },
    {
      name: 'too fast, with a wait',
      reply: {
        ...refused('rateLimitExceeded', 'Rate Limit Exceeded', { status: 429 }),
        headers: { 'retry-after': '7' },
      },
      want: { kind: 'pause', scope: ['app', 'user'], forMs: 7_000 },
    },
    {
      name: 'too fast for one user',
      reply: refused('userRateLimitExceeded', 'User Rate Limit Exceeded'),
      want: { kind: 'backoff', scope: ['app', 'user'], code: 'userRateLimitExceeded' },
    },
    {
      name: 'too fast, with status 429',
      reply: refused('rateLimitExceeded', 'Resource has been exhausted (e.g. check quota).', {
        status: 429,
        domain: 'global',
      }),
      want: { kind: 'backoff', scope: ['app'] },
    },
    {
      name: 'the day of a project',
      reply: refused(
        'dailyLimitExceeded',
        'Daily Limit Exceeded. The quota will be reset at midnight Pacific Time (PT).',
      ),
      want: parks,
    },
    {
      name: 'the day of YouTube, in a domain of its own',
      reply: refused('quotaExceeded', 'The request cannot be completed because you have exceeded your quota.', {
        domain: 'youtube.quota',
      }),
      want: parks,
    },
    {
      name: 'an API that is not enabled, in the domain of the throttles',
      reply: refused(
        'accessNotConfigured',
        'Access Not Configured. Gmail API has not been used in project 1234 before.',
      ),
      want: { kind: 'fatal', scope: ['app'], code: 'accessNotConfigured', advice: /enable it/ },
    },
    {
      name: 'a request without a key, in the domain of the throttles',
      reply: refused('dailyLimitExceededUnreg', 'Daily Limit for Unauthenticated Use Exceeded.'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a minute of one user, named',
      reply: refused('rateLimitExceeded', named('Units per minute per user')),
      want: { kind: 'pause', scope: ['app', 'user'], forMs: 60_000, code: 'QUOTA_USER_MINUTE' },
    },
    {
      name: 'a minute of the project, named',
      reply: refused('rateLimitExceeded', named('Queries per minute'), { status: 429 }),
      want: { kind: 'pause', scope: ['app'], forMs: 60_000, code: 'QUOTA_MINUTE' },
    },
    {
      name: 'a hundred seconds of one user',
      reply: refused('quotaExceeded', named('Queries per 100 seconds per user')),
      want: { kind: 'pause', scope: ['app', 'user'], forMs: 100_000 },
    },
    { name: 'a day, named', reply: refused('rateLimitExceeded', named('Queries per day')), want: parks },
    {
      name: 'a day of one user, named',
      reply: refused('rateLimitExceeded', named('Queries per day per user')),
      want: { kind: 'park', scope: ['app', 'user'], until: MIDNIGHT, code: 'QUOTA_USER_DAY' },
    },
    {
      name: 'a minute, named in the details',
      reply: newStyle('ReadRequestsPerMinutePerUser'),
      want: { kind: 'pause', scope: ['app', 'user'], forMs: 60_000 },
    },
    { name: 'a day, named in the details', reply: newStyle('ReadRequestsPerDayPerProject'), want: parks },
    {
      name: 'a user of Gmail, until a time',
      reply: refused('rateLimitExceeded', 'User-rate limit exceeded.  Retry after 2026-03-01T02:01:30.961Z'),
      want: { kind: 'pause', scope: ['app', 'user'], forMs: 90_961, code: 'USER_RATE' },
    },
    {
      name: 'a user of Gmail, until a time that is far',
      reply: refused(
        'userRateLimitExceeded',
        'User-rate limit exceeded.  Retry after 2026-03-01T02:15:42.247Z (Forwarding rules)',
        { status: 429 },
      ),
      want: { kind: 'park', scope: ['app', 'user'], until: '2026-03-01T02:15:42.247Z' },
    },
    {
      name: 'trouble on their side',
      reply: refused('backendError', 'Backend Error', { status: 503, domain: 'global' }),
      want: { kind: 'backoff', scope: null, code: 'backendError' },
    },
    {
      name: 'a page token that is out of date',
      reply: refused('invalidPageToken', 'The request specifies an invalid page token.', { status: 400 }),
      want: { kind: 'rewind' },
    },
    {
      name: 'a token of synchronisation that is out of date',
      reply: refused('fullSyncRequired', 'Sync token is no longer valid, a full sync is required.', { status: 410 }),
      want: { kind: 'rewind' },
    },
    {
      name: 'a token that is not accepted',
      reply: refused('authError', 'Invalid Credentials', { status: 401, domain: 'global' }),
      want: { kind: 'fatal', scope: ['app', 'user'] },
    },
    {
      name: 'a permission, which is no throttle',
      reply: refused('insufficientPermissions', 'Insufficient Permission', { domain: 'global' }),
      want: { kind: 'fatal', scope: null, code: 'insufficientPermissions' },
    },
    {
      name: 'a storage that is full, which no rule knows',
      reply: refused('storageQuotaExceeded', 'The user has exceeded their Drive storage quota', { domain: 'global' }),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    { name: 'a deletion, which is answered with nothing', reply: { status: 204, body: '' }, want: { kind: 'ok' } },
    {
      name: 'nothing, where something was due',
      reply: { body: '' },
      want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
    },
  ],
};
