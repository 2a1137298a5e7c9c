import { CONFORMANCE_NOW_MS, type Conformance, type Row } from '../../../src/platform/conformance';

const NOW_S = CONFORMANCE_NOW_MS / 1_000;
const TYPES = 'https://iana.org/assignments/http-problem-types';

type Headers = Record<string, string>;

/** One refusal with each way to state a wait. */
function tooMany(name: string, headers: Headers, want: Partial<Row['want']>): Row {
  return { name, reply: { status: 429, headers, body: '' }, want: { kind: 'pause', scope: ['app'], ...want } };
}

interface ProblemReply {
  readonly status?: number;
  readonly headers?: Headers;
  readonly more?: object;
}

function problem(type: string, { status = 429, headers = {}, more = {} }: ProblemReply = {}): Row['reply'] {
  return { status, headers, body: { type: `${TYPES}#${type}`, title: 'Request cannot be satisfied now', ...more } };
}

const triple = (prefix: string, reset: number | string, remaining = 0): Headers => ({
  [`${prefix}-limit`]: '100',
  [`${prefix}-remaining`]: String(remaining),
  [`${prefix}-reset`]: String(reset),
});

const WAITS: readonly Row[] = [
  {
    name: 'a wait of years, which is no wait',
    reply: { status: 429, headers: { 'retry-after': '999999999' }, body: '' },
    want: { kind: 'pause', forMs: 1_000 },
  },
  {
    name: 'a wait that is over by the clock here',
    reply: { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, body: '' },
    want: { kind: 'pause', forMs: 100 },
  },
  tooMany('429 and nothing else', {}, { forMs: 1_000, code: 'HTTP_429' }),
  tooMany('Retry-After in seconds', { 'retry-after': '120' }, { forMs: 120_000 }),
  tooMany('Retry-After in decimals', { 'retry-after': '2.0' }, { forMs: 2_000 }),
  tooMany('Retry-After as a date', { 'retry-after': 'Sun, 01 Mar 2026 02:00:30 GMT' }, { forMs: 30_000 }),
  tooMany('Retry-After as a date of old', { 'retry-after': 'Sunday, 01-Mar-26 02:00:30 GMT' }, { forMs: 30_000 }),
  tooMany('a date that is past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, { forMs: 100 }),
  tooMany('milliseconds', { 'retry-after-ms': '1500', 'retry-after': '2' }, { forMs: 1_500 }),
  tooMany('Retry-After that cannot be read', { 'retry-after': 'soon' }, { forMs: 1_000 }),
  tooMany(
    'a wait too long for a run',
    { 'retry-after': '3600' },
    { kind: 'park', until: '2026-03-01T03:00:00Z', advice: /Too many calls/ },
  ),
  tooMany(
    'the RateLimit field',
    { ratelimit: '"default";r=0;t=30', 'ratelimit-policy': '"default";q=100;w=60' },
    { forMs: 30_000 },
  ),
  tooMany(
    'Retry-After before the RateLimit field',
    { 'retry-after': '5', ratelimit: '"default";r=0;t=30' },
    { forMs: 5_000 },
  ),
  tooMany(
    'several limits, of which one is spent',
    { ratelimit: '"minute";r=0;t=20, "day";r=90;t=7200' },
    { forMs: 20_000 },
  ),
  tooMany(
    'several limits that are spent: the longest',
    { ratelimit: '"second";r=0;t=1, "minute";r=0;t=45' },
    { forMs: 45_000 },
  ),
  tooMany('a limit that is not spent', { ratelimit: '"default";r=50;t=30' }, { forMs: 1_000 }),
  tooMany('one line of an older draft', { ratelimit: 'limit=100, remaining=0, reset=50' }, { forMs: 50_000 }),
  tooMany('three fields of an older draft', triple('ratelimit', 30), { forMs: 30_000 }),
  tooMany('three fields with an instant in them', triple('ratelimit', NOW_S + 30), { forMs: 30_000 }),
  tooMany('X-RateLimit in seconds from now', triple('x-ratelimit', 30), { forMs: 30_000 }),
  tooMany('X-RateLimit in seconds of the epoch', triple('x-ratelimit', NOW_S + 30), { forMs: 30_000 }),
  tooMany('X-RateLimit in milliseconds of the epoch', triple('x-ratelimit', CONFORMANCE_NOW_MS + 30_500), {
    forMs: 30_500,
  }),
  tooMany('X-Rate-Limit as a duration', triple('x-rate-limit', '1m30s'), { forMs: 90_000 }),
  tooMany('X-RateLimit in RFC 3339', triple('x-ratelimit', '2026-03-01T02:00:30Z'), { forMs: 30_000 }),
  tooMany('a reset that stands alone', { 'ratelimit-reset': String(NOW_S + 40) }, { forMs: 40_000 }),
  tooMany('a reset of the day', triple('x-ratelimit', NOW_S + 36_000), { kind: 'park', until: '2026-03-01T12:00:00Z' }),
  tooMany(
    'a minute that is spent and a day that is not',
    {
      ...triple('x-ratelimit', CONFORMANCE_NOW_MS + 36_000_000, 4_000),
      ...triple('x-ratelimit-minutely', CONFORMANCE_NOW_MS + 20_000),
    },
    { forMs: 20_000 },
  ),
];

const PROBLEMS: readonly Row[] = [
  {
    name: 'a quota that is exceeded',
    reply: problem('quota-exceeded', { headers: { ratelimit: '"daily";r=0;t=30' } }),
    want: { kind: 'pause', scope: ['app'], forMs: 30_000, code: 'QUOTA_EXCEEDED' },
  },
  {
    name: 'a quota that is exceeded, with Retry-After, which wins',
    reply: problem('quota-exceeded', { headers: { ratelimit: '"daily";r=0;t=30', 'retry-after': '7' } }),
    want: { kind: 'pause', scope: ['app'], forMs: 7_000 },
  },
  {
    name: 'a quota that is exceeded, by its name',
    reply: problem('quota-exceeded', {
      headers: { ratelimit: '"burst";r=0;t=2, "daily";r=0;t=7200' },
      more: { 'violated-policies': ['daily'] },
    }),
    want: { kind: 'park', scope: ['app'], until: '2026-03-01T04:00:00Z', code: 'QUOTA_EXCEEDED' },
  },
  {
    name: 'a quota that is exceeded, with another status',
    reply: problem('quota-exceeded', { status: 503 }),
    want: { kind: 'pause', scope: ['app'], forMs: 60_000, code: 'QUOTA_EXCEEDED' },
  },
  {
    name: 'less capacity for a while',
    reply: problem('temporary-reduced-capacity', { status: 503 }),
    want: { kind: 'backoff', scope: ['app'], code: 'REDUCED_CAPACITY' },
  },
  {
    name: 'less capacity for as long as it says',
    reply: problem('temporary-reduced-capacity', { headers: { 'retry-after': '20' } }),
    want: { kind: 'pause', scope: ['app'], forMs: 20_000, hidden: true },
  },
  {
    name: 'a usage that is called abnormal',
    reply: problem('abnormal-usage-detected', { headers: { 'retry-after': '20' } }),
    want: { kind: 'fatal', scope: ['app'], code: 'ABNORMAL_USAGE' },
  },
];

const REFUSALS: readonly Row[] = [
  {
    name: 'out of service, for as long as it says',
    reply: { status: 503, headers: { 'retry-after': '20' }, body: 'Service Unavailable' },
    want: { kind: 'pause', scope: ['app'], forMs: 20_000, hidden: true },
  },
  {
    name: 'out of service',
    reply: { status: 503, body: '' },
    want: { kind: 'backoff', scope: null, code: 'HTTP_503' },
  },
  {
    name: 'a limit that is spent, called forbidden',
    reply: { status: 403, headers: triple('x-ratelimit', 90), body: { message: 'Forbidden for now' } },
    want: { kind: 'pause', scope: ['app'], forMs: 90_000 },
  },
  {
    name: 'a permission, which no rule knows',
    reply: { status: 403, headers: triple('x-ratelimit', 90, 5), body: { code: 'forbidden', message: 'You may not' } },
    want: { kind: 'fatal', scope: null, code: 'forbidden', unrecognised: true },
  },
  {
    name: 'credentials that are not accepted',
    reply: { status: 401, body: { error: 'invalid_token', error_description: 'The token expired.' } },
    want: { kind: 'fatal', scope: ['app'] },
  },
  {
    name: 'a redirect',
    reply: { status: 302, headers: { location: '/login' }, body: '' },
    want: { kind: 'fatal', scope: null, code: 'HTTP_302' },
  },
  {
    name: 'a page where JSON was expected',
    reply: { body: '<html><body>Too many requests</body></html>' },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  { name: 'a list', reply: { body: [{ id: 1, error: 'Too many requests' }] }, want: { kind: 'ok' } },
  { name: 'nothing to say', reply: { status: 204, body: '' }, want: { kind: 'ok' } },
  {
    name: 'an envelope that might be an error: nothing is guessed',
    reply: { body: { code: 429, message: 'Too many requests' } },
    want: { kind: 'ok' },
  },
];

/** Under status 200: what says that it is an error is one, and what only could be is not. */
const UNDER_200: readonly Row[] = [
  ...[
    { error: { code: 'E1', message: 'something new' } },
    { error: 'something new' },
    { errors: [{ message: 'something new' }], data: null },
    { type: 'https://api.example.com/problems/new', title: 'something new', status: 500 },
  ].map(
    (body): Row => ({
      name: `${JSON.stringify(body)} under 200`,
      reply: { body },
      want: { kind: 'fatal', scope: null, unrecognised: true },
    }),
  ),
  ...[
    { error: null, data: [] },
    { error: {}, errors: [] },
    { error: '', ok: true },
    { error: false },
    { errors: [{ message: 'one field is missing' }], data: { orders: [] } },
    { type: 'order', status: 200 },
  ].map((body): Row => ({ name: `${JSON.stringify(body)} is a success`, reply: { body }, want: { kind: 'ok' } })),
];

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /v1/orders' },
  success: { orders: [], total: 0 },
  records: 'orders',
  rows: [...UNDER_200, ...WAITS, ...PROBLEMS, ...REFUSALS],
};
