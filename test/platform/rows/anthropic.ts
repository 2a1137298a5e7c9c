import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (status: number, type: string, message: string): Row['reply'] => ({
  status,
  body: { type: 'error', error: { type, message }, request_id: 'req_011CZrU3xcqt5z3X' },
});

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /v1/messages', params: { model: 'claude-sonnet', max_tokens: 16, messages: [] } },
  success: {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'hello' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 9, output_tokens: 3 },
  },
  records: 'content',
  rows: [
    {
      name: 'a limit of a minute, with the wait',
      reply: {
        ...error(429, 'rate_limit_error', 'This request would exceed your organization’s rate limit.'),
        headers: { 'retry-after': '17' },
      },
      want: { kind: 'pause', scope: ['app', 'model'], forMs: 17_000, code: 'rate_limit_error' },
    },
    {
      name: 'a limit of a minute, by its headers: the longest of what is exhausted',
      reply: {
        ...error(429, 'rate_limit_error', 'x'),
        headers: {
          'anthropic-ratelimit-requests-remaining': '3',
          'anthropic-ratelimit-requests-reset': '2026-03-01T02:04:00Z',
          'anthropic-ratelimit-input-tokens-remaining': '0',
          'anthropic-ratelimit-input-tokens-reset': '2026-03-01T02:00:41Z',
          'anthropic-priority-output-tokens-remaining': '0',
          'anthropic-priority-output-tokens-reset': '2026-03-01T02:00:09Z',
        },
      },
      want: { kind: 'pause', scope: ['app', 'model'], forMs: 41_000 },
    },
    {
      name: 'a limit of which nothing more is said',
      reply: error(429, 'rate_limit_error', 'Number of requests has exceeded your rate limit'),
      want: { kind: 'pause', forMs: 20_000 },
    },
    {
      name: 'a limit that comes with another status',
      reply: error(200, 'rate_limit_error', 'x'),
      want: { kind: 'pause', scope: ['app', 'model'] },
    },
    {
      name: "the organization's spend limit of the month",
      reply: {
        status: 429,
        body: {
          type: 'error',
          error: {
            type: 'rate_limit_error',
            message: 'Spend limit reached',
            details: { error_code: 'enforced_spend_limit_reached' },
          },
        },
      },
      want: {
        kind: 'park',
        scope: ['app'],
        code: 'enforced_spend_limit_reached',
        until: '2026-04-01T00:00:00Z',
      },
    },
    {
      name: 'a spend limit of one’s own',
      reply: error(
        400,
        'invalid_request_error',
        'You have reached your specified API usage limits. You will regain access on 2026-04-01 at 00:00 UTC.',
      ),
      want: { kind: 'fatal', scope: ['app'], advice: /spend limit/ },
    },
    {
      name: 'no credit',
      reply: error(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a platform that is overloaded',
      reply: error(529, 'overloaded_error', 'Overloaded'),
      want: { kind: 'backoff', scope: ['app', 'model'], code: 'overloaded_error' },
    },
    {
      name: 'a wrong key',
      reply: error(401, 'authentication_error', 'invalid x-api-key'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a model that this key may not use',
      reply: error(403, 'permission_error', 'x'),
      want: { kind: 'fatal', scope: ['app', 'model'] },
    },
    {
      name: 'trouble on the other side',
      reply: error(500, 'api_error', 'Internal server error'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a wrong request',
      reply: error(400, 'invalid_request_error', 'max_tokens: Field required'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a request that is too large',
      reply: error(413, 'request_too_large', 'Request exceeds the maximum size'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'an error that is new',
      reply: error(400, 'brand_new_error', 'x'),
      want: { kind: 'fatal', unrecognised: true },
    },
    {
      name: 'a stream, which is not read',
      reply: { headers: { 'content-type': 'text/event-stream' }, body: 'event: message_start\ndata: {}\n\n' },
      want: { kind: 'fatal', scope: null, code: 'STREAMED' },
    },
    {
      name: 'a reply that speaks of limits',
      reply: {
        body: {
          type: 'message',
          content: [{ type: 'text', text: 'rate_limit_error: usage limits' }],
          usage: { input_tokens: 9, output_tokens: 3 },
        },
      },
      want: { kind: 'ok', spent: { tokens: 12, 'input-tokens': 9, 'output-tokens': 3 } },
    },
  ],
};
