import type { Conformance, Row } from '../../../src/platform/conformance';

type Headers = Readonly<Record<string, string>>;

interface Parts {
  readonly type?: string | null;
  readonly code?: string | number | null;
  readonly status?: number;
  readonly headers?: Headers;
}

const error = (
  message: string,
  { type = null, code = null, status = 429, headers = {} }: Parts = {},
): Row['reply'] => ({
  status,
  headers,
  body: { error: { message, type, param: null, code } },
});

const streamed = (...events: readonly string[]): Row['reply'] => ({
  headers: { 'content-type': 'text/event-stream' },
  body: events.map((event) => `data: ${event}\n\n`).join(''),
});

const QUOTA =
  'You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.';
const MORE = 'Visit https://platform.openai.com/account/rate-limits to learn more.';
const reached = (limit: string): string =>
  `Rate limit reached for gpt-4o in organization org-x1y2 on ${limit}. ${MORE}`;
const piece = (content: string, finish: string | null = null): string =>
  JSON.stringify({ id: 'c1', choices: [{ index: 0, delta: { content }, finish_reason: finish }] });

const limit = { kind: 'pause', scope: ['app', 'model'] } as const;
const unnamed = { ...limit, forMs: 20_000, hidden: true } as const;
const closed = { kind: 'fatal', scope: ['app'] } as const;
const refused = { kind: 'fatal', scope: null } as const;
const EXCEEDED = { type: 'requests', code: 'rate_limit_exceeded' } as const;

const BILLS: readonly Row[] = [
  {
    name: 'no credit',
    reply: error(QUOTA, { type: 'insufficient_quota', code: 'insufficient_quota' }),
    want: { ...closed, code: 'insufficient_quota', advice: /billing/ },
  },
  {
    name: 'no credit, told by the type alone',
    reply: error(QUOTA, { type: 'insufficient_quota' }),
    want: closed,
  },
  {
    name: 'no credit, with headers that say that the limits have room',
    reply: error(QUOTA, {
      code: 'insufficient_quota',
      headers: { 'x-ratelimit-remaining-requests': '59', 'x-ratelimit-reset-requests': '1s', 'x-should-retry': 'true' },
    }),
    want: closed,
  },
  {
    name: 'the same code with a wait, as those send it who mean a limit',
    reply: error(QUOTA, { code: 'insufficient_quota', headers: { 'retry-after': '30' } }),
    want: { ...limit, forMs: 30_000 },
  },
  { name: 'the same sentence without the code: any limit', reply: error(QUOTA, { code: 429 }), want: unnamed },
  {
    name: 'the same words for a limit of calls at once, from Scaleway',
    reply: {
      status: 429,
      body: {
        status: 429,
        error: 'INSUFFICIENT QUOTA',
        message: 'You exceeded your current limit of concurrent requests.',
      },
    },
    want: { ...unnamed, code: 'HTTP_429' },
  },
  {
    name: 'a hard limit of one’s own',
    reply: error('Billing hard limit has been reached', { code: 'billing_hard_limit_reached', status: 400 }),
    want: closed,
  },
  { name: 'a balance that is used up', reply: error('Insufficient Balance', { status: 402 }), want: closed },
];

