import { CONFORMANCE_NOW_MS, type Conformance, type Row } from '../../../src/platform/conformance';

const SECONDARY =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID FA2D:87B1.';
const PRIMARY = 'API rate limit exceeded for user ID 1234.';
const GRAPHQL = { api: 'POST /graphql' };

function hour(remaining: number, inS: number, resource = 'core'): Record<string, string> {
  return {
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-used': String(5_000 - remaining),
    'x-ratelimit-reset': String(CONFORMANCE_NOW_MS / 1_000 + inS),
    'x-ratelimit-resource': resource,
  };
}

function refused(status: number, message: string, headers: Record<string, string> = {}): Row['reply'] {
  return {
    status,
    headers,
    body: { message, documentation_url: 'https://docs.github.com/rest', status: String(status) },
  };
}

const hidden: Row['want'] = { kind: 'pause', scope: ['app'], hidden: true };

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /repos/acme/parcels/issues' },
  success: { id: 1, title: 'A parcel is late', labels: [] },
  records: 'labels',
  rows: [
    {
      name: 'the hour is spent',
      reply: refused(403, PRIMARY, hour(0, 1_200)),
      want: { kind: 'park', scope: ['app', 'model'], until: '2026-03-01T02:20:00Z', code: 'PRIMARY_LIMIT' },
    },
    {
      name: 'the hour is spent, with status 429',
      reply: refused(429, PRIMARY, hour(0, 90)),
      want: { kind: 'pause', scope: ['app', 'model'], forMs: 90_000 },
    },
    {
      name: 'the minute of searches is spent',
      reply: refused(403, PRIMARY, hour(0, 40, 'search')),
      scope: { api: 'GET /search/issues' },
      want: { kind: 'pause', scope: { app: 'this', model: 'search' }, forMs: 40_000 },
    },
    {
      name: 'the hour of a resource that the path does not tell of',
      reply: refused(403, PRIMARY, hour(0, 40, 'dependency_snapshots')),
      want: { kind: 'pause', scope: ['app', 'api', 'model'], forMs: 40_000 },
    },
    {
      name: 'the hour of an anonymous address',
      reply: refused(
        403,
        'API rate limit exceeded for 203.0.113.7. (But here is the good news: authenticated requests get more.)',
      ),
      want: { kind: 'pause', scope: ['app', 'model'], forMs: 60_000 },
    },
    {
      name: 'a secondary limit that states its wait',
      reply: refused(403, SECONDARY, { ...hour(4_000, 1_200), 'retry-after': '77' }),
      want: { ...hidden, forMs: 77_000, code: 'SECONDARY_LIMIT' },
    },
    {
      name: 'a secondary limit that states nothing: the reset of the hour is no answer',
      reply: refused(403, SECONDARY, hour(4_000, 1_200)),
      want: { ...hidden, forMs: 60_000 },
    },
    {
      name: 'a secondary limit with the hour spent too',
      reply: refused(429, SECONDARY, hour(0, 200)),
      want: { ...hidden, forMs: 200_000 },
    },
    {
      name: 'a secondary limit on what is written',
      reply: refused(
        403,
        'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.',
      ),
      want: { ...hidden, forMs: 60_000 },
    },
    {
      name: 'the name that the secondary limit had before',
      reply: refused(403, 'You have triggered an abuse detection mechanism. Please wait a few minutes.'),
      want: { ...hidden, forMs: 60_000 },
    },
    {
      name: 'GraphQL, its hour spent, under 200',
      reply: {
        headers: hour(0, 90, 'graphql'),
        body: { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1234.' }] },
      },
      scope: GRAPHQL,
      want: { kind: 'pause', scope: { app: 'this', model: 'graphql' }, forMs: 90_000, code: 'PRIMARY_LIMIT' },
    },
    {
      name: 'GraphQL, something that is not there, beside data',
      reply: {
        body: {
          data: { repository: null },
          errors: [
            {
              type: 'NOT_FOUND',
              path: ['repository'],
              message: "Could not resolve to a Repository with the name 'a/b'.",
            },
          ],
        },
      },
      scope: GRAPHQL,
      want: { kind: 'fatal', scope: null, code: 'NOT_FOUND' },
    },
    {
      name: 'GraphQL, a fault in the query, which no rule knows',
      reply: { body: { errors: [{ message: 'Parse error on "}"', locations: [{ line: 1, column: 2 }] }] } },
      scope: GRAPHQL,
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'a limit that is not named',
      reply: refused(429, 'Too many requests', { 'retry-after': '30' }),
      want: { ...hidden, forMs: 30_000 },
    },
    {
      name: 'a permission, which is no throttle',
      reply: refused(403, 'Resource not accessible by integration', hour(4_999, 3_000)),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a token that was revoked',
      reply: refused(401, 'Bad credentials'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    { name: 'what is not there', reply: refused(404, 'Not Found'), want: { kind: 'fatal', scope: null } },
    { name: 'trouble on their side', reply: refused(502, 'Server Error'), want: { kind: 'backoff', scope: null } },
    {
      name: 'a page of a list',
      reply: { headers: { link: '<https://api.github.com/x?page=2>; rel="next"' }, body: [{ message: PRIMARY }] },
      want: { kind: 'ok' },
    },
    { name: 'nothing to say', reply: { status: 204, body: '' }, want: { kind: 'ok' } },
    {
      name: 'faults in CODEOWNERS, which are what was asked for',
      reply: {
        body: {
          errors: [
            {
              line: 3,
              column: 1,
              kind: 'Invalid pattern',
              message: 'Invalid pattern on line 3',
              path: '.github/CODEOWNERS',
            },
          ],
        },
      },
      want: { kind: 'ok' },
    },
    { name: 'no errors at all', reply: { body: { data: {}, errors: [] } }, scope: GRAPHQL, want: { kind: 'ok' } },
  ],
};
