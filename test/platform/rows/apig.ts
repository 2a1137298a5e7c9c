import type { Conformance, Row } from '../../../src/platform/conformance';

/** The body of the gateway's default response of type THROTTLED, and of its other types. */
const refused = (status: number, error_code: string, error_msg: string): Row['reply'] => ({
  status,
  body: { error_msg, error_code, request_id: '5dcb2bc3a1b4d4e6a0e1c7bd3f6f2c11' },
});

const over = (policy: string, limit: number, time: string): Row['reply'] =>
  refused(
    429,
    'APIG.0308',
    `The throttling threshold has been reached: policy ${policy} over ratelimit,limit:${limit},time:${time}`,
  );

const API = ['api'] as const;

export const CONFORMANCE: Conformance = {
  call: { api: 'GET /v1/orders' },
  success: { orders: [], total: 0 },
  records: 'orders',
  rows: [
    {
      name: 'the limit for users of a second',
      reply: over('user', 10, '1 second'),
      want: { kind: 'pause', scope: ['api', 'user'], forMs: 1_000, learned: 10, code: 'APIG.0308' },
    },
    {
      name: 'the limit for users of a minute',
      reply: over('user', 30, '1 minute'),
      want: { kind: 'pause', scope: ['api', 'user'], forMs: 60_000, learned: 0.5 },
    },
    {
      name: 'the limit for addresses',
      reply: over('ip', 5, '1 minute'),
      want: { kind: 'pause', scope: ['api', 'ip'], forMs: 60_000, learned: 5 / 60 },
    },
    {
      name: 'the limit for apps',
      reply: over('app', 300, '1 second'),
      want: { kind: 'pause', scope: ['api', 'app'], forMs: 1_000, learned: 300 },
    },
    {
      name: 'the limit of the API',
      reply: over('api', 800, '10 second'),
      want: { kind: 'pause', scope: API, forMs: 10_000, learned: 80 },
    },
    {
      name: 'a limit of an hour is too long to wait for inside of a run',
      reply: over('api', 100, '1 hour'),
      want: { kind: 'park', scope: API, until: '2026-03-01T03:00:00Z', advice: /throttle pull/ },
    },
    {
      name: 'a limit of a day: a whole window, wherever it began',
      reply: over('user', 1000, '1 day'),
      want: { kind: 'park', scope: ['api', 'user'], until: '2026-03-02T02:00:00Z' },
    },
    {
      name: 'a limit of several minutes',
      reply: over('app', 60, '3 minute'),
      want: { kind: 'pause', scope: ['api', 'app'], forMs: 180_000, learned: 60 / 180 },
    },
    {
      name: 'a policy word that is not known',
      reply: over('basic', 100, '1 minute'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 60_000, learned: 100 / 60 },
    },
    {
      name: 'a limit that names no figure',
      reply: refused(429, 'APIG.0308', 'The throttling threshold has been reached.'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 2_000 },
    },
    {
      name: 'a window that no policy can have',
      reply: over('api', 10, '999999999 day'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 2_000 },
    },
    {
      name: 'the code as an older client has it',
      reply: refused(429, 'APIGW.0308', 'The throttling threshold has been reached.'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 2_000, code: 'APIGW.0308' },
    },
    {
      name: 'the day of a model, in two envelopes at once',
      reply: {
        status: 429,
        body: {
          error: { code: 'APIG.0308', message: 'Daily quota exhausted', type: 'TooManyRequests' },
          error_code: 'APIG.0308',
          error_msg: 'Daily quota exhausted',
        },
      },
      want: { kind: 'park', scope: ['app'], until: '2026-03-01T16:00:00Z', code: 'APIG.0308', advice: /quota/ },
    },
    {
      name: 'the day of a domain for debugging',
      reply: over('domain', 1000, '1 day'),
      want: { kind: 'park', scope: ['app'], until: '2026-03-01T16:00:00Z', advice: /bind a domain of your own/ },
    },
    {
      name: "a model's calls of the minute",
      reply: refused(429, 'ModelArts.81101', 'Too many requests, exceeded rate limit is 10 requests per minute.'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 60_000, code: 'ModelArts.81101' },
    },
    {
      name: "a model's tokens of the minute",
      reply: refused(429, 'ModelArts.81103', 'Too many requests, exceeded rate limit is 10000 tokens per minute.'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 60_000, code: 'ModelArts.81103' },
    },
    {
      name: 'a body that the owner of the API has replaced',
      reply: { status: 429, body: { status: 'busy' } },
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 2_000, code: 'HTTP_429' },
    },
    {
      name: 'a replaced body that keeps the message',
      reply: { status: 429, body: { message: 'policy user over ratelimit,limit:10,time:1 minute' } },
      want: { kind: 'pause', scope: ['api', 'user'], forMs: 60_000, learned: 10 / 60 },
    },
    {
      name: 'no body, and a stated wait',
      reply: { status: 429, headers: { 'retry-after': '7' }, body: '' },
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 7_000 },
    },
    {
      name: 'the quota of an app',
      reply: refused(405, 'APIG.0501', 'The app quota has been used up.'),
      want: { kind: 'park', scope: ['app'], until: '2026-03-01T16:00:00Z', advice: /raise it/ },
    },
    {
      name: 'an app key that is wrong',
      reply: refused(401, 'APIG.0303', 'Incorrect app authentication information: app not found, appkey 01177c42'),
      want: { kind: 'fatal', scope: ['app'], code: 'APIG.0303', advice: /clock/ },
    },
    {
      name: 'a token that is wrong, where none are renewed',
      reply: refused(401, 'APIG.0301', 'Incorrect IAM authentication information.'),
      want: { kind: 'fatal', scope: ['app'], advice: /kind iam/ },
    },
    {
      name: 'an app that is not authorised',
      reply: refused(403, 'APIG.0304', 'The app is not authorized to access the API.'),
      want: { kind: 'fatal', scope: ['app', 'api'], advice: /authorised/ },
    },
    {
      name: 'an address that is not on the list',
      reply: refused(403, 'APIG.0402', 'The IP address is not authorized to access the API.'),
      want: { kind: 'fatal', scope: ['app'], advice: /access control/ },
    },
    {
      name: 'an API that is not there',
      reply: refused(404, 'APIG.0101', 'The API does not exist or has not been published in the environment.'),
      want: { kind: 'fatal', scope: null, advice: /stage/ },
    },
    {
      name: 'a backend that is away',
      reply: refused(502, 'APIG.0201', 'Backend unavailable.'),
      want: { kind: 'backoff', scope: null, code: 'APIG.0201' },
    },
    {
      name: 'a backend that is slow',
      reply: refused(504, 'APIG.0203', 'Backend timeout'),
      want: { kind: 'backoff', scope: null, code: 'APIG.0203' },
    },
    {
      name: 'a request that is too large',
      reply: refused(413, 'APIG.0201', 'Request entity too large.'),
      want: { kind: 'fatal', scope: null, advice: /12 MB/ },
    },
    {
      name: 'an error of the gateway that no rule knows',
      reply: refused(400, 'APIG.9876', 'Something new'),
      want: { kind: 'fatal', scope: null, code: 'APIG.9876', unrecognised: true },
    },
    {
      name: "an error of the API's own",
      reply: { status: 422, body: { code: 'ORDER_CLOSED', message: 'the order is closed' } },
      want: { kind: 'fatal', scope: null, code: 'ORDER_CLOSED', unrecognised: true },
    },
    {
      name: 'a list, which is no object',
      reply: { body: [{ id: 1 }] },
      want: { kind: 'ok' },
    },
    {
      name: 'the limit of an API, for a partition with an organisation of its own',
      reply: over('api', 10, '1 minute'),
      scope: { org: 'acme' },
      want: { kind: 'pause', scope: ['api'], forMs: 60_000, learned: 10 / 60 },
    },
  ],
};