const LIMITS: readonly Row[] = [
  {
    name: 'requests of a minute, with milliseconds that go before the seconds',
    reply: error(reached('requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s'), {
      ...EXCEEDED,
      headers: { 'retry-after-ms': '1250', 'retry-after': '2' },
    }),
    want: { ...limit, forMs: 1_250, code: 'rate_limit_exceeded' },
  },
  {
    name: 'requests of a minute, with seconds',
    reply: error('x', { ...EXCEEDED, headers: { 'retry-after': '7' } }),
    want: { ...limit, forMs: 7_000 },
  },
  {
    name: 'requests of a minute, with a date',
    reply: error('x', { ...EXCEEDED, headers: { 'retry-after': 'Sun, 01 Mar 2026 02:00:12 GMT' } }),
    want: { ...limit, forMs: 12_000 },
  },
  {
    name: 'tokens of a minute: the reset of what is exhausted, not the longest',
    reply: error('x', {
      type: 'tokens',
      code: 'rate_limit_exceeded',
      headers: {
        'x-ratelimit-remaining-requests': '4999',
        'x-ratelimit-reset-requests': '6m0s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '41ms',
        'x-ratelimit-remaining-project-tokens': '0',
        'x-ratelimit-reset-project-tokens': '12s',
      },
    }),
    want: { ...limit, forMs: 12_000 },
  },
  {
    name: 'requests of a minute, by the sentence',
    reply: error(reached('tokens per min (TPM): Limit 10000, Used 8554, Requested 3082. Please try again in 9.816s'), {
      type: 'tokens',
      code: 'rate_limit_exceeded',
    }),
    want: { ...limit, forMs: 9_816 },
  },
  {
    name: 'a limit of a minute of which nothing more is said',
    reply: error('x', EXCEEDED),
    want: { ...limit, forMs: 10_000 },
  },
  {
    name: 'the same although the header says that trying again does not help: the limit is known',
    reply: error('x', { ...EXCEEDED, headers: { 'x-should-retry': 'false' } }),
    want: { ...limit, forMs: 10_000 },
  },
  {
    name: 'a limit that nobody names and that trying again does not help',
    reply: error('x', { headers: { 'x-should-retry': 'false' } }),
    want: { kind: 'fatal', scope: ['app', 'model'] },
  },
  {
    name: 'the same with a wait',
    reply: error('x', { headers: { 'x-should-retry': 'false', 'retry-after': '3' } }),
    want: { ...limit, forMs: 3_000 },
  },
  {
    name: 'requests of a day that refill in minutes',
    reply: error(
      reached('requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s'),
      EXCEEDED,
    ),
    want: { kind: 'park', scope: ['app', 'model'], until: '2026-03-01T02:07:12Z', code: 'rate_limit_exceeded' },
  },
  {
    name: 'requests of a day that refill in seconds',
    reply: error(
      reached('requests per day (RPD): Limit 10000, Used 10000, Requested 1. Please try again in 8.64s'),
      EXCEEDED,
    ),
    want: { ...limit, forMs: 8_640, hidden: true },
  },
  {
    name: 'tokens of a day without a reset',
    reply: error('Rate limit reached on tokens per day (TPD)', { code: 'rate_limit_exceeded' }),
    want: { kind: 'park', scope: ['app', 'model'], until: '2026-03-01T03:00:00Z' },
  },
  {
    name: 'a wait of a day, from Azure',
    reply: error('Requests have exceeded token rate limit. Please retry after 86400 seconds.', { code: '429' }),
    want: { kind: 'park', until: '2026-03-02T02:00:00Z' },
  },
  { name: 'a limit without a body', reply: { status: 429, body: '' }, want: unnamed },
  {
    name: 'a limit whose wait is absurd',
    reply: error('x', {
      ...EXCEEDED,
      headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1e9h' },
    }),
    want: { ...limit, forMs: 10_000 },
  },
];

const TROUBLE: readonly Row[] = [
  {
    name: 'a request that never fits into a minute',
    reply: error(
      'Request too large for gpt-4o in organization org-x1y2 on tokens per min (TPM): Limit 30000, Requested 30601. The input or output tokens must be reduced in order to run successfully.',
      { type: 'tokens', code: 'rate_limit_exceeded', headers: { 'retry-after': '1' } },
    ),
    want: refused,
  },
  {
    name: 'a prompt that is too long',
    reply: error("This model's maximum context length is 8192 tokens.", {
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
      status: 400,
    }),
    want: { ...refused, code: 'context_length_exceeded' },
  },
  {
    name: 'a wrong key',
    reply: error('Incorrect API key provided: sk-inv***ted.', {
      type: 'invalid_request_error',
      code: 'invalid_api_key',
      status: 401,
    }),
    want: { ...closed, code: 'invalid_api_key', advice: /apiKey/ },
  },
  { name: 'a wrong key, without a word', reply: { status: 401, body: '' }, want: { ...closed, code: 'HTTP_401' } },
  {
    name: 'a model that does not exist',
    reply: error('The model `gpt-9` does not exist or you do not have access to it.', {
      type: 'invalid_request_error',
      code: 'model_not_found',
      status: 404,
    }),
    want: { kind: 'fatal', scope: ['app', 'model'] },
  },
  {
    name: 'a country that is not served',
    reply: error('x', { code: 'unsupported_country_region_territory', status: 403 }),
    want: { kind: 'fatal', scope: ['app', 'model'] },
  },
  {
    name: 'a wrong request',
    reply: error('x', { type: 'invalid_request_error', status: 400 }),
    want: { ...refused, code: 'invalid_request_error' },
  },
  {
    name: 'a wrong request, from vLLM',
    reply: { status: 400, body: { object: 'error', message: 'x', type: 'BadRequestError', param: null, code: 400 } },
    want: refused,
  },
  {
    name: 'trouble on the other side',
    reply: error('The server had an error while processing your request', { type: 'server_error', status: 500 }),
    want: { kind: 'backoff', scope: ['app', 'model'] },
  },
  {
    name: 'an engine that is overloaded',
    reply: error('The engine is currently overloaded, please try again later', { status: 503 }),
    want: { kind: 'backoff', scope: ['app', 'model'] },
  },
  {
    name: 'an engine that is overloaded, with 429',
    reply: error('The engine is currently overloaded, please try again later'),
    want: { kind: 'backoff', scope: ['app', 'model'] },
  },
  {
    name: 'an engine that is overloaded, with a wait',
    reply: error('Slow Down', { status: 503, headers: { 'retry-after': '15' } }),
    want: { ...limit, forMs: 15_000, hidden: true },
  },
  { name: 'overload with 529', reply: error('x', { status: 529 }), want: { kind: 'backoff' } },
  { name: 'a conflict', reply: error('x', { status: 409 }), want: { kind: 'backoff', scope: null } },
  {
    name: 'a status of its own, to be tried again',
    reply: error('x', { status: 418, headers: { 'x-should-retry': 'true' } }),
    want: { kind: 'backoff' },
  },
  {
    name: 'a status of its own, not to be tried again',
    reply: error('x', { status: 418, headers: { 'x-should-retry': 'false' } }),
    want: refused,
  },
  { name: 'an error that is new', reply: error('x', { status: 418 }), want: { kind: 'fatal', unrecognised: true } },
  {
    name: 'an error with HTTP 200',
    reply: error('x', { code: 'brand_new', status: 200 }),
    want: { kind: 'fatal', unrecognised: true },
  },
];

const STREAMS: readonly Row[] = [
  {
    name: 'a limit in the middle of a stream',
    reply: streamed(piece('Hel'), '{"error":{"message":"x","type":"requests","code":"rate_limit_exceeded"}}'),
    want: { ...limit, forMs: 10_000 },
  },
  {
    name: 'a limit in a stream, with the status as its code',
    reply: streamed('{"error":{"message":"Rate limited upstream","code":429}}'),
    want: unnamed,
  },
  {
    name: 'trouble in a stream',
    reply: { body: `event: error\ndata: {"type":"server_error","message":"x"}\n\n` },
    want: { kind: 'backoff', scope: ['app', 'model'], code: 'server_error' },
  },
  {
    name: 'a stream that is cut off',
    reply: streamed(piece('Hel'), piece('lo')),
    want: { kind: 'backoff', scope: null, code: 'STREAM_CUT_OFF' },
  },
  {
    name: 'a stream that ends without a finish',
    reply: streamed(piece('Hel'), '[DONE]'),
    want: { kind: 'backoff', scope: null, code: 'STREAM_CUT_OFF' },
  },
  {
    name: 'a stream that is cut off within an event',
    reply: streamed(piece('Hel'), '{"choices":[{"ind'),
    want: { kind: 'backoff', scope: null, code: 'STREAM_CUT_OFF' },
  },
  {
    name: 'a whole stream',
    reply: streamed(piece('Hel'), piece('lo', 'stop'), '{"choices":[],"usage":{"total_tokens":11}}', '[DONE]'),
    want: { kind: 'ok', spent: { tokens: 11 } },
  },
];

const GOOD: readonly Row[] = [
  {
    name: 'a reply that speaks of limits, with a null error',
    reply: {
      body: {
        error: null,
        choices: [{ message: { content: 'rate_limit_exceeded: requests per day (RPD)' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 5, completion_tokens: 6 },
      },
    },
    want: { kind: 'ok', spent: { tokens: 11 } },
  },
  {
    name: 'a reply without a choice',
    reply: { body: { choices: [] } },
    want: { kind: 'backoff', code: 'MALFORMED_REPLY', unrecognised: true },
  },
  {
    name: 'embeddings',
    reply: { body: { data: [{ index: 0, embedding: [0.1, 0.2] }], usage: { prompt_tokens: 4, total_tokens: 4 } } },
    scope: { api: 'embeddings' },
    want: { kind: 'ok', spent: { tokens: 4 } },
  },
  {
    name: 'anything else that is asked for',
    reply: { body: { results: [] } },
    scope: { api: 'POST /moderations' },
    want: { kind: 'ok' },
  },
];

export const CONFORMANCE: Conformance = {
  call: { api: 'chat', params: { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] } },
  success: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10 },
    annotations: [],
  },
  records: 'annotations',
  rows: [...BILLS, ...LIMITS, ...TROUBLE, ...STREAMS, ...GOOD],
};
